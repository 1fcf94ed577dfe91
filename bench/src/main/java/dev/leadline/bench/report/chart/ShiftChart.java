package dev.leadline.bench.report.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/**
 * What the targets answered over the time of a long burst, and how busy their CPUs were: for each
 * balancer a row of stacked requests and a row of lines, on one axis of time.
 */
public final class ShiftChart {
  private static final double WIDTH = 760;
  private static final double LEFT = 62;
  private static final double RIGHT = WIDTH - 14;
  private static final double TOP = 24;
  private static final double REQUESTS_HEIGHT = 84;
  private static final double GAP = 26;
  private static final double CPU_HEIGHT = 66;
  private static final double STRIP = TOP + REQUESTS_HEIGHT + GAP + CPU_HEIGHT + 16;
  private static final double LEGEND = 22;
  private static final int TICKS = 12;
  private static final double SECONDS_OF_A_POINT = 60;

  private ShiftChart() {}

  /**
   * One target.
   *
   * @param kind its instance type
   * @param style the classes of its colour
   * @param answered by slot
   * @param cpuPercent by the second since the beginning at which a minute of CloudWatch begins; may
   *     be negative
   */
  public record TargetLine(
      String kind, String style, List<Integer> answered, SortedMap<Double, Double> cpuPercent) {}

  /** One balancer. */
  public record Strip(String title, double slotSeconds, List<TargetLine> targets) {
    double seconds() {
      return slotSeconds * targets.stream().mapToInt(t -> t.answered().size()).max().orElse(0);
    }

    double mostPerSecond() {
      int most = 0;
      for (int slot = 0; slot * slotSeconds < seconds(); slot++) {
        int at = slot;
        most = Math.max(most, targets.stream().mapToInt(t -> answered(t, at)).sum());
      }
      return most / slotSeconds;
    }
  }

  /**
   * Draws all strips.
   *
   * @param limit of the CPU, above which a policy sends a target nothing more; empty without one
   */
  public static String draw(String label, List<Strip> strips, OptionalDouble limit) {
    SvgImage svg = new SvgImage(WIDTH, strips.size() * STRIP + 34 + LEGEND, label);
    double seconds = strips.stream().mapToDouble(Strip::seconds).max().orElse(1);
    double most = strips.stream().mapToDouble(Strip::mostPerSecond).max().orElse(1);
    Scale x = new Scale(Math.max(seconds, 1), LEFT, RIGHT);
    for (int i = 0; i < strips.size(); i++) {
      strip(svg, strips.get(i), i * STRIP, x, Math.max(most, 1) * 1.05, limit);
    }
    double bottom = strips.size() * STRIP - 16;
    for (double tick : x.ticks(TICKS)) {
      svg.text(x.at(tick), bottom + 15, Panel.tickLabel(tick), "tick middle");
    }
    svg.text((LEFT + RIGHT) / 2, bottom + 32, "seconds since the beginning", "tick middle");
    legend(svg, strips, bottom + 48);
    return svg.end();
  }

  private static void strip(
      SvgImage svg, Strip strip, double top, Scale x, double most, OptionalDouble limit) {
    double requestsBottom = top + TOP + REQUESTS_HEIGHT;
    double cpuTop = requestsBottom + GAP;
    svg.text(LEFT, top + TOP - 8, strip.title(), "label");
    svg.text(LEFT - 6, top + TOP - 8, "requests/s", "tick end small");
    Scale requests = new Scale(most, requestsBottom, top + TOP);
    grid(svg, requests, requests.ticks(2));
    double width = x.at(strip.slotSeconds()) - x.at(0);
    for (int slot = 0; slot * strip.slotSeconds() < strip.seconds(); slot++) {
      double under = 0;
      for (TargetLine target : strip.targets()) {
        double perSecond = answered(target, slot) / strip.slotSeconds();
        if (perSecond > 0) {
          double upper = requests.at(under + perSecond);
          svg.rect(
              x.at(slot * strip.slotSeconds()),
              upper,
              width,
              requests.at(under) - upper,
              "fill " + target.style());
        }
        under += perSecond;
      }
    }
    Scale percent = new Scale(100, cpuTop + CPU_HEIGHT, cpuTop);
    grid(svg, percent, List.of(0.0, 50.0, 100.0));
    svg.text(LEFT - 6, cpuTop - 9, "CPU %", "tick end small");
    limit.ifPresent(it -> svg.line(LEFT, percent.at(it), RIGHT, percent.at(it), "mark"));
    for (TargetLine target : strip.targets()) {
      String steps = steps(target.cpuPercent(), x, percent);
      if (!steps.isEmpty()) {
        svg.path(steps, "curve light " + target.style());
      }
    }
  }

  private static void grid(SvgImage svg, Scale scale, List<Double> ticks) {
    for (double tick : ticks) {
      double y = scale.at(tick);
      svg.line(LEFT, y, RIGHT, y, tick == 0 ? "axis" : "grid");
      svg.text(LEFT - 6, y + 4, Panel.tickLabel(tick), "tick end");
    }
  }

  /** A point of CloudWatch holds for the minute that begins with it. */
  private static String steps(SortedMap<Double, Double> points, Scale x, Scale percent) {
    StringBuilder commands = new StringBuilder();
    for (Map.Entry<Double, Double> point : points.entrySet()) {
      double from = Math.max(point.getKey(), 0);
      double to = Math.min(point.getKey() + SECONDS_OF_A_POINT, x.max());
      if (to > from) {
        String y = SvgImage.number(percent.at(Math.min(point.getValue(), 100)));
        commands
            .append(commands.isEmpty() ? 'M' : 'L')
            .append(SvgImage.number(x.at(from)) + " " + y)
            .append("L" + SvgImage.number(x.at(to)) + " " + y);
      }
    }
    return commands.toString();
  }

  private static void legend(SvgImage svg, List<Strip> strips, double y) {
    List<String> kinds = new ArrayList<>();
    double x = LEFT;
    for (Strip strip : strips) {
      for (TargetLine target : strip.targets()) {
        if (!kinds.contains(target.kind())) {
          kinds.add(target.kind());
          svg.rect(x, y - 9, 10, 10, "fill " + target.style());
          svg.text(x + 15, y, target.kind(), "tick");
          x += 110;
        }
      }
    }
  }

  private static int answered(TargetLine target, int slot) {
    return slot < target.answered().size() ? target.answered().get(slot) : 0;
  }
}
