package dev.leadline.infra;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Every profile, closed, open, and with each option that opens a door or puts a lock on one. */
record LabCase(Profile profile, Map<String, Object> options) {
  private static final Map<LabCase, SynthesizedLab> SYNTHESIZED = new ConcurrentHashMap<>();

  static final String RANGE = "203.0.113.0/24";
  static final String EVERY_KIND = "alb,nlb,clb,leadline";
  static final String CERTIFICATE =
      "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
  static final String SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls-Ab12Cd";

  static List<LabCase> all() {
    List<LabCase> cases = new ArrayList<>();
    for (Profile profile : Profile.values()) {
      cases.add(new LabCase(profile, Map.of()));
      cases.add(new LabCase(profile, Map.of("allowedCidr", RANGE)));
    }
    for (Profile profile : List.of(Profile.AWS, Profile.ACADEMY)) {
      cases.add(open(profile, Map.of("certificateArn", CERTIFICATE)));
      cases.add(open(profile, Map.of("balancerTls", "self-signed")));
      cases.add(open(profile, Map.of("balancerTls", SECRET)));
      cases.add(open(profile, Map.of("keyName", "laptop")));
    }
    for (Profile profile : Profile.values()) {
      cases.add(open(profile, Map.of(BalancerKind.KEY, EVERY_KIND)));
    }
    cases.add(open(Profile.AWS, Map.of(BalancerKind.KEY, "nlb,leadline", "keyName", "laptop")));
    cases.add(
        open(
            Profile.AWS,
            Map.of("certificateArn", CERTIFICATE, "balancerTls", SECRET, "keyName", "laptop")));
    return cases;
  }

  /** The same with groups of instances, and with several processes on an instance. */
  static List<LabCase> ofGroups() {
    return List.of(
        ofClusterGroup(Profile.AWS, Map.of()),
        ofTasks(Map.of(BalancerKind.KEY, EVERY_KIND)),
        ofGroup(Profile.AWS, Map.of()),
        ofGroup(Profile.LOCAL, Map.of()),
        ofGroup(
            Profile.AWS,
            Map.of(
                "allowedCidr",
                RANGE,
                BalancerKind.KEY,
                EVERY_KIND,
                "balancerTls",
                SECRET,
                "keyName",
                "laptop")));
  }

  /** cdk.json's own topology with two to four balancers. */
  static LabCase ofGroup(Profile profile, Map<String, Object> options) {
    String alone = "\"instanceType\":\"t3.small\",";
    return replaced(profile, options, alone, alone + "\"min\":2,\"max\":4,");
  }

  /** The same with two to six instances of cluster2, and one balancer. */
  static LabCase ofClusterGroup(Profile profile, Map<String, Object> options) {
    return replaced(profile, options, "\"count\":5", "\"min\":2,\"max\":6");
  }

  /** The same with two application processes on each instance of cluster1. */
  static LabCase ofTasks(Map<String, Object> options) {
    String count = "\"count\":4";
    return replaced(Profile.AWS, options, count, count + ",\"tasksPerInstance\":2");
  }

  private static LabCase replaced(
      Profile profile, Map<String, Object> options, String part, String by) {
    Map<String, Object> all = new HashMap<>(options);
    all.put("topology", SynthesizedLab.topology().replace(part, by));
    return new LabCase(profile, Map.copyOf(all));
  }

  private static LabCase open(Profile profile, Map<String, Object> options) {
    Map<String, Object> all = new HashMap<>(options);
    all.put("allowedCidr", RANGE);
    return new LabCase(profile, Map.copyOf(all));
  }

  Map<String, Object> context() {
    Map<String, Object> context = SynthesizedLab.context(profile);
    context.putAll(options);
    return context;
  }

  /** The template; made once. */
  SynthesizedLab synthesized() {
    return SYNTHESIZED.computeIfAbsent(this, lab -> SynthesizedLab.with(lab.context()));
  }

  /** Whether it has a load balancer of that kind. */
  boolean has(BalancerKind kind) {
    Object compared = options.getOrDefault(BalancerKind.KEY, "alb,leadline");
    return List.of(compared.toString().split(",")).contains(kind.id());
  }

  /** Whether our own balancer is one of a group. */
  boolean isGroup() {
    return topology().contains("\"max\":4");
  }

  /** Whether anything is. */
  boolean hasGroups() {
    return topology().contains("\"max\":");
  }

  /** The ports of the targets' processes. */
  String targetPorts() {
    return topology().contains("tasksPerInstance") ? "8000-8001" : "8000";
  }

  private String topology() {
    return String.valueOf(options.getOrDefault("topology", ""));
  }

  /** Whose security group clients of our own balancer enter. */
  String entrance() {
    return isGroup() ? "Front" : BalancerKind.LEADLINE.prefix();
  }

  /** The port on which they do. */
  String leadlinePort() {
    return has("balancerTls") ? "443" : Integer.toString(profile.listenerPort());
  }

  boolean has(String option) {
    return options.containsKey(option);
  }
}
