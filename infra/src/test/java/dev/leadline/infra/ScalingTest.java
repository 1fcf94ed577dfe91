package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sizes of groups in the context, and what cannot be together with a group. */
class ScalingTest {
  private static final String ALONE = "'instanceType': 't3.small'";
  private static final String COUNT = "'count': 1";

  private final Map<String, Object> context = new TreeMap<>(Map.of("profile", "aws"));

  private void balancer(String keys) {
    topology(COUNT, keys);
  }

  private void topology(String cluster, String balancer) {
    context.put(
        "topology",
        "{'clusters': [{'name': 'a', 'path': '/a', 'instanceType': 't2.micro', %s}], 'balancer': {%s, 'policy': 'leadline'}}"
            .formatted(cluster, balancer)
            .replace('\'', '"'));
  }

  private Settings read() {
    return Settings.read(Context.of(context));
  }

  private String complaint() {
    return String.valueOf(assertThrows(ConfigurationException.class, this::read).getMessage());
  }

  @Test
  void withoutASizeThereIsOneBalancerInNoGroup() {
    balancer("'instanceType': 't3.small'");
    assertEquals(Optional.empty(), read().topology().balancer().scaling());
    assertEquals(2, read().topology().instances());
  }

  @Test
  void aGroupHasASizeAndHoldsHalfOfTheCpuUnlessSaidOtherwise() {
    balancer("'instanceType': 't3.small', 'min': 2, 'max': '4'");
    assertEquals(Optional.of(new Scaling(2, 4, 50)), read().topology().balancer().scaling());
    assertEquals(3, read().topology().instances());
    balancer("'instanceType': 't3.small', 'min': 16, 'max': 16, 'targetCpu': 70");
    assertEquals(Optional.of(new Scaling(16, 16, 70)), read().topology().balancer().scaling());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'min': 2 | max is missing; allowed: a whole number from 2 to 16",
        "'max': 2 | min is missing; allowed: a whole number from 1 to 16",
        "'min': 3, 'max': 2 | max is 2; allowed: a whole number from 3 to 16",
        "'min': 0, 'max': 2 | min is 0; allowed: a whole number from 1 to 16",
        "'min': 1, 'max': 17 | max is 17; allowed: a whole number from 1 to 16",
        "'min': 1, 'max': 2, 'targetCpu': 95 | targetCpu is 95; allowed: a whole number from 10 to 90",
        "'targetCpu': 50 | targetCpu is 50; allowed: none without min and max, between which it scales",
      })
  void whatIsNoSizeIsRefused(String keys, String says) {
    balancer("'instanceType': 't3.small', " + keys);
    assertEquals("topology.balancer." + says, complaint());
  }

  @Test
  void aGroupHasNoOneHostToShare() {
    balancer("'sharesHostOf': 'a', 'min': 1, 'max': 2");
    assertEquals(
        "topology.balancer.min is 1; allowed: none beside sharesHostOf: the host is one instance",
        complaint());
  }

  @Test
  void theAcademyHasNoPlaceForAGroup() {
    context.put("profile", "academy");
    String none =
        "min is 1; allowed: none with profile academy: nine instances run in all, and a group launches another before it ends one";
    balancer("'instanceType': 't3.small', 'min': 1, 'max': 2");
    assertEquals("topology.balancer." + none, complaint());
    topology("'min': 1, 'max': 2", ALONE);
    assertEquals("topology.clusters[0]." + none, complaint());
  }

  @Test
  void aClusterHasACountOrASize() {
    topology("'min': 2, 'max': 50", ALONE);
    Topology read = read().topology();
    assertEquals(Optional.of(new Scaling(2, 50, 50)), read.clusters().get(0).scaling());
    assertEquals(2, read.targets());
    topology("'count': 3, 'tasksPerInstance': 2", ALONE);
    assertEquals(List.of(8000, 8001), read().topology().clusters().get(0).ports());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'count': 2, 'min': 2, 'max': 3 | count is 2; allowed: none beside min and max, which say how many",
        "'min': 2, 'max': 51 | max is 51; allowed: a whole number from 2 to 50",
        "'count': 2, 'tasksPerInstance': 9 | tasksPerInstance is 9; allowed: a whole number from 1 to 8",
        "'min': 2, 'max': 3, 'tasksPerInstance': 2 | tasksPerInstance is 2; allowed: 1 beside min and max: an Auto Scaling group registers one port of an instance, so use a count",
      })
  void whatIsNoSizeOfAClusterIsRefused(String keys, String says) {
    topology(keys, ALONE);
    assertEquals("topology.clusters[0]." + says, complaint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'min': 1, 'max': 2 | none beside a cluster with min and max: the balancer reads its target groups, and they would wait for its host",
        "'count': 2, 'tasksPerInstance': 2 | a cluster with one task on each instance",
      })
  void aHostThatIsSharedIsOneOfACountWithOneTask(String keys, String allowed) {
    topology(keys, "'sharesHostOf': 'a'");
    assertEquals("topology.balancer.sharesHostOf is \"a\"; allowed: " + allowed, complaint());
  }

  /** Leadline would go on sending requests to an instance until it is gone. */
  @Test
  void aClassicLoadBalancerAloneDoesNotSayWhichTargetLeaves() {
    context.put("compare", "clb,leadline");
    topology("'min': 1, 'max': 2", ALONE);
    assertEquals(
        "compare is \"clb,leadline\"; allowed: alb or nlb among them beside a cluster with min and max: their target groups say which instance leaves, a Classic Load Balancer has none",
        complaint());
    context.put("compare", "nlb,clb,leadline");
    read();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "loadGenerator | balancer | an instance type beside topology.balancer.min: a balancer of a group may end at any time",
        "balancerTls | self-signed | none or the ARN of a secret beside topology.balancer.min: each balancer would have another certificate",
        "autoStopMinutes | 30 | 0 beside min and max in the topology: a group launches another for an instance that powers itself off",
      })
  void whatNeedsOneHostIsRefusedBesideAGroup(String key, String value, String allowed) {
    context.put(key, value);
    balancer("'instanceType': 't3.small'");
    read();
    balancer("'instanceType': 't3.small', 'min': 1, 'max': 2");
    assertEquals("%s is \"%s\"; allowed: %s".formatted(key, value, allowed), complaint());
  }
}
