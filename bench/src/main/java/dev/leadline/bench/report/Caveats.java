package dev.leadline.bench.report;

import dev.leadline.bench.lab.Kind;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.record.Run.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * What must be known of the kinds of load balancers to compare them by a run; empty without AWS's.
 */
final class Caveats {
  private Caveats() {}

  static List<String> of(Report report) {
    LabDescription lab = report.run().lab();
    Settings settings = report.run().settings();
    List<String> caveats = new ArrayList<>();
    for (LabDescription.Balancer balancer : lab.counting()) {
      String name = lab.inWords(balancer.name());
      if (balancer.kind() == Kind.NETWORK) {
        if (settings.preConnected()) {
          caveats.add(
              "Connections were opened before each burst: %s had chosen the target of every request before the first was sent."
                  .formatted(name));
        } else if (settings.load().reuse()) {
          caveats.add(
              "Connections were used again: all requests of one went to one target through %s."
                  .formatted(name));
        }
      }
      if (balancer.kind() == Kind.CLASSIC) {
        caveats.add(
            "%s sends all its requests to one port of its instances: it cannot tell several processes of an instance apart."
                .formatted(ReportFormat.sentence(name).replaceFirst("[.]$", "")));
      }
    }
    return caveats;
  }
}
