package dev.leadline.balancer.observe;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Log lines: time in UTC, level, message; on standard error. */
public final class Logging {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  // Kept here: java.util.logging holds loggers weakly, and a collected one forgets its level.
  private static final Logger ROOT = Logger.getLogger("");
  private static final Logger AWS = Logger.getLogger("software.amazon.awssdk");
  private static final Logger NETTY = Logger.getLogger("io.netty");

  // They repeat, without saying of which target, what the reasons of failed requests and checks
  // say.
  private static final Logger VERTX_CONNECTION =
      Logger.getLogger("io.vertx.core.net.impl.ConnectionBase");
  private static final Logger VERTX_HTTP =
      Logger.getLogger("io.vertx.core.http.impl.HttpClientConnection");

  private Logging() {}

  /** Takes no notice of the reset at shutdown: what happens then is worth a line too. */
  public static final class Manager extends LogManager {
    @Override
    public void reset() {}
  }

  /** Sets up logging of the whole process; before anything logs. */
  public static void configure() {
    for (var handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    ConsoleHandler console = new ConsoleHandler();
    console.setFormatter(new LineFormatter());
    ROOT.addHandler(console);
    ROOT.setLevel(Level.INFO);
    AWS.setLevel(Level.SEVERE);
    NETTY.setLevel(Level.SEVERE);
    VERTX_CONNECTION.setLevel(Level.OFF);
    VERTX_HTTP.setLevel(Level.OFF);
  }

  /** One line a record; a stack trace only where a fault of the program itself is reported. */
  static final class LineFormatter extends Formatter {
    @Override
    public String format(LogRecord entry) {
      StringBuilder line = new StringBuilder(120);
      line.append(TIME.format(entry.getInstant())).append(' ');
      line.append(level(entry.getLevel())).append(' ');
      line.append(formatMessage(entry).replace('\n', ' ').replace('\r', ' ')).append('\n');
      Throwable thrown = entry.getThrown();
      if (thrown != null) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        line.append(trace);
      }
      return line.toString();
    }

    private static String level(Level level) {
      if (level.intValue() >= Level.SEVERE.intValue()) {
        return "ERROR";
      }
      return level.intValue() >= Level.WARNING.intValue() ? "WARN " : "INFO ";
    }
  }
}
