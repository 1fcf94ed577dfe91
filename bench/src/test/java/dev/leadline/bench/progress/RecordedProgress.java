package dev.leadline.bench.progress;

import java.util.ArrayList;
import java.util.List;

/** Remembers what was said, and can interrupt the thread that reports to it. */
public final class RecordedProgress implements RunProgress {
  public final List<String> notes = new ArrayList<>();
  private final int lastBurst;
  private int ended;

  public RecordedProgress() {
    this(Integer.MAX_VALUE);
  }

  private RecordedProgress(int lastBurst) {
    this.lastBurst = lastBurst;
  }

  /** Interrupts when so many bursts have ended. */
  public static RecordedProgress interruptingAfter(int bursts) {
    return new RecordedProgress(bursts);
  }

  @Override
  public void burstEnded(String what) {
    if (++ended == lastBurst) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void note(String sentence) {
    notes.add(sentence);
  }

  @Override
  public void waiting(String what) {}

  @Override
  public void close() {}
}
