package dev.leadline.balancer.discovery;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.endpoint.AwsClientEndpointProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * Speaks the query protocol of AWS: a form that is posted, and XML. The AWS SDK finds region,
 * endpoint and credentials, and signs; its clients of the two services are larger than the whole
 * balancer, for two questions.
 */
final class AwsQuery implements AwsCalls {

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 4 << 20;
  private static final int MOST_PROBLEM = 300;

  private final Region region;
  private final AwsCredentialsProvider credentials;
  private final Function<AwsService, URI> endpoints;
  private final SdkHttpClient http =
      UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE).build();
  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final Duration answer;

  /** Ends calls whose answer does not begin in time. */
  private final ScheduledThreadPoolExecutor watch =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "aws-watch");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param answer how long the head of an answer may take, and how long its body, however its bytes
   *     come
   */
  AwsQuery(
      Region region,
      AwsCredentialsProvider credentials,
      Function<AwsService, URI> endpoints,
      Duration answer) {
    this.region = region;
    this.credentials = credentials;
    this.endpoints = endpoints;
    this.answer = answer;
    watch.setRemoveOnCancelPolicy(true);
  }

  /** For the region, endpoint ({@code AWS_ENDPOINT_URL}) and credentials of the environment. */
  static AwsQuery ofEnvironment() throws AwsProblem {
    try {
      Region region = DefaultAwsRegionProviderChain.builder().build().getRegion();
      return new AwsQuery(
          region,
          DefaultCredentialsProvider.builder().build(),
          service -> endpoint(service, region),
          ANSWER);
    } catch (SdkException e) {
      throw new AwsProblem(String.valueOf(e.getMessage()));
    }
  }

  /** Where the SDK's own client of the service finds an endpoint, or that of the region. */
  private static URI endpoint(AwsService service, Region region) {
    return AwsClientEndpointProvider.builder()
        .serviceEndpointOverrideEnvironmentVariable(
            "AWS_ENDPOINT_URL_" + service.profileKey().toUpperCase(Locale.ROOT))
        .serviceEndpointOverrideSystemProperty("aws.endpointUrl" + service.setting())
        .serviceProfileProperty(service.profileKey())
        .profileFile(ProfileFile::defaultProfileFile)
        .profileName(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
        .resolveFromOverrides()
        .orElseGet(
            () ->
                URI.create(
                    "https://%s.%s.%s"
                        .formatted(
                            service.prefix(),
                            region.id(),
                            PartitionMetadata.of(region).dnsSuffix())));
  }

  @Override
  public XmlElement call(AwsService service, String action, Map<String, String> parameters)
      throws AwsProblem {
    Map<String, String> form = new TreeMap<>(parameters);
    form.put("Action", action);
    form.put("Version", service.version());
    try {
      HttpExecuteResponse response = begun(http.prepareRequest(signed(service, form)));
      int status = response.httpResponse().statusCode();
      byte[] body;
      try (InputStream in =
          response
              .responseBody()
              .map(InputStream.class::cast)
              .orElseGet(InputStream::nullInputStream)) {
        body = read(in);
      }
      return understood(service, status, body);
    } catch (IOException e) {
      throw new AwsProblem(service.words() + " does not answer: " + e);
    } catch (SdkException e) {
      throw new AwsProblem(oneLine(String.valueOf(e.getMessage())));
    }
  }

  /** An answer whose head has come: a time limit of the socket begins anew with each byte of it. */
  private HttpExecuteResponse begun(ExecutableHttpRequest request) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    Future<?> end =
        watch.schedule(
            () -> {
              late.set(true);
              request.abort();
            },
            answer.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      return request.call();
    } catch (IOException e) {
      throw late.get() ? tooLate() : e;
    } finally {
      end.cancel(false);
    }
  }

  private IOException tooLate() {
    return new IOException("its answer takes longer than " + answer.toMillis() / 1000.0 + " s");
  }

  private static XmlElement understood(AwsService service, int status, byte[] body)
      throws AwsProblem {
    try {
      XmlElement answer = XmlElement.read(new ByteArrayInputStream(body));
      if (status != 200) {
        throw new AwsProblem(problem(service, status, answer));
      }
      return answer;
    } catch (XMLStreamException e) {
      throw new AwsProblem(
          "%s answered %d with what cannot be read".formatted(service.words(), status));
    }
  }

  private HttpExecuteRequest signed(AwsService service, Map<String, String> form) {
    String body =
        form.entrySet().stream()
            .map(it -> encoded(it.getKey()) + "=" + encoded(it.getValue()))
            .collect(Collectors.joining("&"));
    ContentStreamProvider payload = ContentStreamProvider.fromUtf8String(body);
    SdkHttpRequest request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.POST)
            .uri(endpoints.apply(service))
            .putHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .putHeader("Content-Length", Integer.toString(body.length()))
            .build();
    SignedRequest signed =
        signer.sign(
            it ->
                it.identity(credentials.resolveCredentials())
                    .request(request)
                    .payload(payload)
                    .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, service.prefix())
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region.id()));
    return HttpExecuteRequest.builder()
        .request(signed.request())
        .contentStreamProvider(signed.payload().orElse(payload))
        .build();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** An answer that never ends, or comes drop by drop, is none. */
  private byte[] read(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] part = new byte[16 * 1024];
    long start = System.nanoTime();
    for (int read = in.read(part); read >= 0; read = in.read(part)) {
      all.write(part, 0, read);
      if (all.size() > MOST_BYTES) {
        throw new IOException("its answer has more than " + MOST_BYTES + " bytes");
      }
      if (System.nanoTime() - start > answer.toNanos()) {
        throw tooLate();
      }
    }
    return all.toByteArray();
  }

  /** Amazon EC2 has the error in a list, Elastic Load Balancing has not. */
  private static String problem(AwsService service, int status, XmlElement answer) {
    XmlElement error =
        answer.all("Errors", "Error").stream()
            .findFirst()
            .or(() -> answer.all("Error").stream().findFirst())
            .orElse(answer);
    // It differs each time, and says nothing to who may not decode it.
    String message = error.text("Message").replaceFirst("(?s) ?Encoded authorization.*", "");
    return "%s answered %d %s"
        .formatted(service.words(), status, oneLine(error.text("Code") + ": " + message));
  }

  /** The beginning: what AWS says of a signature goes on with the request that was signed. */
  private static String oneLine(String said) {
    String first = said.replaceFirst("(?s)(\\p{Cntrl}|Authorization=).*", "");
    return first.substring(0, Math.min(MOST_PROBLEM, first.length()));
  }

  @Override
  public void close() {
    watch.shutdownNow();
    http.close();
    if (credentials instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException(e); // No provider of the SDK does that.
      }
    }
  }
}
