package dev.leadline.balancer.cloudwatch;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClientBuilder;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

/**
 * Amazon CloudWatch, at the region, endpoint ({@code AWS_ENDPOINT_URL}) and with the credentials of
 * the environment. The SDK's own retries are off: a second PutMetricData after a lost answer counts
 * twice.
 */
final class CloudWatchSink implements MetricSink {

  private final String namespace;
  private final Supplier<CloudWatchClient> maker;
  private @Nullable CloudWatchClient client;

  /**
   * Makes a sink; the client is made at its first use: a region that is missing must not stop us.
   */
  CloudWatchSink(String namespace, Supplier<CloudWatchClient> maker) {
    this.namespace = namespace;
    this.maker = maker;
  }

  /** A client for the region, endpoint and credentials of the environment. */
  static CloudWatchClient clientOfEnvironment() {
    return configure(CloudWatchClient.builder(), Duration.ofSeconds(20)).build();
  }

  static CloudWatchClientBuilder configure(CloudWatchClientBuilder builder, Duration answer) {
    return builder
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                .connectionTimeout(Duration.ofSeconds(3))
                .socketTimeout(answer))
        .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()));
  }

  @Override
  public void put(List<MetricDatum> data) throws NotStored, Unusable {
    try {
      client().putMetricData(request -> request.namespace(namespace).metricData(data));
    } catch (AwsServiceException e) {
      String message = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
      String problem =
          "CloudWatch answered " + e.statusCode() + (message == null ? "" : ": " + message);
      if (isAboutTheData(e)) {
        throw new Unusable(problem);
      }
      throw new NotStored(problem);
    } catch (SdkException e) {
      String problem = String.valueOf(e.getMessage());
      if (mayHaveArrived(e)) {
        throw new Unusable(problem + "; whether the figures arrived is unknown");
      }
      throw new NotStored(problem);
    } catch (RuntimeException e) {
      throw new Unusable(e.toString());
    }
  }

  private CloudWatchClient client() {
    CloudWatchClient ready = client;
    if (ready == null) {
      ready = maker.get();
      client = ready;
    }
    return ready;
  }

  private static boolean isAboutTheData(AwsServiceException e) {
    String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
    String lower = code == null ? "" : code.toLowerCase(Locale.ROOT);
    return e.statusCode() == 413
        || (e.statusCode() == 400 && (lower.contains("parameter") || lower.contains("validation")));
  }

  /** Whether the request may have reached CloudWatch although its answer did not reach us. */
  private static boolean mayHaveArrived(SdkException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return !message.contains("connect");
      }
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof NoRouteToHostException) {
        return false;
      }
      if (cause instanceof IOException && cause.getCause() == null) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    CloudWatchClient ready = client;
    if (ready != null) {
      ready.close();
    }
  }
}
