package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.stats.BurstFigures;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether client, balancer and targets counted the same requests; a sentence for each difference.
 */
final class Reconciliation {
  private Reconciliation() {}

  static List<String> differences(Report report) {
    List<String> sentences = new ArrayList<>();
    for (BalancerReading reading : report.cloudWatch().balancers()) {
      sentences.addAll(differences(report, reading));
    }
    if (sentences.isEmpty()) {
      sentences.add("Client, balancers and targets counted the same requests, to the last one.");
    }
    return sentences;
  }

  private static List<String> differences(Report report, BalancerReading reading) {
    List<String> sentences = new ArrayList<>();
    long unanswered = reading.sent() - reading.answered();
    long uncounted = reading.sent() - reading.requestCount();
    if (!reading.countsRequests()) {
      sentences.add(
          "%s counts no requests, so its figures cannot be compared with those of the client."
              .formatted(reading.balancer()));
    } else if (uncounted < 0) {
      sentences.add(
          "%s counted %,d requests that this client did not send: somebody else used it."
              .formatted(reading.balancer(), -uncounted));
    } else if (uncounted > unanswered) {
      sentences.add(
          "%s counted %,d requests fewer than it answered: its figures had not all arrived, or were lost."
              .formatted(reading.balancer(), uncounted - unanswered));
    } else if (uncounted > 0) {
      sentences.add(
          "%s did not count %,d of the %,d requests that got no answer: they did not reach a target."
              .formatted(reading.balancer(), uncounted, unanswered));
    }
    long anonymous =
        report.figures().bursts().stream()
            .filter(it -> behind(report, it).equals(reading.balancer()))
            .mapToLong(burst -> burst.answers().answered() - burst.answers().named())
            .sum();
    if (anonymous > 0 && !report.run().lab().targets().isEmpty()) {
      sentences.add(
          "%,d answers through %s name no target: the balancer gave them itself, or they were cut short."
              .formatted(anonymous, reading.balancer()));
    }
    return sentences;
  }

  private static String behind(Report report, BurstFigures burst) {
    return report.run().lab().behind(burst.burst().balancer());
  }
}
