package dev.leadline.infra;

import java.util.List;
import java.util.Objects;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationLoadBalancer;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.s3.Bucket;
import software.constructs.Construct;

/**
 * The Application Load Balancer's log of every request, in a bucket of the lab's own that only this
 * account may read. It is deleted with the stack. CloudFormation deletes only an empty bucket, so
 * lab/aws/teardown.py empties it. Emptying it from here would take a function with a role.
 */
final class AccessLogs extends Construct {
  private final Bucket bucket;

  AccessLogs(Construct scope, String id) {
    super(scope, id);
    bucket = TemporaryBucket.in(this, "Bucket", true);
    bucket.addToResourcePolicy(
        PolicyStatement.Builder.create()
            .principals(
                List.of(new ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")))
            .actions(List.of("s3:PutObject"))
            .resources(
                List.of(
                    bucket.arnForObjects("AWSLogs/%s/*".formatted(Stack.of(this).getAccount()))))
            .build());
  }

  /**
   * Makes the load balancer write here. The CDK's logAccessLogs is not used: it needs the region at
   * synthesis, and it admits an account of Amazon's, where AWS now recommends the service's name.
   */
  void of(ApplicationLoadBalancer loadBalancer) {
    loadBalancer.setAttribute("access_logs.s3.enabled", "true");
    loadBalancer.setAttribute("access_logs.s3.bucket", bucket.getBucketName());
    // It tries at once whether it may write; and when the stack goes, it stops before the bucket
    // does.
    loadBalancer.getNode().addDependency(Objects.requireNonNull(bucket.getPolicy()));
  }
}
