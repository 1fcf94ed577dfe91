package dev.leadline.infra;

import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.services.s3.BlockPublicAccess;
import software.amazon.awscdk.services.s3.Bucket;
import software.amazon.awscdk.services.s3.BucketEncryption;
import software.amazon.awscdk.services.s3.LifecycleRule;
import software.amazon.awscdk.services.s3.ObjectOwnership;
import software.constructs.Construct;

/** Buckets for what a lab writes: private, a week old at most, and gone with the lab. */
final class TemporaryBucket {
  /**
   * Long enough to look back at a benchmark; what a forgotten lab writes does not grow for ever.
   */
  private static final Duration KEPT = Duration.days(7);

  private TemporaryBucket() {}

  /**
   * A new one.
   *
   * @param enforceSsl whether requests without TLS are refused
   */
  static Bucket in(Construct scope, String id, boolean enforceSsl) {
    return Bucket.Builder.create(scope, id)
        .blockPublicAccess(BlockPublicAccess.BLOCK_ALL)
        .objectOwnership(ObjectOwnership.BUCKET_OWNER_ENFORCED)
        // The one kind of key that load balancers deliver their logs to.
        .encryption(BucketEncryption.S3_MANAGED)
        .enforceSsl(enforceSsl)
        .lifecycleRules(
            List.of(
                LifecycleRule.builder()
                    .expiration(KEPT)
                    .abortIncompleteMultipartUploadAfter(Duration.days(1))
                    .build()))
        .removalPolicy(RemovalPolicy.DESTROY)
        .build();
  }
}
