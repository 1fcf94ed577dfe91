package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Four balancers and the control can be told apart with every kind of colour vision. */
final class ColoursTest {
  private static final Path CSS =
      Path.of("src/main/resources/dev/leadline/bench/report/report.css");
  private static final Pattern COLOUR = Pattern.compile("--s([0-4]): #([0-9a-f]{6})");

  /** In CIE L*a*b*: 2.3 is just noticeable side by side, and these stand far apart. */
  private static final double LEAST_DISTANCE = 14;

  /** Of linear RGB, for the strongest form: Machado, Oliveira and Fernandes 2009. */
  private static final Map<String, double[][]> VISION =
      Map.of(
          "usual", new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
          "protanopia",
              new double[][] {
                {0.152286, 1.052583, -0.204868},
                {0.114503, 0.786281, 0.099216},
                {-0.003882, -0.048116, 1.051998}
              },
          "deuteranopia",
              new double[][] {
                {0.367322, 0.860646, -0.227968},
                {0.280085, 0.672501, 0.047413},
                {-0.011820, 0.042940, 0.968881}
              },
          "tritanopia",
              new double[][] {
                {1.255528, -0.076749, -0.178779},
                {-0.078411, 0.930809, 0.147602},
                {0.004733, 0.691367, 0.303900}
              });

  @Test
  void noTwoOfTheFirstFiveLookAlike() throws IOException {
    List<int[]> colours = new ArrayList<>();
    Matcher found = COLOUR.matcher(Files.readString(CSS));
    while (found.find()) {
      colours.add(
          new int[] {Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2), 16)});
    }
    assertEquals(15, colours.size(), "light, dark and printed");
    for (int theme = 0; theme < 3; theme++) {
      for (int a = 0; a < 5; a++) {
        for (int b = 0; b < a; b++) {
          int one = colours.get(theme * 5 + a)[1];
          int other = colours.get(theme * 5 + b)[1];
          VISION.forEach(
              (name, vision) ->
                  assertTrue(
                      distance(lab(one, vision), lab(other, vision)) >= LEAST_DISTANCE,
                      () -> "%06x and %06x with %s".formatted(one, other, name)));
        }
      }
    }
  }

  private static double distance(double[] a, double[] b) {
    return Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
  }

  private static double[] lab(int rgb, double[][] vision) {
    double[] linear = new double[3];
    for (int i = 0; i < 3; i++) {
      double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
      linear[i] = c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }
    double[] seen = new double[3];
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      for (int j = 0; j < 3; j++) {
        sum += vision[i][j] * linear[j];
      }
      seen[i] = Math.min(1, Math.max(0, sum));
    }
    double x = root((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047);
    double y = root(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]);
    double z = root((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
    return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
  }

  private static double root(double t) {
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16.0 / 116;
  }
}
