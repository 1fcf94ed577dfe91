package dev.leadline.balancer.discovery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;

/**
 * An AWS on a socket of its own that knows one target group and some instances, and answers
 * DescribeTargetHealth and DescribeInstances as the real one does, page by page.
 */
public final class FakeAws implements AutoCloseable {

  public static final String GROUP =
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";

  private record Instance(String address, String state, Map<String, String> tags) {}

  private final HttpServer server;
  private final Map<String, Instance> instances = new TreeMap<>();
  private final List<String> targets = new ArrayList<>();
  private final List<Map<String, String>> calls = new ArrayList<>();
  private int instancesPerPage = 1000;
  private int status = 200;
  private String error = "";

  public FakeAws() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** What asks this one. */
  AwsQuery calls() {
    return calls(url(), Duration.ofSeconds(10));
  }

  /** What asks whoever is there, and waits so long for the head of an answer. */
  static AwsQuery calls(String url, Duration answer) {
    return new AwsQuery(
        Region.US_EAST_1,
        StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")),
        service -> URI.create(url),
        answer);
  }

  public synchronized FakeAws instance(String id, String address, String state, String... tags) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < tags.length; i += 2) {
      all.put(tags[i], tags[i + 1]);
    }
    instances.put(id, new Instance(address, state, all));
    return this;
  }

  /** Registers a target with this state, and reason if it is not empty. */
  public synchronized FakeAws target(String id, int port, String state, String reason) {
    targets.add(
        """
        <member><TargetHealth><State>%s</State>%s</TargetHealth>
        <Target><Id>%s</Id><Port>%d</Port><AvailabilityZone>us-east-1a</AvailabilityZone></Target>
        </member>
        """
            .formatted(state, reason.isEmpty() ? "" : "<Reason>" + reason + "</Reason>", id, port));
    return this;
  }

  /** A healthy one. */
  public FakeAws target(String id, int port) {
    return target(id, port, "healthy", "");
  }

  public synchronized FakeAws withoutTargets() {
    targets.clear();
    return this;
  }

  /** From now on it answers so; 200 is as it should be. */
  public synchronized FakeAws answer(int newStatus, String newError) {
    status = newStatus;
    error = newError;
    return this;
  }

  synchronized FakeAws instancesPerPage(int most) {
    instancesPerPage = most;
    return this;
  }

  /** The forms that came in, the oldest first. */
  synchronized List<Map<String, String>> asked() {
    return List.copyOf(calls);
  }

  /** How often this action was asked for. */
  public synchronized long asked(String action) {
    return calls.stream().filter(it -> action.equals(it.get("Action"))).count();
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII);
    Map<String, String> form = new LinkedHashMap<>();
    for (String pair : body.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      form.put(decoded(parts[0]), decoded(parts[1]));
    }
    calls.add(form);
    boolean balancing = "DescribeTargetHealth".equals(form.get("Action"));
    String signedFor = balancing ? "/us-east-1/elasticloadbalancing/" : "/us-east-1/ec2/";
    String signature = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    String answer;
    int code = status;
    if (!signature.startsWith("AWS4-HMAC-SHA256 Credential=test/")
        || !signature.contains(signedFor)) {
      code = 403;
      answer = error(balancing, "SignatureDoesNotMatch");
    } else if (status != 200) {
      answer = error(balancing, error);
    } else {
      answer = balancing ? targetHealth(form) : describeInstances(form);
    }
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String error(boolean balancing, String code) {
    String error = "<Error><Code>%s</Code><Message>a test</Message></Error>".formatted(code);
    return balancing
        ? "<ErrorResponse>" + error + "<RequestId>1</RequestId></ErrorResponse>"
        : "<Response><Errors>" + error + "</Errors><RequestID>1</RequestID></Response>";
  }

  private String targetHealth(Map<String, String> form) {
    return """
        <DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
        <DescribeTargetHealthResult><TargetHealthDescriptions>%s</TargetHealthDescriptions>
        </DescribeTargetHealthResult></DescribeTargetHealthResponse>
        """
        .formatted(GROUP.equals(form.get("TargetGroupArn")) ? String.join("", targets) : "");
  }

  private String describeInstances(Map<String, String> form) {
    List<String> found =
        instances.entrySet().stream()
            .filter(it -> passes(it.getKey(), it.getValue(), form))
            .map(it -> item(it.getKey(), it.getValue()))
            .toList();
    int start = Integer.parseInt(form.getOrDefault("NextToken", "0"));
    int end = Math.min(found.size(), start + instancesPerPage);
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
        <reservationSet>%s</reservationSet>%s</DescribeInstancesResponse>
        """
        .formatted(
            String.join("", found.subList(start, end)),
            end < found.size() ? "<nextToken>" + end + "</nextToken>" : "");
  }

  private static String item(String id, Instance it) {
    return """
        <item><instancesSet><item><instanceId>%s</instanceId><privateIpAddress>%s</privateIpAddress>
        <networkInterfaceSet><item><privateIpAddress>10.9.9.9</privateIpAddress></item>
        </networkInterfaceSet></item></instancesSet></item>
        """
        .formatted(id, it.address);
  }

  private static boolean passes(String id, Instance it, Map<String, String> form) {
    for (int i = 1; form.containsKey("Filter." + i + ".Name"); i++) {
      String name = String.valueOf(form.get("Filter." + i + ".Name"));
      List<String> allowed = new ArrayList<>();
      for (int j = 1; form.containsKey("Filter." + i + ".Value." + j); j++) {
        allowed.add(String.valueOf(form.get("Filter." + i + ".Value." + j)));
      }
      String value =
          switch (name) {
            case "instance-id" -> id;
            case "instance-state-name" -> it.state;
            default -> it.tags.getOrDefault(name.substring("tag:".length()), "");
          };
      if (!allowed.contains(value)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
