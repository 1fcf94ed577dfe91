package dev.leadline.infra;

import java.util.List;
import software.amazon.awscdk.Aws;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.budgets.CfnBudget;
import software.amazon.awscdk.services.budgets.CfnBudget.BudgetDataProperty;
import software.amazon.awscdk.services.budgets.CfnBudget.NotificationProperty;
import software.amazon.awscdk.services.budgets.CfnBudget.NotificationWithSubscribersProperty;
import software.amazon.awscdk.services.budgets.CfnBudget.SpendProperty;
import software.amazon.awscdk.services.budgets.CfnBudget.SubscriberProperty;
import software.constructs.Construct;

/**
 * A budget that sends an e-mail when a month costs more than planned. It is a stack of its own:
 * many users may deploy a lab but not a budget, and then the lab is deployed all the same.
 *
 * <p>It counts what the whole account costs. A budget could count this lab's tag only where the
 * account's payer has made it a cost allocation tag; elsewhere such a budget would stay at zero and
 * never send anything. A budget that warns too early is better.
 */
final class BudgetStack extends Stack {
  BudgetStack(Construct scope, String id, Settings settings) {
    super(
        scope,
        id,
        StackProps.builder()
            .description("Leadline: a monthly budget of the account that has the lab")
            .env(settings.profile().environment(System.getenv()).orElse(null))
            .synthesizer(settings.profile().synthesizer(settings.assetBucket()))
            .build());
    Tags.of(this).add("leadline:lab", "Leadline");
    String email = settings.watching().alarmEmail().orElseThrow();
    CfnBudget.Builder.create(this, "Budget")
        .budget(
            BudgetDataProperty.builder()
                .budgetName("Leadline-" + Aws.REGION) // budgets are the account's, not a region's
                .budgetType("COST")
                .timeUnit("MONTHLY")
                .budgetLimit(
                    SpendProperty.builder()
                        .amount(settings.watching().monthlyBudget().orElseThrow())
                        .unit("USD")
                        .build())
                .build())
        .notificationsWithSubscribers(
            List.of(notification("ACTUAL", 80, email), notification("FORECASTED", 100, email)))
        .build();
  }

  private static NotificationWithSubscribersProperty notification(
      String kind, int percent, String email) {
    return NotificationWithSubscribersProperty.builder()
        .notification(
            NotificationProperty.builder()
                .notificationType(kind)
                .comparisonOperator("GREATER_THAN")
                .threshold(percent)
                .thresholdType("PERCENTAGE")
                .build())
        .subscribers(
            List.of(SubscriberProperty.builder().subscriptionType("EMAIL").address(email).build()))
        .build();
  }
}
