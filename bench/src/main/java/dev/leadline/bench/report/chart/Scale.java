package dev.leadline.bench.report.chart;

import java.util.ArrayList;
import java.util.List;

/** Maps values from 0 to a maximum linearly onto pixels. */
record Scale(double max, double fromPixel, double toPixel) {
  private static final double[] STEPS = {1, 2, 2.5, 5, 10};

  double at(double value) {
    return fromPixel + value / max * (toPixel - fromPixel);
  }

  /** Round values from 0 up to the maximum, about as many as wanted. */
  List<Double> ticks(int wanted) {
    double rough = max / wanted;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = power * 10;
    for (double candidate : STEPS) {
      if (candidate * power >= rough) {
        step = candidate * power;
        break;
      }
    }
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; i * step <= max * (1 + 1e-9); i++) {
      ticks.add(i * step);
    }
    return ticks;
  }
}
