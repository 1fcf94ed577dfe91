package dev.leadline.simulation;

import java.util.function.BiConsumer;

/** Prints the progress of the runs once a second, if standard error is a terminal. */
final class TerminalProgress implements BiConsumer<Integer, Integer> {

  private static final long INTERVAL_NANOS = 1_000_000_000L;

  private final boolean terminal = Boolean.getBoolean("simulate.terminal");
  private final long startNanos = System.nanoTime();
  private long saidNanos = startNanos;

  @Override
  public synchronized void accept(Integer done, Integer all) {
    long now = System.nanoTime();
    boolean finished = done.equals(all);
    if (!terminal || (!finished && now - saidNanos < INTERVAL_NANOS)) {
      return;
    }
    saidNanos = now;
    double seconds = (now - startNanos) / 1e9;
    System.err.printf(
        "\r%d of %d runs, %.0f s, about %.0f s left   %s",
        done, all, seconds, seconds / done * (all - done), finished ? "\n" : "");
  }
}
