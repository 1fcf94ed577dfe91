package dev.leadline.bench.disturb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leadline.bench.aws.AwsAccess;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.regions.Region;

/**
 * AWS Systems Manager, by which an instance runs a script without SSH: the agent on the instance
 * fetches it and runs it as root. Two calls of its API, signed by the SDK.
 */
public final class SessionManager implements RemoteShell {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> UNFINISHED =
      Set.of("Pending", "InProgress", "Delayed", "Cancelling");
  private static final int OK = 200;

  /** So long AWS offers a command to an instance whose agent does not fetch it; the least. */
  private static final int DELIVERY_SECONDS = 30;

  private final SdkHttpClient http;
  private final AwsCredentialsProvider credentials;
  private final URI endpoint;
  private final String region;
  private final Duration poll;

  private SessionManager(LabDescription lab, URI endpoint, String region, Duration poll) {
    this.credentials = AwsAccess.credentials(lab);
    this.endpoint = endpoint;
    this.region = region;
    this.poll = poll;
    this.http = AwsAccess.http(lab).build();
  }

  /** That of a lab with a region, reached as {@link AwsAccess} says. */
  public static SessionManager of(LabDescription lab, Map<String, String> environment) {
    String region = Objects.requireNonNull(lab.region());
    if (lab.endpoint() != null) {
      return new SessionManager(lab, lab.endpoint(), region, Duration.ofMillis(200));
    }
    String suffix = Region.of(region).metadata().partition().dnsSuffix();
    String endpoint =
        environment.getOrDefault(
            "AWS_ENDPOINT_URL_SSM",
            environment.getOrDefault(
                "AWS_ENDPOINT_URL", "https://ssm.%s.%s".formatted(region, suffix)));
    return new SessionManager(lab, URI.create(endpoint), region, Duration.ofSeconds(2));
  }

  @Override
  public String start(String instanceId, String script, Duration longest) throws AwsException {
    JsonNode answer =
        call(
            "SendCommand",
            Map.of(
                "DocumentName",
                "AWS-RunShellScript",
                "InstanceIds",
                List.of(instanceId),
                "TimeoutSeconds",
                DELIVERY_SECONDS,
                "Comment",
                "bench --disturb",
                "Parameters",
                Map.of(
                    "commands", List.of(script),
                    "executionTimeout", List.of(Long.toString(longest.toSeconds())))));
    return answer.path("Command").path("CommandId").asText();
  }

  @Override
  public String await(String instanceId, String started, Duration longest)
      throws AwsException, InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (true) {
      String state;
      try {
        JsonNode answer =
            call("GetCommandInvocation", Map.of("CommandId", started, "InstanceId", instanceId));
        state = answer.path("Status").asText();
        if (state.equals("Success")) {
          return answer.path("StandardOutputContent").asText();
        }
        if (!UNFINISHED.contains(state)) {
          throw new AwsException(failure(answer));
        }
      } catch (AwsException e) {
        if (!e.isPassing()) {
          throw e;
        }
        state = String.valueOf(e.getMessage());
      }
      if (System.nanoTime() > deadline) {
        throw new AwsException("its script did not end in time (%s)".formatted(state));
      }
      Thread.sleep(poll.toMillis());
    }
  }

  private static String failure(JsonNode answer) {
    String last =
        answer
            .path("StandardErrorContent")
            .asText()
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("failed to run commands"))
            .reduce((first, second) -> second)
            .orElse("it said nothing");
    return "its script ended with status %s: %s"
        .formatted(answer.path("StatusDetails").asText(answer.path("Status").asText()), last);
  }

  private JsonNode call(String action, Map<String, Object> parameters) throws AwsException {
    try {
      byte[] body = JSON.writeValueAsBytes(parameters);
      ContentStreamProvider payload = ContentStreamProvider.fromByteArray(body);
      SdkHttpRequest request =
          SdkHttpRequest.builder()
              .method(SdkHttpMethod.POST)
              .uri(endpoint.resolve("/"))
              .putHeader("Content-Type", "application/x-amz-json-1.1")
              .putHeader("Content-Length", Integer.toString(body.length))
              .putHeader("X-Amz-Target", "AmazonSSM." + action)
              .build();
      var signed =
          AwsV4HttpSigner.create()
              .sign(
                  it ->
                      it.identity(credentials.resolveCredentials())
                          .request(request)
                          .payload(payload)
                          .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "ssm")
                          .putProperty(AwsV4HttpSigner.REGION_NAME, region));
      HttpExecuteResponse answer =
          http.prepareRequest(
                  HttpExecuteRequest.builder()
                      .request(signed.request())
                      .contentStreamProvider(payload)
                      .build())
              .call();
      JsonNode content = content(answer);
      if (answer.httpResponse().statusCode() == OK) {
        return content;
      }
      throw refusal(content, answer.httpResponse().statusCode(), action);
    } catch (SdkException e) {
      throw AwsException.of(e, "ssm:" + action);
    } catch (IOException e) {
      throw new AwsException(
          "%s does not answer: %s".formatted(endpoint, String.valueOf(e.getMessage())));
    }
  }

  private static JsonNode content(HttpExecuteResponse answer) throws IOException {
    if (answer.responseBody().isEmpty()) {
      return JSON.createObjectNode();
    }
    try (InputStream body = answer.responseBody().get()) {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }

  private static AwsException refusal(JsonNode content, int status, String action) {
    String type = content.path("__type").asText();
    String code = type.substring(type.lastIndexOf('#') + 1);
    if (code.equals("InvalidInstanceId")) {
      return new AwsException(
          "it is not connected to Systems Manager; its agent connects some minutes after the start of the instance, if its role allows it");
    }
    String said = content.path("message").asText(content.path("Message").asText());
    AwsException refusal =
        AwsException.of(
            code,
            status,
            said.isEmpty() ? "AWS answered with %d".formatted(status) : said,
            "ssm:" + action);
    // A command can be asked about a moment after it was sent.
    boolean early = code.equals("InvocationDoesNotExist");
    return early ? new AwsException(String.valueOf(refusal.getMessage()), true) : refusal;
  }

  @Override
  public void close() {
    http.close();
  }
}
