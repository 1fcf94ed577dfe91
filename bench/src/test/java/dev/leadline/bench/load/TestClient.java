package dev.leadline.bench.load;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.load.BurstGenerator.Routine;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/** Generators that lose no time beside their bursts. */
public final class TestClient {
  private TestClient() {}

  /** Of requests at one moment, each of which must get the answer of the lab's application. */
  public static BurstGenerator ofBursts(int requests, Duration timeout, boolean preConnect) {
    return of(bursts(requests, timeout, preConnect));
  }

  /** What {@link #ofBursts} sends. */
  public static LoadSpec bursts(int requests, Duration timeout, boolean preConnect) {
    return new LoadSpec(
        Load.burst(requests), HttpSpec.get(Expectation.JSON), timeout, preConnect, 0);
  }

  static BurstGenerator of(LoadSpec spec) {
    return new BurstGenerator(spec, Routine.NONE);
  }

  /** For which time passes as the test wants it. */
  public static BurstGenerator of(LoadSpec spec, TestTime time) {
    return new BurstGenerator(spec, Routine.NONE, Clock.systemUTC(), time);
  }

  /** One burst of a generator of its own. */
  static BurstGenerator.Result fire(Load load, HttpSpec http, Balancer balancer)
      throws InterruptedException {
    try (BurstGenerator generator = of(spec(load, http))) {
      return generator.fire(TestServer.burst(), balancer);
    }
  }

  /** Without connections that are opened before. */
  static LoadSpec spec(Load load, HttpSpec http) {
    return new LoadSpec(load, http, Duration.ofSeconds(20), false, 1);
  }

  /** How many requests ended in which way; "null" is a success. */
  static Map<String, Long> errors(BurstGenerator.Result result) {
    return result.samples().stream()
        .collect(groupingBy(sample -> String.valueOf(sample.error()), counting()));
  }
}
