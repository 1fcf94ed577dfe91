package dev.leadline.balancer.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthCheckerTest {

  @ParameterizedTest
  @CsvSource({"0, 100", "1, 1", "3, 100", "100, 100", "1000, 100", "1001, 20"})
  void eachTargetIsCheckedOnceInAnIntervalAndFewAtATime(int targets, int parts) {
    List<Integer> all = IntStream.range(0, targets).boxed().toList();
    List<Integer> checked = new ArrayList<>();
    for (int number = 0; number < parts; number++) {
      List<Integer> now = HealthChecker.part(all, number, parts);
      assertTrue(now.size() <= (targets + parts - 1) / parts, "at once: " + now.size());
      checked.addAll(now);
    }
    assertEquals(all, checked);
  }
}
