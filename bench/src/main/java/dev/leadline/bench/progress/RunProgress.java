package dev.leadline.bench.progress;

/** Tells the person who waits how far a run is. */
public interface RunProgress extends AutoCloseable {
  /** Progress of bursts, on standard error: a bar where a person looks, else a line a round. */
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

  /** Something is waited for, or was found, that is worth a line. */
  void note(String sentence);

  /** What is waited for just now; replaces what was said before where that is possible. */
  void waiting(String what);

  @Override
  void close();
}
