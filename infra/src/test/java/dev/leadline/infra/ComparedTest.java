package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every kind of load balancer in front of the same targets. */
class ComparedTest {
  private static final SynthesizedLab LAB =
      new LabCase(Profile.LOCAL, Map.of(BalancerKind.KEY, LabCase.EVERY_KIND)).synthesized();
  private static final String GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup";
  private static final String CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer";

  private static Set<String> instances(JsonNode list, String place) {
    Set<String> ids = new TreeSet<>();
    list.forEach(it -> ids.add(it.at(place + "/Ref").asText()));
    return ids;
  }

  /** Catches a kind that is compared with others over other targets. */
  @Test
  void everyKindHasTheSameTargetsBehindEveryPath() {
    Map<String, Set<String>> alb = new TreeMap<>();
    Map<String, Set<String>> nlb = new TreeMap<>();
    LAB.resources(GROUP)
        .forEach(
            (id, group) ->
                (id.startsWith("Alb") ? alb : nlb)
                    .put(name(id), instances(group.at("/Properties/Targets"), "/Id")));
    Set<String> all = new TreeSet<>();
    alb.values().forEach(all::addAll);
    alb.put("mixed", all); // which its rule makes of the clusters' groups
    Map<String, Set<String>> clb = new TreeMap<>();
    LAB.resources(CLASSIC)
        .forEach((id, it) -> clb.put(name(id), instances(it.at("/Properties/Instances"), "")));
    assertEquals(Set.of("cluster1", "cluster2", "mixed"), alb.keySet());
    assertEquals(9, all.size());
    assertEquals(alb, nlb);
    assertEquals(alb, clb);
  }

  /** Nlbcluster11A2B3C4D becomes cluster1. */
  private static String name(String logicalId) {
    return logicalId.substring("Nlb".length(), logicalId.length() - 8);
  }

  @Test
  void everyPathHasAPortOfTheNetworkLoadBalancerInTheirOrder() {
    Map<Integer, String> ports = new TreeMap<>();
    LAB.resources("AWS::ElasticLoadBalancingV2::Listener")
        .values()
        .forEach(
            it -> {
              String group = it.at("/Properties/DefaultActions/0/TargetGroupArn/Ref").asText();
              if (group.startsWith("Nlb")) {
                ports.put(it.at("/Properties/Port").asInt(), name(group));
              }
            });
    assertEquals(Map.of(8081, "cluster1", 8082, "cluster2", 8083, "mixed"), ports);
    assertEquals(
        "{\"/cluster1\":\"http://#:8081\",\"/cluster2\":\"http://#:8082\",\"/mixed\":\"http://#:8083\"}",
        output("NlbUrls"));
  }

  @Test
  void everyPathHasAClassicLoadBalancer() {
    assertEquals(
        "{\"/cluster1\":\"http://#:8080\",\"/cluster2\":\"http://#:8080\",\"/mixed\":\"http://#:8080\"}",
        output("ClbUrls"));
    assertEquals("{\"/cluster1\":\"#\",\"/cluster2\":\"#\",\"/mixed\":\"#\"}", output("ClbNames"));
  }

  /** An output's text, with # for what CloudFormation fills in. */
  private static String output(String name) {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : LAB.json().at("/Outputs/" + name + "/Value/Fn::Join/1")) {
      text.append(part.isTextual() ? part.asText() : "#");
    }
    return text.toString();
  }

  /** An alarm on a figure that a kind does not publish is silent for ever. */
  @Test
  void alarmsLookAtWhatAKindPublishes() {
    Map<String, Set<String>> figures = new TreeMap<>();
    List<String> names = new ArrayList<>();
    for (JsonNode alarm : LAB.resources("AWS::CloudWatch::Alarm").values()) {
      JsonNode properties = alarm.get("Properties");
      List<JsonNode> metrics = properties.findParents("Namespace");
      for (JsonNode metric : metrics) {
        figures
            .computeIfAbsent(metric.get("Namespace").asText(), it -> new TreeSet<>())
            .add(metric.get("MetricName").asText());
      }
      names.add(properties.get("AlarmName").asText());
    }
    assertEquals(Set.of("UnHealthyHostCount"), figures.get("AWS/NetworkELB"));
    assertEquals(
        Set.of(
            "UnHealthyHostCount",
            "Latency",
            "RequestCount",
            "HTTPCode_Backend_5XX",
            "HTTPCode_ELB_5XX"),
        figures.get("AWS/ELB"));
    assertTrue(names.contains("Leadline-nlb-unhealthy-cluster2"), names.toString());
    assertTrue(names.contains("Leadline-clb-cluster2-unhealthy"), names.toString());
    assertTrue(names.contains("Leadline-clb-mixed-p99"), names.toString());
  }

  /** A line of a figure that a kind does not publish would be empty for ever. */
  @Test
  void theDashboardShowsWhatAKindPublishes() {
    Map<String, Set<String>> shown = new TreeMap<>();
    String body = LAB.resources("AWS::CloudWatch::Dashboard").values().iterator().next().toString();
    Matcher metric =
        Pattern.compile("\\[\\\\+\"(AWS/(?:Network)?ELB)\\\\+\",\\\\+\"(\\w+)").matcher(body);
    while (metric.find()) {
      shown.computeIfAbsent(metric.group(1), it -> new TreeSet<>()).add(metric.group(2));
    }
    assertEquals(
        Map.of(
            "AWS/NetworkELB",
            Set.of(
                "HealthyHostCount", "UnHealthyHostCount", "NewFlowCount", "TCP_Target_Reset_Count"),
            "AWS/ELB",
            Set.of(
                "RequestCount",
                "Latency",
                "HealthyHostCount",
                "UnHealthyHostCount",
                "HTTPCode_Backend_5XX",
                "HTTPCode_ELB_5XX",
                "BackendConnectionErrors",
                "SurgeQueueLength",
                "SpilloverCount")),
        shown);
  }

  @Test
  void aLabMayBeWithoutTheApplicationLoadBalancer() {
    SynthesizedLab lab =
        new LabCase(Profile.LOCAL, Map.of(BalancerKind.KEY, "nlb,leadline")).synthesized();
    assertTrue(lab.json().at("/Outputs/AlbUrl").isMissingNode());
    assertEquals("[\"nlb\",\"leadline\"]", lab.json().at("/Metadata/Leadline/compare").toString());
    assertEquals(3, lab.resources(GROUP).size());
  }
}
