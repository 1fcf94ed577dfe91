package dev.leadline.bench.progress;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Whether a stream of this process is a terminal. */
public final class Terminal {
  public static final int STDOUT = 1;
  public static final int STDERR = 2;

  private Terminal() {}

  /** Java 17 cannot say it of one stream alone; {@code test -t} can, on every POSIX system. */
  public static boolean isTerminal(int stream) {
    try {
      Process test = new ProcessBuilder("sh", "-c", "test -t " + stream).inheritIO().start();
      return test.waitFor(5, TimeUnit.SECONDS) && test.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
