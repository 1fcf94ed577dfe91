package dev.leadline.bench.progress;

/** Shows how far a run is. */
public interface RunProgress extends AutoCloseable {
  /** Progress of bursts, on standard error: a bar in a terminal, else a line a round. */
  static RunProgress ofBursts(int bursts, int burstsPerRound) {
    return Terminal.isTerminal(Terminal.STDERR)
        ? new BarProgress(System.err, bursts)
        : new LineProgress(System.err, bursts, burstsPerRound);
  }

  /** Progress of waiting, on standard error. */
  static RunProgress ofWaiting() {
    return Terminal.isTerminal(Terminal.STDERR)
        ? new StatusLine(System.err)
        : new LineProgress(System.err, 1, 1);
  }

  /** A burst has ended. */
  void burstEnded(String what);

  /** Shows a sentence that stays. */
  void note(String sentence);

  /** Shows what the run waits for; the next call replaces it where that is possible. */
  void waiting(String what);

  @Override
  void close();
}
