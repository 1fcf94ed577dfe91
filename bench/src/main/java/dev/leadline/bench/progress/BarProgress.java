package dev.leadline.bench.progress;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** For a terminal: one bar over all bursts. */
public final class BarProgress implements RunProgress {
  private static final int REFRESH_MILLIS = 200;
  private static final int WIDTH = 79;

  private final PrintStream out;
  private final ProgressBar bar;

  public BarProgress(PrintStream out, int bursts) {
    this.out = out;
    this.bar =
        new ProgressBarBuilder()
            .setTaskName("Bursts")
            .setInitialMax(bursts)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .setMaxRenderedLength(WIDTH)
            .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
            .build();
  }

  @Override
  public void burstEnded(String what) {
    bar.step();
    bar.setExtraMessage(" " + what);
  }

  @Override
  public void note(String sentence) {
    // The bar stands on the current line: write over it, and let the next refresh draw it again.
    out.print("\r" + " ".repeat(WIDTH) + "\r");
    out.println(sentence);
  }

  @Override
  public void waiting(String what) {
    bar.setExtraMessage(" " + what);
    bar.refresh();
  }

  @Override
  public void close() {
    bar.close();
  }
}
