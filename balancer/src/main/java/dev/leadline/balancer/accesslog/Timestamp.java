package dev.leadline.balancer.accesslog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Writes moments as ISO 8601 in UTC. Not thread-safe: it keeps the text of the last second. */
final class Timestamp {

  private static final int TO_SECONDS = "2026-01-31T23:59:59".length();

  private long second = Long.MIN_VALUE;
  private byte[] text = {};

  /** With six places of the second, as an Application Load Balancer has it. */
  void put(long epochMillis, LineBytes out) {
    long now = Math.floorDiv(epochMillis, 1000L);
    if (now != second) {
      second = now;
      text =
          Instant.ofEpochSecond(now)
              .toString()
              .substring(0, TO_SECONDS)
              .getBytes(StandardCharsets.US_ASCII);
    }
    out.put(text).put('.').digits(1000L * Math.floorMod(epochMillis, 1000), 6).put('Z');
  }
}
