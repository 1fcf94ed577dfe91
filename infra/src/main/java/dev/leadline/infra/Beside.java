package dev.leadline.infra;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;

/** AWS's load balancers that stand beside our own, in front of the same targets. */
final class Beside {
  private final Optional<Alb> alb;
  private final Optional<Nlb> nlb;
  private final Optional<Clb> clb;

  Beside(Construct scope, Settings settings, Network network, Fleet fleet) {
    List<ServedPath> paths = ServedPath.of(settings.topology(), fleet);
    alb =
        settings.has(BalancerKind.ALB)
            ? Optional.of(new Alb(scope, "Alb", settings, network, paths))
            : Optional.empty();
    nlb =
        settings.has(BalancerKind.NLB)
            ? Optional.of(new Nlb(scope, "Nlb", settings, network, paths))
            : Optional.empty();
    clb =
        settings.has(BalancerKind.CLB)
            ? Optional.of(new Clb(scope, "Clb", settings, network, paths))
            : Optional.empty();
  }

  /** What the stack says of them, by the name of the output (docs/lab.md). */
  Map<String, String> outputs() {
    Map<String, String> outputs = new LinkedHashMap<>();
    alb.ifPresent(
        it -> {
          outputs.put("AlbUrl", it.url());
          outputs.put("AlbArn", it.arn());
        });
    nlb.ifPresent(
        it -> {
          outputs.put("NlbUrls", it.urls());
          outputs.put("NlbArn", it.arn());
          outputs.put("NlbTargetGroups", it.targetGroups());
        });
    clb.ifPresent(
        it -> {
          outputs.put("ClbUrls", it.urls());
          outputs.put("ClbNames", it.names());
        });
    return outputs;
  }

  /**
   * The ELB target groups that say which targets there are, by the path's id: of one kind that has
   * them all, {@code mixed} only where a cluster is an Auto Scaling group or the kind has it
   * anyway.
   */
  Map<String, String> targetGroupArns() {
    return alb.map(Alb::targetGroupArns).or(() -> nlb.map(Nlb::targetGroupArns)).orElse(Map.of());
  }

  /** Their figures, in the order of the kinds. */
  List<BalancerMetrics> metrics() {
    List<BalancerMetrics> all = new ArrayList<>();
    alb.ifPresent(it -> all.add(it.metrics()));
    nlb.ifPresent(it -> all.add(it.metrics()));
    clb.ifPresent(it -> all.addAll(it.metrics()));
    return all;
  }
}
