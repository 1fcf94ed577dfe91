package dev.leadline.bench.aws;

import dev.leadline.bench.lab.LabDescription;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/**
 * How the services of a lab's AWS are reached. A lab with an endpoint of its own is an emulator on
 * this machine: it gets made-up credentials and no proxy, so that real ones never leave for an
 * address that is not Amazon's.
 */
public final class AwsAccess {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);

  private AwsAccess() {}

  /** Those of the environment, as AWS's own tools find them. */
  public static AwsCredentialsProvider credentials(LabDescription lab) {
    return isEmulated(lab)
        ? StaticCredentialsProvider.create(AwsBasicCredentials.create("leadline", "leadline"))
        : DefaultCredentialsProvider.builder().build();
  }

  /** A client with the proxy of the environment, as AWS's own tools use it. */
  public static UrlConnectionHttpClient.Builder http(LabDescription lab) {
    return UrlConnectionHttpClient.builder()
        .proxyConfiguration(
            ProxyConfiguration.builder()
                .useEnvironmentVariablesValues(!isEmulated(lab))
                .useSystemPropertyValues(!isEmulated(lab))
                .build())
        .connectionTimeout(CONNECT_TIMEOUT)
        .socketTimeout(READ_TIMEOUT);
  }

  private static boolean isEmulated(LabDescription lab) {
    return lab.endpoint() != null;
  }
}
