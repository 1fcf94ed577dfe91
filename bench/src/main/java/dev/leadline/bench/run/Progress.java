package dev.leadline.bench.run;

/** Tells the person who waits how far a run is. */
public interface Progress extends AutoCloseable {
  /** A burst has ended. */
  void burstEnded(String what);

  /** Something is waited for, or was found, that is worth a line. */
  void note(String sentence);

  /** What is waited for just now; replaces what was said before where that is possible. */
  void waiting(String what);

  @Override
  void close();
}
