package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sizes of groups in the context, and what cannot be together with a group. */
class ScalingTest {
  private static final String CLUSTER =
      "{'name': 'a', 'path': '/a', 'instanceType': 't2.micro', 'count': 1}";

  private final Map<String, Object> context = new TreeMap<>(Map.of("profile", "aws"));

  private void balancer(String keys) {
    context.put(
        "topology",
        "{'clusters': [%s], 'balancer': {%s, 'policy': 'leadline'}}"
            .formatted(CLUSTER, keys)
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
    balancer("'instanceType': 't3.small', 'min': 1, 'max': 2");
    assertEquals(
        "topology.balancer.min is 1; allowed: none with profile academy: nine instances run in all, and a group launches another before it ends one",
        complaint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "loadGenerator | balancer | an instance type beside topology.balancer.min: a balancer of a group may end at any time",
        "balancerTls | self-signed | none or the ARN of a secret beside topology.balancer.min: each balancer would have another certificate",
        "autoStopMinutes | 30 | 0 beside topology.balancer.min: the group launches another for an instance that powers itself off",
      })
  void whatNeedsOneHostIsRefusedBesideAGroup(String key, String value, String allowed) {
    context.put(key, value);
    balancer("'instanceType': 't3.small'");
    read();
    balancer("'instanceType': 't3.small', 'min': 1, 'max': 2");
    assertEquals("%s is \"%s\"; allowed: %s".formatted(key, value, allowed), complaint());
  }
}
