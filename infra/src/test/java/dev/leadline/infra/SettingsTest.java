package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that the context may have, and the error for others. */
class SettingsTest {
  private static final String CLUSTER =
      "{'name': 'a', 'path': '/a', 'instanceType': 't2.micro', 'count': 1}";
  private static final String BALANCER = "{'instanceType': 't3.small', 'policy': 'round_robin'}";

  private final Map<String, Object> context =
      new TreeMap<>(Map.of("profile", "aws", "topology", topology(CLUSTER, BALANCER)));

  private static String topology(String clusters, String balancer) {
    return "{'clusters': [%s], 'balancer': %s}".formatted(clusters, balancer).replace('\'', '"');
  }

  private Settings read() {
    return Settings.read(Context.of(context));
  }

  private String complaint() {
    String message =
        String.valueOf(assertThrows(ConfigurationException.class, this::read).getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @Test
  void theProjectsOwnFileIsFourAndFive() {
    context.putAll(SynthesizedLab.context(Profile.AWS));
    Topology topology = read().topology();
    assertEquals(
        List.of(
            new Topology.Cluster(
                "cluster1", "/cluster1", "t2.large", 4, Optional.empty(), 1, Optional.empty()),
            new Topology.Cluster(
                "cluster2", "/cluster2", "t2.micro", 5, Optional.empty(), 1, Optional.empty())),
        topology.clusters());
    assertEquals("t3.small", topology.balancer().instanceType());
    assertTrue(topology.mixed());
  }

  @Test
  void textOfTheCommandLineCountsAsWhatItSays() {
    context.put("mixed", "false");
    context.put("topology", topology(CLUSTER.replace("1}", "'3'}"), BALANCER));
    assertFalse(read().topology().mixed());
    assertEquals(3, read().topology().targets());
  }

  @Test
  void keysOfTheCdkItselfPass() {
    context.put("@aws-cdk/core:bootstrapQualifier", "leadline");
    context.put("aws:cdk:enable-path-metadata", true);
    context.put("acknowledged-issue-numbers", List.of(1));
    assertEquals(Profile.AWS, read().profile());
  }

  @Test
  void onlyThisMachineMayEnterLocallyAndNobodyOnAws() {
    assertEquals(List.of(), read().allowedCidrs());
    context.put("profile", "local");
    assertEquals(List.of("127.0.0.0/8"), read().allowedCidrs());
    context.put("allowedCidr", "203.0.113.7/32");
    assertEquals(List.of("203.0.113.7/32"), read().allowedCidrs());
  }

  /** The order is not the user's: reports, outputs and colours name the kinds in one order. */
  @Test
  void kindsOfLoadBalancerAreComparedInTheirOwnOrder() {
    assertEquals("[ALB, LEADLINE]", read().compared().toString());
    context.put("compare", "leadline, clb,alb,nlb");
    assertEquals("[ALB, NLB, CLB, LEADLINE]", read().compared().toString());
    context.put("compare", List.of("nlb", "leadline"));
    assertEquals("[NLB, LEADLINE]", read().compared().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "leadline",
        "alb,nlb",
        "alb,alb,leadline",
        "alb,gwlb,leadline",
        "alb,,leadline",
        ""
      })
  void whatCannotBeComparedIsRefused(String compared) {
    context.put("compare", compared);
    assertEquals(
        "compare is \"%s\"; allowed: leadline and at least one other of alb, nlb, clb, leadline, each once, with commas between"
            .formatted(compared),
        complaint());
  }

  /** A campus leaves through a pool of addresses. */
  @Test
  void severalRangesMayEnter() {
    List<String> both = List.of("203.0.113.7/32", "203.0.113.9/32");
    for (Object written :
        List.of(
            both,
            "203.0.113.7/32, 203.0.113.9/32",
            "203.0.113.7/32,203.0.113.9/32,203.0.113.7/32")) {
      context.put("allowedCidr", written);
      assertEquals(both, read().allowedCidrs());
    }
    context.put("keyName", "laptop");
    context.put("allowedCidr", "203.0.113.7/32,0.0.0.0/0");
    assertTrue(complaint().startsWith("keyName is \"laptop\"; allowed: only with"), complaint());
    context.put(
        "allowedCidr",
        IntStream.range(0, 21)
            .mapToObj("10.0.0.%d/32"::formatted)
            .collect(Collectors.joining(",")));
    assertTrue(complaint().contains("at most 20"), complaint());
  }

  /** The free plan's only types with two whole vCPUs. */
  @ParameterizedTest
  @ValueSource(strings = {"m7i-flex.large", "c7i-flex.large"})
  void flexTypesAreTypes(String type) {
    context.put("topology", topology(CLUSTER.replace("t2.micro", type), BALANCER));
    assertEquals(type, read().topology().clusters().get(0).instanceType());
  }

  @Test
  void aPolicyMayHaveOptions() {
    context.put(
        "topology",
        topology(
            CLUSTER,
            BALANCER.replace("'round_robin'", "{'name': 'fastest', 'probeInterval': '1s'}")));
    assertEquals(
        Map.of("name", "fastest", "probeInterval", "1s"), read().topology().balancer().policy());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "allowedCIDR | 10.0.0.0/8 | unknown key allowedCIDR (\"10.0.0.0/8\"); allowed: alarmEmail, alarms, allowedCidr, assetBucket, autoStopMinutes, balancerTls, certificateArn, compare, disks, keyName, loadGenerator, mixed, monthlyBudget, os, profile, topologies, topology, workMillis, zones; did you mean \"allowedCidr\"?",
        "profile | gcp | profile is \"gcp\"; allowed: aws, academy, local",
        "profile | - | profile is missing; allowed: aws, academy, local",
        "autoStopMinutes | -1 | autoStopMinutes is \"-1\"; allowed: a whole number from 0 to 1440",
        "workMillis | 1001 | workMillis is \"1001\"; allowed: a whole number from 0 to 1000",
        "os | windows | os is \"windows\"; allowed: amazon, ubuntu, debian",
        "mixed | maybe | mixed is \"maybe\"; allowed: true or false",
        "allowedCidr | 300.0.0.1/32 | allowedCidr is \"300.0.0.1/32\"; allowed: IPv4 ranges, at most 20 with commas between, such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)",
        "allowedCidr | 10.0.0.1 | allowedCidr is \"10.0.0.1\"; allowed: IPv4 ranges, at most 20 with commas between, such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)",
        "allowedCidr | 10.0.0.0/33 | allowedCidr is \"10.0.0.0/33\"; allowed: IPv4 ranges, at most 20 with commas between, such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)",
        "allowedCidr | 10.0.0.1/32, | allowedCidr is \"10.0.0.1/32,\"; allowed: IPv4 ranges, at most 20 with commas between, such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)",
        "zones | us-east-1a | zones is \"us-east-1a\"; allowed: two availability zones of the region with a comma between, such as us-east-1a,us-east-1b",
        "zones | us-east-1a,us-east-1a | zones is \"us-east-1a,us-east-1a\"; allowed: two availability zones of the region with a comma between, such as us-east-1a,us-east-1b",
        "zones | use1-az1,use1-az2 | zones is \"use1-az1,use1-az2\"; allowed: two availability zones of the region with a comma between, such as us-east-1a,us-east-1b",
        "assetBucket | Big_Bucket | assetBucket is \"Big_Bucket\"; allowed: a bucket's name, 3 to 63 small letters, digits and hyphens",
        "certificateArn | mine.pem | certificateArn is \"mine.pem\"; allowed: the ARN of a certificate in ACM, arn:aws:acm:REGION:ACCOUNT:certificate/ID",
        "balancerTls | mine.pem | balancerTls is \"mine.pem\"; allowed: none, self-signed, or the ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-123456",
        "keyName | laptop | keyName is \"laptop\"; allowed: only with an allowedCidr that is not everybody: port 22 is opened to it",
        "topology | nine | topology is \"nine\"; allowed: an object",
        "topology | - | topology is missing; allowed: an object",
      })
  void namesKeyValueAndWhatIsAllowed(
      String key, @org.jspecify.annotations.Nullable String value, String message) {
    if (value == null) {
      context.remove(key);
    } else {
      context.put(key, value);
    }
    assertEquals(message, complaint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "certificateArn | arn:aws:acm:eu-west-1:123456789012:certificate/1 | none with profile local, whose emulated load balancer speaks HTTP",
        "balancerTls | self-signed | none with profile local, whose balancer speaks HTTP",
        "keyName | laptop | none with profile local, whose instances run on this machine",
      })
  void locallyThereIsNoCertificateAndNoKey(String key, String value, String allowed) {
    context.putAll(Map.of("profile", "local", key, value));
    assertEquals("%s is \"%s\"; allowed: %s".formatted(key, value, allowed), complaint());
  }

  /** The same command works with another profile: none is allowed where there can be none. */
  @Test
  void locallyNoneIsNone() {
    context.putAll(Map.of("profile", "local", "balancerTls", "none"));
    assertFalse(read().certificates().balancerHasOne());
  }

  /** A policy with a part of the ARN in it would let the balancer read nothing. */
  @Test
  void aSecretIsNamedByItsWholeArn() {
    String arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:lab/tls";
    context.put("balancerTls", arn + "-Ab12Cd");
    assertEquals(Optional.of(arn + "-Ab12Cd"), read().certificates().secret());
    context.put("balancerTls", arn);
    assertTrue(complaint().startsWith("balancerTls is"), complaint());
  }

  @ParameterizedTest
  @CsvSource({
    "certificateArn, arn:aws:acm:eu-west-1:123456789012:certificate/1",
    "balancerTls, arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls-Ab12Cd",
  })
  void acertificateOfAnotherRegionIsRefusedBeforeCloudFormationDoes(String key, String arn) {
    context.put(key, arn);
    Certificates certificates = read().certificates();
    certificates.requireRegion("eu-west-1");
    assertEquals(
        "%s is \"%s\"; allowed: one of us-east-1, the region of the lab".formatted(key, arn),
        assertThrows(ConfigurationException.class, () -> certificates.requireRegion("us-east-1"))
            .getMessage());
  }

  @Test
  void everybodyIsTooManyForSsh() {
    context.putAll(Map.of("keyName", "laptop", "allowedCidr", "0.0.0.0/0"));
    assertTrue(complaint().startsWith("keyName is \"laptop\"; allowed: only with"), complaint());
    context.put("allowedCidr", "203.0.113.0/24");
    assertEquals(Optional.of("laptop"), read().keyName());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'name': 'a'     | 'name': 'A b'      | topology.clusters[0].name is \"A b\"; allowed: 1 to 20 small letters, digits and hyphens, a letter first",
        "'path': '/a'    | 'path': 'a'        | topology.clusters[0].path is \"a\"; allowed: a path such as \"/cluster1\", of letters, digits and _.~-",
        "'path': '/a'    | 'path': '/'        | topology.clusters[0].path is \"/\"; allowed: a path such as \"/cluster1\", of letters, digits and _.~-",
        "'path': '/a'    | 'path': '/a/*'     | topology.clusters[0].path is \"/a/*\"; allowed: a path such as \"/cluster1\", of letters, digits and _.~-",
        "'path': '/a'    | 'path': '/health'  | topology.clusters[0].path is \"/health\"; allowed: any path but /health, which health checks use",
        "'path': '/a'    | 'path': '/mixed/a' | topology.clusters[0].path is \"/mixed/a\"; allowed: any path not at or below /mixed unless mixed is false",
        "'count': 1      | 'count': 0         | topology.clusters[0].count is 0; allowed: a whole number from 1 to 50",
        "'count': 1      | 'count': 1.5       | topology.clusters[0].count is 1.5; allowed: a whole number from 1 to 50",
        "'count': 1      | 'count': 'two'     | topology.clusters[0].count is \"two\"; allowed: a whole number from 1 to 50",
        "'count': 1      | 'size': 1          | unknown key topology.clusters[0].size (1); allowed: count, instanceType, max, min, name, path, stickiness, targetCpu, tasksPerInstance",
        "'t2.micro'      | 't9.huge'          | topology.clusters[0].instanceType is \"t9.huge\"; allowed: a type such as t3.small of the families c5, c6i, c7i, c7i-flex, m5, m6i, m7i, m7i-flex, t2, t3, t3a in the sizes nano, micro, small, medium, large, xlarge, 2xlarge, 4xlarge (m and c: from large)",
        "'t3.small'      | 't4g.small'        | topology.balancer.instanceType is \"t4g.small\"; allowed: a type such as t3.small of the families c5, c6i, c7i, c7i-flex, m5, m6i, m7i, m7i-flex, t2, t3, t3a in the sizes nano, micro, small, medium, large, xlarge, 2xlarge, 4xlarge (m and c: from large)",
        "'round_robin'   | 'Round Robin'      | topology.balancer.policy is \"Round Robin\"; allowed: a policy's name such as \"round_robin\", or an object with name and options",
        "'round_robin'   | {'alpha': 1}       | topology.balancer.policy is {\"alpha\":1}; allowed: a policy's name such as \"round_robin\", or an object with name and options",
        "'count': 1      | 'count': 1, 'stickiness': {'duration': '8d'} | topology.clusters[0].stickiness.duration is \"8d\"; allowed: a time from 1s to 10080m, in s or m, as an Application Load Balancer has it",
        "'count': 1      | 'count': 1, 'stickiness': {'duration': '10081m'} | topology.clusters[0].stickiness.duration is \"10081m\"; allowed: a time from 1s to 10080m, in s or m, as an Application Load Balancer has it",
        "'count': 1      | 'count': 1, 'stickiness': {'key': 'secret'} | topology.clusters[0].stickiness has a key; allowed: none, as the instance makes one that stands in no template",
        "'count': 1      | 'count': 1, 'stickiness': {'applicationCookie': 'AWSALBAPP'} | topology.clusters[0].stickiness.applicationCookie is \"AWSALBAPP\"; allowed: the name of a cookie that does not begin with AWSALB or leadline-, as those of the balancers do",
        "'count': 1      | 'count': 1, 'stickiness': {'durations': '1s'} | unknown key topology.clusters[0].stickiness.durations (\"1s\"); allowed: applicationCookie, duration; did you mean \"duration\"?",
        "'balancer'      | 'balancers'        | unknown key topology.balancers ({\"instanceType\":\"t3.small\",\"policy\":\"round_robin\"}); allowed: balancer, clusters, defaultAction, rules; did you mean \"balancer\"?",
      })
  void namesThePlaceInTheTopology(String right, String wrong, String message) {
    String valid = topology(CLUSTER, BALANCER);
    String broken = valid.replace(right.replace('\'', '"'), wrong.replace('\'', '"'));
    assertFalse(broken.equals(valid), "the case changes nothing");
    context.put("topology", broken);
    assertEquals(message, complaint());
  }

  @ParameterizedTest
  @CsvSource({"/a", "/a/below"})
  void twoClustersMayNotShareAPath(String path) {
    String other = CLUSTER.replace("'a'", "'b'").replace("/a", path);
    context.put("topology", topology(CLUSTER + "," + other, BALANCER));
    assertEquals(
        "topology.clusters[1].path is \"%s\"; allowed: a path neither at, above nor below another cluster's (/a)"
            .formatted(path),
        complaint());
  }

  @Test
  void aPathThatOnlyBeginsAlikeIsAnother() {
    String other = CLUSTER.replace("'a'", "'b'").replace("/a", "/ab");
    context.put("topology", topology(CLUSTER + "," + other, BALANCER));
    assertEquals(2, read().topology().clusters().size());
  }

  @Test
  void twoClustersMayNotShareAName() {
    context.put("topology", topology(CLUSTER + "," + CLUSTER.replace("/a", "/b"), BALANCER));
    assertEquals(
        "topology.clusters[1].name is \"a\"; allowed: a name no other cluster has", complaint());
  }

  @Test
  void noClusterIsNotALab() {
    context.put("topology", topology("", BALANCER));
    assertEquals("topology.clusters is []; allowed: a list of at least one object", complaint());
  }

  @Test
  void aTopologyMayBeNamed() {
    context.putAll(SynthesizedLab.context(Profile.AWS));
    context.put("topology", "smoke");
    Topology smoke = read().topology();
    assertEquals(2, smoke.targets());
    assertEquals(
        List.of("t3.micro", "t3.micro"),
        smoke.clusters().stream().map(Topology.Cluster::instanceType).toList());
    assertEquals("t3.micro", smoke.balancer().instanceType());
  }

  @Test
  void aNameThatNoTopologyHasIsRefusedWithThoseThereAre() {
    context.putAll(SynthesizedLab.context(Profile.AWS));
    context.put("topology", "smok");
    assertEquals("topology is \"smok\"; allowed: an object, or one of group, smoke", complaint());
  }

  @Test
  void aMistakeInANamedTopologyIsFoundWhereItStands() {
    context.put("topology", "mine");
    context.put("topologies", Map.of("mine", topology(CLUSTER.replace("micro", "huge"), BALANCER)));
    assertTrue(complaint().startsWith("topologies.mine.clusters[0].instanceType is \"t2.huge\""));
  }

  @Test
  void theAcademyRunsNineInstancesAtMost() {
    context.putAll(SynthesizedLab.context(Profile.AWS));
    context.put("profile", "academy");
    assertEquals(
        "topology has 9 targets and a balancer; allowed: 9 instances in all with profile academy, so lower a count (4 and 4 fit), or put the balancer on a target's host (topology.balancer.sharesHostOf)",
        complaint());
  }

  @Test
  void withABalancerOnATargetsHostTheAcademyRunsNineTargets() {
    context.put("profile", "academy");
    context.put(
        "topology",
        topology(CLUSTER.replace("1}", "9}"), "{'sharesHostOf': 'a', 'policy': 'round_robin'}"));
    Topology topology = read().topology();
    assertEquals(9, topology.instances());
    assertEquals("t2.micro", topology.balancer().instanceType());
    assertEquals(9, topology.lastNumber(topology.clusters().get(0)));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "'sharesHostOf': 'b' | topology.balancer.sharesHostOf is \"b\"; allowed: the name of a cluster",
        "'sharesHostOf': 'a', 'instanceType': 't3.small' | topology.balancer.instanceType is \"t3.small\"; allowed: none beside sharesHostOf: the instance is the cluster's",
      })
  void aBalancerSharesTheHostOfAClusterThereIs(String balancer, String says) {
    context.put("topology", topology(CLUSTER, "{%s, 'policy': 'x'}".formatted(balancer)));
    assertEquals(says, complaint());
  }

  @Test
  void disksAreEncryptedUnlessSaidOtherwise() {
    assertTrue(read().encryptedDisks());
    context.put("disks", "unencrypted");
    assertFalse(read().encryptedDisks());
    context.put("disks", "none");
    assertEquals("disks is \"none\"; allowed: encrypted or unencrypted", complaint());
    context.put("profile", "local");
    assertEquals(
        "disks is \"none\"; allowed: none with profile local, whose instances have no disks",
        complaint());
  }

  @Test
  void theAcademyHasNoInstanceAboveLarge() {
    context.put("profile", "academy");
    context.put("topology", topology(CLUSTER.replace("micro", "xlarge"), BALANCER));
    assertTrue(
        complaint().startsWith("topology.clusters[0].instanceType is \"t2.xlarge\"; allowed: "));
  }
}
