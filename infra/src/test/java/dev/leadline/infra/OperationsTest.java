package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awscdk.App;
import software.amazon.awscdk.assertions.Template;

/** What watches the lab: dashboard, alarms, topic and budget. */
class OperationsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ALARM = "AWS::CloudWatch::Alarm";

  private static SynthesizedLab with(String key, Object value) {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put(key, value);
    return SynthesizedLab.with(context);
  }

  /** Alarms by name. */
  private static Map<String, JsonNode> alarms(SynthesizedLab lab) {
    Map<String, JsonNode> alarms = new TreeMap<>();
    lab.resources(ALARM)
        .values()
        .forEach(it -> alarms.put(it.at("/Properties/AlarmName").asText(), it.get("Properties")));
    return alarms;
  }

  /** The widgets by title, with logical ids for what CloudFormation fills in. */
  private static Map<String, JsonNode> widgets(SynthesizedLab lab) throws JsonProcessingException {
    JsonNode dashboard =
        lab.resources("AWS::CloudWatch::Dashboard").values().iterator().next().get("Properties");
    StringBuilder body = new StringBuilder();
    for (JsonNode part : dashboard.at("/DashboardBody/Fn::Join/1")) {
      body.append(
          part.isTextual()
              ? part.asText()
              : part.path("Ref").asText() + part.at("/Fn::GetAtt/0").asText());
    }
    Map<String, JsonNode> widgets = new TreeMap<>();
    JSON.readTree(body.toString())
        .get("widgets")
        .forEach(it -> widgets.put(it.at("/properties/title").asText("text"), it));
    return widgets;
  }

  /** Catches a widget that shows one balancer only, or the two by different statistics. */
  @ParameterizedTest
  @EnumSource
  void bothBalancersAreInEveryWidgetByTheSameNameAndStatistic(Profile profile)
      throws JsonProcessingException {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    Map<String, String> found = new TreeMap<>();
    widgets(lab)
        .forEach(
            (title, widget) -> {
              Map<String, Set<String>> of = new TreeMap<>();
              for (JsonNode metric : widget.at("/properties/metrics")) {
                if (metric.size() > 2 && !metric.get(0).asText().equals("AWS/EC2")) {
                  JsonNode options = metric.get(metric.size() - 1);
                  of.computeIfAbsent(metric.get(0).asText(), it -> new TreeSet<>())
                      .add(metric.get(1).asText() + " " + options.path("stat").asText("Average"));
                }
              }
              if (!of.isEmpty()) {
                assertEquals(Set.of("AWS/ApplicationELB", "Leadline"), of.keySet(), title);
                assertEquals(of.get("AWS/ApplicationELB"), of.get("Leadline"), title);
                found.put(title, String.join(", ", of.getOrDefault("Leadline", Set.of())));
              }
            });
    assertEquals(
        Map.of(
            "Requests a minute", "RequestCount Sum",
            "Healthy targets", "HealthyHostCount Maximum",
            "Unhealthy targets", "UnHealthyHostCount Maximum",
            "Response time, p50", "TargetResponseTime p50",
            "Response time, p90", "TargetResponseTime p90",
            "Response time, p99", "TargetResponseTime p99",
            "5xx of targets", "HTTPCode_Target_5XX_Count Sum",
            "5xx of the balancer itself", "HTTPCode_ELB_5XX_Count Sum",
            "Connections to targets that failed", "TargetConnectionErrorCount Sum"),
        found);
  }

  /** Catches an instance that is forgotten, and an id that would not follow a replaced instance. */
  @ParameterizedTest
  @EnumSource
  void everyInstancesCpuAndCreditsAreShownByReference(Profile profile)
      throws JsonProcessingException {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    Set<String> all = lab.resources("AWS::EC2::Instance").keySet();
    Map<String, JsonNode> widgets = widgets(lab);
    for (String title : List.of("CPU of every instance", "CPU credits left")) {
      Set<String> shown = new HashSet<>();
      for (JsonNode metric : Objects.requireNonNull(widgets.get(title)).at("/properties/metrics")) {
        assertEquals("InstanceId", metric.get(2).asText());
        shown.add(metric.get(3).asText());
        assertEquals(
            title.contains("credits") ? 300 : 60,
            metric.get(4).path("period").asInt(300),
            metric.toString());
      }
      assertEquals(all, shown, title);
    }
  }

  @Test
  void whatHasNoCreditsIsNotAskedForThem() throws JsonProcessingException {
    Map<String, JsonNode> widgets =
        widgets(
            with(
                "topology",
                """
                {"clusters": [{"name": "balancer", "path": "/a", "instanceType": "m5.large", "count": 2}],
                 "balancer": {"instanceType": "c5.large", "policy": "leadline"}}"""));
    assertFalse(widgets.containsKey("CPU credits left"));
    assertEquals(
        3,
        Objects.requireNonNull(widgets.get("CPU of every instance"))
            .at("/properties/metrics")
            .size());
  }

  @ParameterizedTest
  @EnumSource
  void aHandfulOfAlarmsLooksAtEverything(Profile profile) {
    Map<String, JsonNode> alarms = alarms(SynthesizedLab.of(profile));
    assertEquals(
        Set.of(
            "Leadline-alb-unhealthy-cluster1",
            "Leadline-alb-unhealthy-cluster2",
            "Leadline-leadline-unhealthy",
            "Leadline-alb-5xx",
            "Leadline-leadline-5xx",
            "Leadline-alb-p99",
            "Leadline-leadline-p99",
            "Leadline-cpu-cluster1",
            "Leadline-cpu-cluster2",
            "Leadline-leadline-cpu"),
        alarms.keySet());
    alarms.forEach(
        (name, alarm) -> {
          assertEquals("notBreaching", alarm.get("TreatMissingData").asText(), name);
          assertEquals("GreaterThanThreshold", alarm.get("ComparisonOperator").asText(), name);
          assertFalse(alarm.has("AlarmActions"), name);
        });
    int instances = SynthesizedLab.of(profile).resources("AWS::EC2::Instance").size();
    assertEquals(
        2 + 9 + instances, alarms.values().stream().mapToInt(OperationsTest::metrics).sum());
    assertTrue(SynthesizedLab.of(profile).resources("AWS::SNS::Topic").isEmpty());
  }

  private static int metrics(JsonNode alarm) {
    if (!alarm.has("Metrics")) {
      return 1;
    }
    int metrics = 0;
    for (JsonNode query : alarm.get("Metrics")) {
      metrics += query.has("MetricStat") ? 1 : 0;
    }
    return metrics;
  }

  /** The numbers that AWS would compute, computed here from the template's own expressions. */
  @Test
  void aFailedRequestAtNightIsNoAlarmAndAnOutageIs() {
    JsonNode alarm =
        Objects.requireNonNull(alarms(SynthesizedLab.of(Profile.AWS)).get("Leadline-alb-5xx"));
    Map<String, String> expressions = new TreeMap<>();
    Set<String> names = new TreeSet<>();
    for (JsonNode query : alarm.get("Metrics")) {
      if (query.has("Expression")) {
        expressions.put(query.get("Id").asText(), query.get("Expression").asText());
      } else {
        names.add(query.at("/MetricStat/Metric/MetricName").asText());
        assertEquals("Sum", query.at("/MetricStat/Stat").asText());
        assertEquals(300, query.at("/MetricStat/Period").asInt());
      }
    }
    assertEquals(
        Set.of("RequestCount", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"), names);
    assertEquals(
        Set.of(
            "IF(all >= 100, 100 * errors / all, 0)",
            "IF(FILL(counted, 0) > errors, FILL(counted, 0), errors)",
            "FILL(target, 0) + FILL(own, 0)"),
        Set.copyOf(expressions.values()));
    assertEquals(5, alarm.get("Threshold").asInt());
  }

  @Test
  void limitsAreWhatWasSaid() {
    Map<String, JsonNode> alarms =
        alarms(
            with(
                "alarms",
                Map.of("errorPercent", 1, "leastRequests", 7, "p99Millis", 250, "cpuPercent", 60)));
    assertEquals(
        1, Objects.requireNonNull(alarms.get("Leadline-alb-5xx")).get("Threshold").asInt());
    assertTrue(
        Objects.requireNonNull(alarms.get("Leadline-alb-5xx")).toString().contains("all >= 7,"));
    assertEquals(
        0.25,
        Objects.requireNonNull(alarms.get("Leadline-leadline-p99")).get("Threshold").asDouble());
    assertEquals(
        60, Objects.requireNonNull(alarms.get("Leadline-cpu-cluster2")).get("Threshold").asInt());
  }

  /** CloudWatch takes ten metrics an alarm. */
  @Test
  void aLargeClusterHasMoreThanOneCpuAlarm() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("mixed", false); // the balancer's script would be too long
    context.put(
        "topology",
        """
        {"clusters": [{"name": "a", "path": "/a", "instanceType": "t3.micro", "count": 20}],
         "balancer": {"instanceType": "t3.small", "policy": "leadline"}}""");
    Map<String, JsonNode> alarms = alarms(SynthesizedLab.with(context));
    List<String> cpu = alarms.keySet().stream().filter(it -> it.contains("cpu-a")).toList();
    assertEquals(List.of("Leadline-cpu-a", "Leadline-cpu-a-from-a-11"), cpu);
    cpu.forEach(it -> assertEquals(10, metrics(Objects.requireNonNull(alarms.get(it)))));
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "ACADEMY"})
  void everyAlarmTellsTheAddressThroughATopicThatTakesAlarmsOfThisLabOnly(Profile profile) {
    Map<String, Object> context = SynthesizedLab.context(profile);
    context.put("alarmEmail", "me@example.org");
    SynthesizedLab lab = SynthesizedLab.with(context);
    String topic = lab.resources("AWS::SNS::Topic").keySet().iterator().next();
    alarms(lab)
        .forEach((name, it) -> assertEquals(topic, it.at("/AlarmActions/0/Ref").asText(), name));
    JsonNode subscription =
        lab.resources("AWS::SNS::Subscription").values().iterator().next().get("Properties");
    assertEquals("email", subscription.get("Protocol").asText());
    assertEquals("me@example.org", subscription.get("Endpoint").asText());

    Map<String, JsonNode> statements = new TreeMap<>();
    lab.resources("AWS::SNS::TopicPolicy")
        .values()
        .iterator()
        .next()
        .at("/Properties/PolicyDocument/Statement")
        .forEach(it -> statements.put(it.get("Effect").asText(), it));
    JsonNode deny = Objects.requireNonNull(statements.get("Deny"));
    assertEquals("false", deny.at("/Condition/Bool/aws:SecureTransport").asText());
    // Without it the policy, which takes the place of the account's own, lets no alarm through.
    JsonNode allow = Objects.requireNonNull(statements.get("Allow"));
    assertEquals("cloudwatch.amazonaws.com", allow.at("/Principal/Service").asText());
    assertEquals("sns:Publish", allow.get("Action").asText());
    assertTrue(allow.at("/Condition/ArnLike").toString().contains(":alarm:Leadline-*"));
    assertEquals(
        "AWS::AccountId", allow.at("/Condition/StringEquals/aws:SourceAccount/Ref").asText());
    lab.json()
        .get("Resources")
        .forEach(
            it ->
                assertFalse(
                    profile == Profile.ACADEMY
                        && it.get("Type").asText().startsWith("AWS::IAM::")));
  }

  private static JsonNode template(App app, String stack) {
    return JSON.valueToTree(
        Template.fromStack((software.amazon.awscdk.Stack) app.getNode().findChild(stack)).toJSON());
  }

  @Test
  void aBudgetStandsApartAndTellsOfWhatWasSpentAndOfWhatWillBe() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("alarmEmail", "me@example.org");
    context.put("monthlyBudget", 20);
    App app = SynthesizedLab.app(context);
    LeadlineApp.addTo(app, SynthesizedLab.balancerJar(), SynthesizedLab.balancerJar());
    JsonNode apart = template(app, "LeadlineBudget");
    assertEquals(1, apart.get("Resources").size());
    JsonNode budget = apart.get("Resources").elements().next().get("Properties");
    assertEquals(20, budget.at("/Budget/BudgetLimit/Amount").asInt());
    assertEquals("USD", budget.at("/Budget/BudgetLimit/Unit").asText());
    assertEquals("MONTHLY", budget.at("/Budget/TimeUnit").asText());
    List<String> tells = new ArrayList<>();
    for (JsonNode it : budget.get("NotificationsWithSubscribers")) {
      tells.add(
          "%s %s %s"
              .formatted(
                  it.at("/Notification/NotificationType").asText(),
                  it.at("/Notification/Threshold").asText(),
                  it.at("/Subscribers/0/Address").asText()));
    }
    assertEquals(List.of("ACTUAL 80 me@example.org", "FORECASTED 100 me@example.org"), tells);
    // Neither stack knows the other: either can be deployed and destroyed alone.
    assertFalse(apart.has("Outputs"));
    assertFalse(apart.toString().contains("Fn::ImportValue"));
    assertFalse(template(app, "Leadline").toString().contains("Budget"));
  }

  @Test
  void withoutABudgetThereIsOneStack() {
    App app = SynthesizedLab.app(SynthesizedLab.context(Profile.AWS));
    LeadlineApp.addTo(app, SynthesizedLab.balancerJar(), SynthesizedLab.balancerJar());
    assertEquals(
        List.of("Leadline"),
        app.synth().getStacks().stream().map(it -> it.getStackName()).toList());
  }
}
