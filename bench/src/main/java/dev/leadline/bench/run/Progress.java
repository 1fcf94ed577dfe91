package dev.leadline.bench.run;

/** Tells the person who waits how far a run is. */
public interface Progress extends AutoCloseable {
  /** Progress of bursts, on standard error: a bar where a person looks, else a line a round. */
  static Progress ofBursts(int bursts, int burstsPerRound) {
    return Terminal.isTerminal(Terminal.STDERR)
        ? new BarProgress(System.err, bursts)
        : new LineProgress(System.err, bursts, burstsPerRound);
  }

  /** Progress of waiting, on standard error. */
  static Progress ofWaiting() {
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
