package dev.leadline.bench.load;

import dev.leadline.bench.load.BurstGenerator.Routine;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import java.time.Clock;
import java.time.Duration;

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
}
