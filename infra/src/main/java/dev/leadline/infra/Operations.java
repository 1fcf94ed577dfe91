package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awscdk.ArnComponents;
import software.amazon.awscdk.ArnFormat;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sns.subscriptions.EmailSubscription;
import software.constructs.Construct;

/** Monitoring of the lab: a dashboard, alarms, and the topic that alarms are sent to. */
final class Operations extends Construct {
  Operations(
      Construct scope,
      String id,
      Settings settings,
      Fleet fleet,
      Beside beside,
      OwnBalancer balancer) {
    super(scope, id);
    Watching watching = settings.watching();
    List<BalancerMetrics> balancers = new ArrayList<>(beside.metrics());
    balancers.add(balancer.metrics());
    List<InstanceMetrics> instances = InstanceMetrics.of(fleet, balancer);
    new LabDashboard(this, "Dashboard", watching.limits(), balancers, instances);
    Optional<Topic> topic = watching.alarmEmail().map(this::topic);
    new LabAlarms(this, "Alarms", watching.limits(), balancers, instances, topic);
  }

  /**
   * A topic that only alarms of this lab may publish to, and only over TLS. It is not encrypted
   * with AWS's own key for topics: CloudWatch may not use that key, so no alarm would arrive.
   */
  private Topic topic(String email) {
    Topic topic =
        Topic.Builder.create(this, "Topic").displayName("Leadline's lab").enforceSsl(true).build();
    topic.addSubscription(new EmailSubscription(email));
    Stack stack = Stack.of(this);
    String alarms =
        stack.formatArn(
            ArnComponents.builder()
                .service("cloudwatch")
                .resource("alarm")
                .resourceName(stack.getStackName() + "-*")
                .arnFormat(ArnFormat.COLON_RESOURCE_NAME)
                .build());
    // A policy of a topic's own takes the place of the one that lets the account publish.
    topic.addToResourcePolicy(
        PolicyStatement.Builder.create()
            .sid("AlarmsOfThisLab")
            .principals(List.of(new ServicePrincipal("cloudwatch.amazonaws.com")))
            .actions(List.of("sns:Publish"))
            .resources(List.of(topic.getTopicArn()))
            .conditions(
                Map.of(
                    "ArnLike", Map.of("aws:SourceArn", alarms),
                    "StringEquals", Map.of("aws:SourceAccount", stack.getAccount())))
            .build());
    return topic;
  }
}
