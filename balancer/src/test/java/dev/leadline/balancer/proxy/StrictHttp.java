package dev.leadline.balancer.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads HTTP/1.1 by the letter of RFC 9112, without any leniency. Where it finds the same messages
 * as the sender meant, every reader does.
 */
final class StrictHttp {

  private static final Pattern REQUEST_LINE =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ (/[!-\"$-~]*|\\*) HTTP/1\\.1");
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.[01] [1-5][0-9][0-9] [\t -~\\x80-\\xff]*");
  private static final Pattern HEADER =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[^\\x00-\\x08\\x0a-\\x1f\\x7f]*");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,17}");
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

  /** What was read is no HTTP/1.1. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String what) {
      super(what);
    }
  }

  /** What was read is the beginning of a message. */
  static final class Unfinished extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** A message: its first line, its headers as lines, and its body without chunks. */
  record Message(String startLine, List<String> headers, String body) {

    Optional<String> header(String name) {
      List<String> all = all(name);
      return all.isEmpty() ? Optional.empty() : Optional.of(all.get(0));
    }

    List<String> all(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ":";
      return headers.stream()
          .filter(it -> it.toLowerCase(Locale.ROOT).startsWith(start))
          .map(it -> it.substring(start.length()).trim())
          .toList();
    }

    /** The request target. */
    String target() {
      return startLine.split(" ", -1)[1];
    }

    /** The same without its query. */
    String path() {
      return target().split("\\?", -1)[0];
    }

    int status() {
      return Integer.parseInt(startLine.substring(9, 12));
    }
  }

  private final String bytes;
  private int at;

  /**
   * Begins to read.
   *
   * @param bytes one character for each byte
   */
  StrictHttp(String bytes) {
    this.bytes = bytes;
  }

  boolean atEnd() {
    return at == bytes.length();
  }

  /** How much has been read. */
  int position() {
    return at;
  }

  Message request() throws Malformed, Unfinished {
    Message head = head(REQUEST_LINE);
    if (head.all("host").size() != 1) {
      throw new Malformed("Host " + head.all("host"));
    }
    return withBody(head, false);
  }

  /**
   * Reads the answer to a request.
   *
   * @param bodiless whether it can have no body, because the request was a HEAD
   */
  Message answer(boolean bodiless) throws Malformed, Unfinished {
    Message head = head(STATUS_LINE);
    while (head.status() < 200) {
      head = head(STATUS_LINE);
    }
    boolean none = bodiless || head.status() == 204 || head.status() == 304;
    return none ? head : withBody(head, true);
  }

  private Message head(Pattern startLine) throws Malformed, Unfinished {
    String first = line();
    if (!startLine.matcher(first).matches()) {
      throw new Malformed("first line " + first);
    }
    return new Message(first, headers(), "");
  }

  private List<String> headers() throws Malformed, Unfinished {
    List<String> headers = new ArrayList<>();
    String line = line();
    while (!line.isEmpty()) {
      if (!HEADER.matcher(line).matches()) {
        throw new Malformed("header " + line);
      }
      headers.add(line);
      line = line();
    }
    return headers;
  }

  private Message withBody(Message head, boolean untilEnd) throws Malformed, Unfinished {
    List<String> lengths = head.all("content-length");
    List<String> codings = head.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1) {
      throw new Malformed("lengths " + lengths + " and codings " + codings);
    }
    String body;
    if (!lengths.isEmpty()) {
      if (!LENGTH.matcher(lengths.get(0)).matches()) {
        throw new Malformed("length " + lengths);
      }
      body = take(Long.parseLong(lengths.get(0)));
    } else if (!codings.isEmpty()) {
      if (!codings.get(0).equals("chunked")) {
        throw new Malformed("coding " + codings);
      }
      body = chunks();
    } else {
      body = untilEnd ? take(bytes.length() - at) : "";
    }
    return new Message(head.startLine(), head.headers(), body);
  }

  private String chunks() throws Malformed, Unfinished {
    StringBuilder body = new StringBuilder();
    while (true) {
      String size = line();
      if (!CHUNK_SIZE.matcher(size).matches()) {
        throw new Malformed("chunk size " + size);
      }
      long length = Long.parseLong(size, 16);
      if (length == 0) {
        headers();
        return body.toString();
      }
      body.append(take(length));
      if (!line().isEmpty()) {
        throw new Malformed("a chunk is longer than its size");
      }
    }
  }

  private String take(long length) throws Unfinished {
    if (length > bytes.length() - at) {
      throw new Unfinished();
    }
    String taken = bytes.substring(at, at + (int) length);
    at += (int) length;
    return taken;
  }

  /** Text up to CR LF, which may not stand apart from each other. */
  private String line() throws Malformed, Unfinished {
    int end = bytes.indexOf('\n', at);
    if (end < 0) {
      throw new Unfinished();
    }
    if (end == at || bytes.charAt(end - 1) != '\r' || bytes.indexOf('\r', at) != end - 1) {
      throw new Malformed("line end in " + bytes.substring(at, end));
    }
    String line = bytes.substring(at, end - 1);
    at = end + 1;
    return line;
  }
}
