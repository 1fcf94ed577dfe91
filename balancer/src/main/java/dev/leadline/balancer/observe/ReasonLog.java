package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.EndReason.Kind;
import dev.leadline.routing.clock.NanoClock;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Logs why requests did not get the answer of a target, at most one line a second for each reason:
 * the first request of it, and then how many more there were. Clients that only left are not worth
 * a line. Not thread-safe: it belongs to one event loop.
 */
public final class ReasonLog implements RequestEnd.Listener {

  private static final Logger LOG = Logger.getLogger(ReasonLog.class.getName());
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final int LONGEST_PATH = 100;
  private static final int LONGEST_METHOD = 20;

  private final NanoClock clock;
  private final BiConsumer<Level, String> out;
  private final Map<EndReason, Line> lines = new EnumMap<>(EndReason.class);

  /** The last line about a reason. */
  private static final class Line {
    private long nanos;
    private int more;
    private boolean ofConnection;
  }

  /** Logs to the log of the process. */
  public ReasonLog(NanoClock clock) {
    this(clock, LOG::log);
  }

  ReasonLog(NanoClock clock, BiConsumer<Level, String> out) {
    this.clock = clock;
    this.out = out;
  }

  @Override
  public void ended(RequestEnd end) {
    EndReason reason = end.reason();
    if (reason == null || reason.kind() == Kind.GONE) {
      return;
    }
    Line line = lines.get(reason);
    long now = clock.nanoTime();
    if (line == null) {
      line = new Line();
      lines.put(reason, line);
    } else if (now - line.nanos < SECOND_NANOS) {
      line.more++;
      return;
    }
    writeMore(reason, line);
    line.nanos = now;
    line.ofConnection = end.isConnection();
    out.accept(level(reason), describe(end, reason));
  }

  /** Writes what was held back for a second. To be called now and then. */
  public void tick() {
    long now = clock.nanoTime();
    lines.forEach(
        (reason, line) -> {
          if (line.more > 0 && now - line.nanos >= SECOND_NANOS) {
            writeMore(reason, line);
            line.nanos = now;
          }
        });
  }

  private void writeMore(EndReason reason, Line line) {
    if (line.more > 0) {
      String what = line.ofConnection ? " more connections " : " more requests ";
      out.accept(level(reason), line.more + what + outcome(reason, line.ofConnection));
      line.more = 0;
    }
  }

  private static Level level(EndReason reason) {
    return reason.kind() == Kind.REFUSED ? Level.INFO : Level.WARNING;
  }

  /** Connections have no status. */
  private static String outcome(EndReason reason, boolean ofConnection) {
    String verb = reason.kind() == Kind.REFUSED ? "refused with " : "failed with ";
    return verb
        + (ofConnection ? "" : reason.status() + " ")
        + reason.code()
        + ": "
        + reason.text();
  }

  private static String describe(RequestEnd end, EndReason reason) {
    StringBuilder line = new StringBuilder(200);
    boolean connection = end.isConnection();
    line.append(connection ? "a connection " : "a request ");
    line.append(outcome(reason, connection)).append(" (");
    appendPrintable(line, end.method().name(), LONGEST_METHOD);
    if (!connection) {
      line.append(' ');
      appendPrintable(line, end.path(), LONGEST_PATH);
    }
    if (end.client() != null) {
      line.append(" from ").append(end.client().hostAddress());
    }
    TargetAttempt attempt = end.attempt();
    if (attempt != null) {
      line.append(", target ").append(attempt.target().target().id());
      line.append(" of group ").append(end.group());
    } else if (end.group() != null) {
      line.append(", group ").append(end.group());
    }
    return line.append(')').toString();
  }

  /** What clients send must not write lines of its own into the log. */
  private static void appendPrintable(StringBuilder line, String text, int most) {
    for (int i = 0; i < Math.min(text.length(), most); i++) {
      char c = text.charAt(i);
      line.append(c > 0x20 && c < 0x7f ? c : '?');
    }
    if (text.length() > most) {
      line.append("...");
    }
  }
}
