package dev.leadline.balancer.cloudwatch;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClientBuilder;

/**
 * A client of Amazon CloudWatch that is made at its first use: a region that is missing must not
 * stop us. The SDK's own retries are off: whoever calls knows what may be sent twice, and when.
 * Thread-safe.
 */
final class LazyClient implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(20);

  private final Supplier<CloudWatchClient> maker;
  private @Nullable CloudWatchClient client;

  LazyClient(Supplier<CloudWatchClient> maker) {
    this.maker = maker;
  }

  /** For the region, endpoint ({@code AWS_ENDPOINT_URL}) and credentials of the environment. */
  static LazyClient ofEnvironment() {
    return new LazyClient(() -> configure(CloudWatchClient.builder(), ANSWER).build());
  }

  /** All but where and who. */
  static CloudWatchClientBuilder configure(CloudWatchClientBuilder builder, Duration answer) {
    return builder
        .httpClientBuilder(
            UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(answer))
        .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()));
  }

  /** What CloudWatch answered instead of doing what it was asked. */
  static String problem(AwsServiceException e) {
    String message = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
    return "CloudWatch answered " + e.statusCode() + (message == null ? "" : ": " + message);
  }

  synchronized CloudWatchClient get() {
    CloudWatchClient ready = client;
    if (ready == null) {
      ready = maker.get();
      client = ready;
    }
    return ready;
  }

  @Override
  public synchronized void close() {
    CloudWatchClient ready = client;
    if (ready != null) {
      ready.close();
    }
  }
}
