package dev.leadline.balancer.cloudwatch;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

/**
 * Amazon CloudWatch. Nothing is sent again by itself: a second PutMetricData after a lost answer
 * counts twice.
 */
final class CloudWatchSink implements MetricSink {

  private final String namespace;
  private final LazyClient client;

  CloudWatchSink(String namespace, LazyClient client) {
    this.namespace = namespace;
    this.client = client;
  }

  @Override
  public void put(List<MetricDatum> data) throws NotStored, Unusable {
    try {
      client.get().putMetricData(request -> request.namespace(namespace).metricData(data));
    } catch (AwsServiceException e) {
      String problem = LazyClient.problem(e);
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
    client.close();
  }
}
