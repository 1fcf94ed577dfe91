package dev.leadline.balancer.proxy;

import java.util.List;
import java.util.Random;

/** Makes messages that are nearly HTTP/1.1, the same for the same seed. */
final class Mutator {

  private static final List<String> PIECES =
      List.of(
          "\r",
          "\n",
          "\r\n",
          "\r\n\r\n",
          "\0",
          " ",
          "\t",
          "\u000b",
          ":",
          ",",
          ";",
          "\"",
          "\\",
          "#",
          "%",
          "_",
          "-",
          "+",
          "0",
          "1",
          "5",
          "f",
          "x",
          "\u007f",
          "\u0080",
          "\u00ff",
          "chunked",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Content-Length: 0\r\n",
          "Content-Length: 5\r\n",
          "Content-Length: 05\r\n",
          "Content-Length: 5, 5\r\n",
          "Connection: close\r\n",
          "Connection: keep-alive, x\r\n",
          "Connection: Content-Length\r\n",
          "Host: b\r\n",
          "Expect: 100-continue\r\n",
          "TE: trailers\r\n",
          "Upgrade: h2c\r\n",
          "Trailer: x\r\n",
          " HTTP/1.0",
          " HTTP/1.1",
          "http://b",
          "HEAD ",
          "GET ",
          "OPTIONS * ",
          "0\r\n\r\n",
          "5\r\nhello\r\n",
          "5;a=b\r\nhello\r\n",
          "100000005\r\n",
          "X: y\r\n",
          " folded\r\n",
          "HTTP/1.1 200 OK\r\n",
          "HTTP/1.1 204 No Content\r\n",
          "HTTP/1.1 100 Continue\r\n\r\n");

  private final Random random;

  Mutator(long seed) {
    random = new Random(seed);
  }

  /** A request for this path, with or without a body. */
  String request(String path) {
    String line = pick("GET", "POST", "PUT", "DELETE", "HEAD") + " " + path + " HTTP/1.1\r\n";
    return line + "Host: a\r\n" + headersAndBody(path);
  }

  /** An answer whose body is the path of its request. */
  String answer(String path) {
    return "HTTP/1.1 "
        + pick("200 OK", "404 Not Found", "500 ", "204 No Content")
        + "\r\n"
        + headersAndBody(path);
  }

  private String headersAndBody(String body) {
    String header = pick("", "X: y\r\n", "Connection: x\r\nX: y\r\n", "X: a\r\n b\r\n");
    String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n";
    return header
        + switch (random.nextInt(4)) {
          case 0 -> "\r\n";
          case 1 -> "Content-Length: " + body.length() + "\r\n\r\n" + body;
          case 2 -> "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n";
          default -> "Transfer-Encoding: chunked\r\n\r\n1;x\r\nx\r\n" + chunk + "0\r\nT: x\r\n\r\n";
        };
  }

  /** The same with up to four faults, or none. */
  String damage(String message) {
    StringBuilder damaged = new StringBuilder(message);
    for (int faults = random.nextInt(5); faults > 0 && damaged.length() > 0; faults--) {
      int at = random.nextInt(damaged.length());
      int end = Math.min(damaged.length(), at + 1 + random.nextInt(4));
      switch (random.nextInt(6)) {
        case 0 -> damaged.delete(at, end);
        case 1 -> damaged.insert(at, damaged.substring(at, end));
        case 2 -> damaged.setCharAt(at, (char) random.nextInt(256));
        case 3 -> damaged.replace(at, end, piece());
        case 4 -> damaged.insert(lineStart(damaged, at), piece());
        default -> damaged.insert(at, piece());
      }
    }
    return damaged.toString();
  }

  private static int lineStart(StringBuilder text, int at) {
    return text.lastIndexOf("\n", at) + 1;
  }

  private String piece() {
    return PIECES.get(random.nextInt(PIECES.size()));
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
