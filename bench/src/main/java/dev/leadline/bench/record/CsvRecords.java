package dev.leadline.bench.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Comma-separated values, one record at a time, as RFC 4180 has them. It keeps one record in memory
 * and the position of its bytes, so that a part of a large file can be read again by itself.
 */
final class CsvRecords {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int END = -1;

  /** Longer than any path with any reason for a failure. */
  private static final int MAX_RECORD_BYTES = 1024 * 1024;

  private static final int MAX_FIELDS = 64;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int bufferAt;
  private int buffered;

  private byte[] record = new byte[1024];
  private int length;
  private final int[] ends = new int[MAX_FIELDS];
  private int fields;
  private boolean cut;

  private long nextPosition;
  private long position;
  private long nextLine;
  private long line;

  /**
   * Reads on.
   *
   * @param position of the stream's first byte in its file
   * @param line number of its first line, from 1
   */
  CsvRecords(InputStream in, long position, long line) {
    this.in = in;
    this.nextPosition = position;
    this.nextLine = line;
  }

  /** What is wrong with a record, without its place. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /** Reads the next record; false at the end. */
  boolean next() throws IOException, MalformedException {
    length = 0;
    fields = 0;
    cut = false;
    position = nextPosition;
    line = nextLine;
    int b = read();
    if (b == END) {
      return false;
    }
    boolean quoted = false;
    for (; ; b = read()) {
      if (quoted && b == '"') {
        b = read();
        quoted = b == '"';
      }
      if (b == END) {
        cut = true;
        endField();
        return true;
      }
      nextLine += b == '\n' ? 1 : 0;
      if (quoted) {
        append(b);
      } else if (b == ',') {
        endField();
      } else if (b == '\n') {
        if (length > start(fields) && record[length - 1] == '\r') {
          length--;
        }
        endField();
        return true;
      } else if (b == '"' && length == start(fields)) {
        quoted = true;
      } else {
        append(b);
      }
    }
  }

  int fields() {
    return fields;
  }

  /** Whether the file ended before the record's line did: whoever wrote it was stopped. */
  boolean cut() {
    return cut;
  }

  /** Where the record begins, in bytes from the beginning of the file. */
  long position() {
    return position;
  }

  /** The record's first line, from 1. */
  long line() {
    return line;
  }

  /** A field's text; null where it is empty. */
  @Nullable String text(int field) {
    int start = start(field);
    return start == ends[field]
        ? null
        : new String(record, start, ends[field] - start, StandardCharsets.UTF_8);
  }

  /** A field's text; the one given where it is the same, so that it need not be made again. */
  @Nullable String text(int field, @Nullable String likely) {
    int start = start(field);
    if (likely == null || likely.length() != ends[field] - start) {
      return text(field);
    }
    for (int i = 0; i < likely.length(); i++) {
      if (likely.charAt(i) != record[start + i]) {
        return text(field);
      }
    }
    return likely;
  }

  boolean isEmpty(int field) {
    return start(field) == ends[field];
  }

  /** A field's whole number. */
  long number(int field) throws MalformedException {
    int at = start(field);
    int end = ends[field];
    boolean negative = at < end && record[at] == '-';
    at += negative ? 1 : 0;
    // 18 digits fit into a long whatever they are.
    boolean number = at < end && end - at <= 18;
    long value = 0;
    for (; number && at < end; at++) {
      number = record[at] >= '0' && record[at] <= '9';
      value = value * 10 + record[at] - '0';
    }
    if (!number) {
      String text = text(field);
      throw new MalformedException(
          (text == null ? "nothing" : "'" + text + "'") + " is no whole number");
    }
    return negative ? -value : value;
  }

  private int start(int field) {
    return field == 0 ? 0 : ends[field - 1];
  }

  private void endField() throws MalformedException {
    if (fields == MAX_FIELDS) {
      throw new MalformedException("more than %d columns".formatted(MAX_FIELDS));
    }
    ends[fields++] = length;
  }

  private void append(int b) throws MalformedException {
    if (length == record.length) {
      if (length == MAX_RECORD_BYTES) {
        throw new MalformedException("longer than %,d bytes".formatted(MAX_RECORD_BYTES));
      }
      record = Arrays.copyOf(record, length * 2);
    }
    record[length++] = (byte) b;
  }

  private int read() throws IOException {
    if (bufferAt == buffered) {
      buffered = Math.max(0, in.read(buffer));
      bufferAt = 0;
      if (buffered == 0) {
        return END;
      }
    }
    nextPosition++;
    return buffer[bufferAt++];
  }
}
