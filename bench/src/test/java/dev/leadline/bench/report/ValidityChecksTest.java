package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.bench.Samples;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Audit;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a report says of bursts that limits of the client spoiled. */
final class ValidityChecksTest {
  private final Run run = Samples.run(Samples.lab(), 1);
  private final BurstRecord whole = burst("alb");
  private final BurstRecord other = burst("leadline");

  private BurstRecord burst(String balancer) {
    return run.bursts().stream()
        .filter(b -> b.phase() == Phase.MEASURED && b.balancer().equals(balancer))
        .findFirst()
        .orElseThrow();
  }

  private static BurstRecord spoiled(BurstRecord burst, Phase phase) {
    BurstRecord as = burst.as(new PlannedBurst(phase, 1, burst.cell()));
    return new BurstRecord(
        as.phase(),
        as.round(),
        as.path(),
        as.balancer(),
        as.startedAt(),
        as.maxInFlight(),
        as.maxAwaitingAnswer(),
        as.addresses(),
        as.requests(),
        null,
        List.of(),
        new Audit(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of("the client was late")));
  }

  private String answer(Run ran) {
    List<Sample> samples = Samples.samples(ran, name -> 100L);
    ValidityCheck check =
        Samples.report(ran, samples).findings().checks().stream()
            .filter(it -> it.question().equals("Not spoiled by the client itself"))
            .findFirst()
            .orElseThrow();
    assertFalse(check.holds() && check.answer().contains("was late"), check.answer());
    return check.answer().replaceFirst("^In the worst measured burst, .*? processors\\. ", "");
  }

  @Test
  void aCompleteRunHasRepeatedWhatWasVoid() {
    Run complete =
        Samples.interrupted(
                run,
                List.of(
                    spoiled(whole, Phase.VOID),
                    spoiled(whole, Phase.MEASURED),
                    spoiled(other, Phase.MEASURED)))
            .ended(Run.State.COMPLETE, Samples.START);
    assertEquals(
        "Bursts that were void and were repeated: 1. Some were still spoiled after their last"
            + " attempt, and count all the same: the client was late.",
        answer(complete));
  }

  /** Fails where a burst is said to have had attempts for which there was no time. */
  @Test
  void anInterruptionLeavesNoTimeToRepeatABurst() {
    assertEquals(
        "No burst was void. The last one before the interruption was spoiled and was not repeated,"
            + " and counts all the same: the client was late.",
        answer(Samples.interrupted(run, List.of(whole, spoiled(other, Phase.MEASURED)))));
    assertEquals(
        "One was void and was not repeated, because the run was interrupted.",
        answer(Samples.interrupted(run, List.of(whole, spoiled(other, Phase.VOID)))));
  }
}
