package dev.leadline.bench.report.chart;

import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** p50 and p99 over the time of a burst that goes on for a while. */
public final class TimeChart {
  private static final int TICKS = 6;
  private static final double RADIUS = 2.5;

  private TimeChart() {}

  /** Draws one path, with slots of equal length. */
  public static String draw(String path, List<TimeSlots> balancers) {
    double maxMillis =
        balancers.stream()
                .flatMap(balancer -> balancer.slots().stream())
                .filter(Objects::nonNull)
                .mapToLong(TimeSlots.Slot::p99Nanos)
                .max()
                .orElse(1)
            / 1e6;
    double seconds =
        balancers.stream().mapToDouble(b -> b.slots().size() * b.slotSeconds()).max().orElse(1);
    Panel panel =
        new Panel("Latency over time on " + path, maxMillis, "seconds since the beginning");
    Scale x = new Scale(seconds, Panel.LEFT, Panel.RIGHT);
    for (double tick : x.ticks(TICKS)) {
      panel.xTick(x.at(tick), Panel.tickLabel(tick));
    }
    for (int i = 0; i < balancers.size(); i++) {
      TimeSlots own = balancers.get(i);
      panel.svg.path(
          line(panel, x, own, TimeSlots.Slot::p50Nanos), "curve light dashed s" + own.balancer());
      panel.svg.path(
          line(panel, x, own, TimeSlots.Slot::p99Nanos), "curve light s" + own.balancer());
      for (int slot = 0; slot < own.slots().size(); slot++) {
        TimeSlots.@Nullable Slot due = own.slots().get(slot);
        if (due != null && due.failed() > 0) {
          panel.svg.circle(
              x.at((slot + 0.5) * own.slotSeconds()), Panel.TOP - 4 - 6 * i, RADIUS, "lost");
        }
      }
    }
    return panel.svg.end();
  }

  private static StringBuilder line(
      Panel panel, Scale x, TimeSlots own, ToLongFunction<TimeSlots.Slot> figure) {
    StringBuilder commands = new StringBuilder();
    boolean pen = false;
    for (int i = 0; i < own.slots().size(); i++) {
      TimeSlots.@Nullable Slot slot = own.slots().get(i);
      if (slot != null) {
        commands
            .append(pen ? 'L' : 'M')
            .append(SvgImage.number(x.at((i + 0.5) * own.slotSeconds())))
            .append(' ')
            .append(SvgImage.number(panel.millis.at(figure.applyAsLong(slot) / 1e6)));
      }
      pen = slot != null;
    }
    return commands.isEmpty() ? commands.append("M0 0") : commands;
  }
}
