package dev.leadline.infra;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.Annotations;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.Token;
import software.constructs.Construct;

/**
 * The whole lab. One stack, because the balancer's configuration holds the instances' addresses:
 * across stacks these would be exports, and an instance whose attribute is exported can be neither
 * replaced nor removed.
 */
final class LeadlineStack extends Stack {
  /** The tag of everything in a lab, with the stack's name. */
  static final String LAB_TAG = "leadline:lab";

  LeadlineStack(Construct scope, String id, Settings settings, Path balancerJar, Path benchJar) {
    super(
        scope,
        id,
        StackProps.builder()
            .description("Leadline: an HTTP load balancer and its benchmark lab")
            .env(settings.profile().environment(System.getenv()).orElse(null))
            .synthesizer(settings.profile().synthesizer(settings.assetBucket()))
            .build());
    getTemplateOptions().setMetadata(Map.of(LabMetadata.KEY, LabMetadata.of(settings)));
    Tags.of(this).add(LAB_TAG, id);
    if (!Token.isUnresolved(getRegion())) {
      settings.certificates().requireRegion(getRegion());
    }

    Network network = new Network(this, "Network", settings);
    Fleet fleet = new Fleet(this, "Fleet", settings, network);
    Optional<LoadGenerator> generator =
        settings
            .loadGenerator()
            .map(it -> new LoadGenerator(this, "Generator", settings, benchJar));
    OwnBalancer balancer;
    Beside beside;
    if (settings.topology().hasGroupsOfTargets()) {
      beside = new Beside(this, settings, network, fleet);
      Map<String, String> arns = beside.targetGroupArns();
      balancer = balancer(settings, network, fleet, arns, balancerJar, generator);
    } else {
      // First, because it completes the fleet where it shares the host of a target.
      balancer = balancer(settings, network, fleet, Map.of(), balancerJar, generator);
      beside = new Beside(this, settings, network, fleet);
    }
    new Operations(this, "Operations", settings, fleet, beside, balancer);

    output("LeadlineUrl", balancer.url());
    beside.outputs().forEach(this::output);
    balancer.outputs().forEach(this::output);
    if (!fleet.groups().isEmpty()) {
      Map<String, String> names = new LinkedHashMap<>();
      fleet.groups().forEach((cluster, group) -> names.put(cluster.name(), group.name()));
      output("ClusterGroups", toJsonString(names));
    }
    generator.ifPresent(
        it -> {
          output("ResultsBucket", it.results());
          output("GeneratorProgram", it.program());
          output(
              "GeneratorInstanceId",
              settings.generatesOnBalancer() && balancer instanceof BalancerHost host
                  ? it.on(host, settings, network)
                  : it.onItsOwn(settings.loadGenerator().orElseThrow(), settings, network));
        });

    if (settings.allowedCidrs().isEmpty()) {
      Annotations.of(this)
          .addInfoV2(
              "leadline:closed",
              "Nothing outside the VPC can reach the balancers. Allow a range of addresses, for "
                  + "example -c allowedCidr=203.0.113.7/32 for that address alone.");
    }
  }

  private OwnBalancer balancer(
      Settings settings,
      Network network,
      Fleet fleet,
      Map<String, String> targetGroups,
      Path jar,
      Optional<LoadGenerator> generator) {
    String id = "Balancer";
    Optional<Scaling> scaling = settings.topology().balancer().scaling();
    if (scaling.isPresent()) {
      return new BalancerGroup(
          this, id, settings, network, fleet, targetGroups, jar, scaling.get());
    }
    return new BalancerHost(
        this,
        id,
        settings,
        network,
        fleet,
        targetGroups,
        jar,
        generator.filter(it -> settings.generatesOnBalancer()));
  }

  private void output(String id, String value) {
    CfnOutput.Builder.create(this, id).value(value).build();
  }
}
