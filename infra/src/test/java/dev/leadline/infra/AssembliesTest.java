package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awscdk.App;

/**
 * Writes the cloud assemblies of all profiles and of odd topologies to target/assemblies, where the
 * tests of userdata and e2e read them: a synthesis takes seconds.
 */
class AssembliesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FOLDER = Path.of("target", "assemblies");

  /**
   * Names that the replacement of a resource, which is created before the old one is deleted, could
   * not have. An inline policy's belongs to its role, and dashboards and alarms are replaced only
   * when their names change.
   */
  private static final Set<String> NAMES =
      Set.of(
          "Name",
          "GroupName",
          "RoleName",
          "InstanceProfileName",
          "BucketName",
          "LaunchTemplateName",
          "LogGroupName",
          "TopicName",
          "FunctionName");

  private record Case(String name, Profile profile, Map<String, Object> context) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    Map<String, Object> locked =
        Map.of(
            "certificateArn",
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
            "balancerTls",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:tls-Ab12Cd",
            "keyName",
            "laptop",
            BalancerKind.KEY,
            LabCase.EVERY_KIND,
            "topology",
            topology("a t3.micro 1", "b t3.small 1"));
    return Stream.of(
        new Case("aws", Profile.AWS, Map.of("monthlyBudget", 20)),
        new Case("academy", Profile.ACADEMY, Map.of()),
        new Case("local", Profile.LOCAL, Map.of()),
        new Case("debian", Profile.AWS, Map.of("os", "debian", "autoStopMinutes", 30)),
        new Case("one-cluster", Profile.AWS, Map.of("topology", topology("only t2.micro 8"))),
        new Case(
            "three-clusters",
            Profile.AWS,
            Map.of("topology", topology("a t3.micro 2", "b t3.micro 2", "c t3.micro 2"))),
        // The balancer's script names every target once a group, and EC2 takes 16 KiB of it.
        new Case(
            "20-and-20",
            Profile.AWS,
            Map.of("mixed", false, "topology", topology("a t3.micro 20", "b t3.small 20"))),
        new Case("group", Profile.AWS, LabCase.ofGroup(Profile.AWS, Map.of()).options()),
        new Case(
            "cluster-group",
            Profile.AWS,
            LabCase.ofClusterGroup(Profile.AWS, Map.of(BalancerKind.KEY, LabCase.EVERY_KIND))
                .options()),
        new Case("tasks", Profile.AWS, LabCase.ofTasks(Map.of()).options()),
        new Case("aws-locked", Profile.AWS, locked),
        new Case("academy-locked", Profile.ACADEMY, locked));
  }

  /** Clusters, each as "name type count", and the usual balancer. */
  private static Map<String, Object> topology(String... clusters) {
    return Map.of(
        "clusters",
        Stream.of(clusters)
            .map(cluster -> cluster.split(" ", -1))
            .map(
                it ->
                    Map.of(
                        "name",
                        it[0],
                        "path",
                        "/" + it[0],
                        "instanceType",
                        it[1],
                        "count",
                        Integer.valueOf(it[2])))
            .toList(),
        "balancer",
        Map.of("instanceType", "t3.small", "policy", "leadline"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void nothingHasANameThatItsReplacementWouldCollideWith(Case lab) throws IOException {
    Map<String, Object> context = new HashMap<>(SynthesizedLab.context(lab.profile()));
    context.put("allowedCidr", LabCase.RANGE);
    context.put("alarmEmail", "me@example.org");
    context.putAll(lab.context());
    Path folder = FOLDER.resolve(lab.name());
    App app =
        App.Builder.create()
            .analyticsReporting(false)
            .treeMetadata(false)
            .outdir(folder.toString())
            .context(context)
            .build();
    LeadlineApp.addTo(app, SynthesizedLab.balancerJar(), SynthesizedLab.balancerJar());
    app.synth();

    JsonNode template = JSON.readTree(folder.resolve("Leadline.template.json").toFile());
    Map<String, Set<String>> named = new LinkedHashMap<>();
    template
        .get("Resources")
        .properties()
        .forEach(
            resource -> {
              Set<String> names = new TreeSet<>(NAMES);
              Set<String> properties = new TreeSet<>();
              resource.getValue().path("Properties").fieldNames().forEachRemaining(properties::add);
              names.retainAll(properties);
              if (!names.isEmpty()) {
                named.put(resource.getKey(), names);
              }
            });
    assertEquals(Map.of(), named);
  }
}
