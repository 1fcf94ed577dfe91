package dev.leadline.balancer.accesslog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Some lines of the access log, as the bytes of the file. Not thread-safe. */
final class LineBytes {

  static final int CAPACITY = 64 * 1024;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CUT = "...".getBytes(StandardCharsets.US_ASCII);

  /** How a character is written that must not stand in a line as it is. */
  enum Escape {
    /** As JSON has it: a backslash, u and four hexadecimal digits. */
    JSON("\\u00"),
    /** As web servers have it: a backslash, x and two hexadecimal digits. */
    HEX("\\x");

    private final String start;

    Escape(String start) {
      this.start = start;
    }
  }

  private final byte[] bytes = new byte[CAPACITY];
  private int length;

  /** How much fits in still. */
  int room() {
    return bytes.length - length;
  }

  boolean isEmpty() {
    return length == 0;
  }

  void clear() {
    length = 0;
  }

  /** For reading everything that was put in. */
  ByteBuffer content() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  LineBytes put(byte[] text) {
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
    return this;
  }

  LineBytes put(char ascii) {
    bytes[length++] = (byte) ascii;
    return this;
  }

  /** Text that comes from elsewhere: cut, and with everything escaped that is not plain. */
  LineBytes put(String text, int mostChars, Escape escape) {
    int end = Math.min(text.length(), mostChars);
    byte[] to = bytes;
    int at = length;
    for (int i = 0; i < end; i++) {
      char it = text.charAt(i);
      if (it >= ' ' && it < 0x7f && it != '"' && it != '\\') {
        to[at++] = (byte) it;
      } else {
        length = at;
        escaped(it, escape);
        at = length;
      }
    }
    length = at;
    return end < text.length() ? put(CUT) : this;
  }

  private void escaped(char it, Escape escape) {
    for (int i = 0; i < escape.start.length(); i++) {
      put(escape.start.charAt(i));
    }
    // The decoder makes one character of each byte; what is beyond cannot come from it.
    int value = it > 0xff ? '?' : it;
    bytes[length++] = HEX[value >> 4];
    bytes[length++] = HEX[value & 15];
  }

  /** A number that is not negative. */
  LineBytes put(long number) {
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits(number, digits);
  }

  /** A number of thousandths, with its three places. */
  LineBytes thousandths(long number) {
    return put(number / 1000).put('.').digits(number % 1000, 3);
  }

  /** A number with leading zeros. */
  LineBytes digits(long number, int digits) {
    long rest = number;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }
}
