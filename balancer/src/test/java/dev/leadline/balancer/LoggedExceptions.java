package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects what is logged with a stack trace: nothing that a peer sends is worth one. */
public final class LoggedExceptions extends Handler implements AutoCloseable {

  private final List<String> seen = new CopyOnWriteArrayList<>();

  public LoggedExceptions() {
    Logger.getLogger("").addHandler(this);
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getThrown() != null) {
      seen.add(line.getLoggerName() + ": " + line.getThrown());
    }
  }

  /** Fails if there was any. */
  public void assertNone() {
    assertEquals("", String.join("\n", seen));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    Logger.getLogger("").removeHandler(this);
  }
}
