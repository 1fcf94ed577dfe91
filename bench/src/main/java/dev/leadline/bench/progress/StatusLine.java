package dev.leadline.bench.progress;

import java.io.PrintStream;

/** For a terminal: one line with what the run waits for, cleared at the end. */
public final class StatusLine implements RunProgress {
  private static final int WIDTH = 79;
  private static final String CLEARED = "\r" + " ".repeat(WIDTH) + "\r";

  private final PrintStream out;

  public StatusLine(PrintStream out) {
    this.out = out;
  }

  @Override
  public void burstEnded(String what) {}

  @Override
  public void note(String sentence) {
    out.print(CLEARED);
    out.println(sentence);
  }

  @Override
  public void waiting(String what) {
    out.print(CLEARED + (what.length() > WIDTH ? what.substring(0, WIDTH) : what));
    out.flush();
  }

  @Override
  public void close() {
    out.print(CLEARED);
    out.flush();
  }
}
