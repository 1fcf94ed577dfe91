package dev.leadline.bench.progress;

import java.io.PrintStream;

/** For a log file: a line for each round and for each note. */
public final class LineProgress implements RunProgress {
  private final PrintStream out;
  private final int burstsPerRound;
  private final int bursts;
  private int ended;

  public LineProgress(PrintStream out, int bursts, int burstsPerRound) {
    this.out = out;
    this.bursts = bursts;
    this.burstsPerRound = burstsPerRound;
  }

  @Override
  public void burstEnded(String what) {
    ended++;
    if (ended % burstsPerRound == 0) {
      out.printf("%d of %d bursts done%n", ended, bursts);
    }
  }

  @Override
  public void note(String sentence) {
    out.println(sentence);
  }

  @Override
  public void waiting(String what) {}

  @Override
  public void close() {
    out.flush();
  }
}
