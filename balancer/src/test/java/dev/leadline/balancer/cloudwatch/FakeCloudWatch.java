package dev.leadline.balancer.cloudwatch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

/**
 * A CloudWatch on a socket of its own that answers GetMetricData as the real one does: figures of
 * exactly the metric and dimensions asked for, of periods that begin from the start and before the
 * end, the latest first, page by page.
 */
public final class FakeCloudWatch implements AutoCloseable {

  private record Metric(String namespace, String name, Map<String, String> dimensions) {}

  private final HttpServer server;
  private final Map<Metric, TreeMap<Instant, Double>> figures = new HashMap<>();
  private final List<Map<?, ?>> requests = new ArrayList<>();
  private int figuresPerPage = 100_000;
  private int status = 200;
  private String error = "";

  public FakeCloudWatch() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** A client of this one. */
  LazyClient client() {
    return new LazyClient(
        () ->
            LazyClient.configure(CloudWatchClient.builder(), Duration.ofSeconds(5))
                .endpointOverride(URI.create(url()))
                .region(Region.US_EAST_1)
                .credentialsProvider(
                    StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .build());
  }

  /** A figure of an instance, in the period that begins then. */
  public synchronized void cpu(String instance, Instant begin, double percent) {
    figures
        .computeIfAbsent(
            new Metric("AWS/EC2", "CPUUtilization", Map.of("InstanceId", instance)),
            metric -> new TreeMap<>())
        .put(begin, percent);
  }

  /** From now on it answers so; 200 is as it should be. */
  synchronized void answer(int newStatus, String newError) {
    status = newStatus;
    error = newError;
  }

  synchronized void figuresPerPage(int most) {
    figuresPerPage = most;
  }

  /** How often it was asked. */
  public synchronized int reads() {
    return requests.size();
  }

  synchronized List<Map<?, ?>> requests() {
    return List.copyOf(requests);
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    Map<?, ?> request = Cbor.decode(exchange.getRequestBody().readAllBytes());
    boolean known = exchange.getRequestURI().getPath().endsWith("/operation/GetMetricData");
    requests.add(request);
    byte[] answer;
    int code = known ? status : 404;
    if (code == 200) {
      answer = Cbor.encode(answer(request));
    } else {
      answer = Cbor.encode(Map.of("__type", error, "message", "a test"));
    }
    exchange.getResponseHeaders().add("smithy-protocol", "rpc-v2-cbor");
    exchange.getResponseHeaders().add("Content-Type", "application/cbor");
    exchange.sendResponseHeaders(code, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private Map<String, ?> answer(Map<?, ?> request) {
    Object token = request.get("NextToken");
    int skip = token == null ? 0 : Integer.parseInt(token.toString());
    int position = 0;
    List<Map<String, ?>> results = new ArrayList<>();
    for (Object query : (List<?>) at(request, "MetricDataQueries")) {
      List<Instant> times = new ArrayList<>();
      List<Double> values = new ArrayList<>();
      for (Map.Entry<Instant, Double> figure : found(request, (Map<?, ?>) query).entrySet()) {
        if (position >= skip && position < skip + figuresPerPage) {
          times.add(figure.getKey());
          values.add(figure.getValue());
        }
        position++;
      }
      results.add(
          Map.of(
              "Id",
              at(query, "Id"),
              "Label",
              "label",
              "StatusCode",
              "Complete",
              "Timestamps",
              times,
              "Values",
              values));
    }
    return position > skip + figuresPerPage
        ? Map.of("MetricDataResults", results, "NextToken", Integer.toString(skip + figuresPerPage))
        : Map.of("MetricDataResults", results);
  }

  private Map<Instant, Double> found(Map<?, ?> request, Map<?, ?> query) {
    Object stat = at(query, "MetricStat");
    Object metric = at(stat, "Metric");
    Map<String, String> dimensions = new HashMap<>();
    for (Object dimension : (List<?>) at(metric, "Dimensions")) {
      dimensions.put(at(dimension, "Name").toString(), at(dimension, "Value").toString());
    }
    @Nullable TreeMap<Instant, Double> all =
        figures.get(
            new Metric(
                at(metric, "Namespace").toString(),
                at(metric, "MetricName").toString(),
                dimensions));
    Instant start = (Instant) at(request, "StartTime");
    Instant end = (Instant) at(request, "EndTime");
    return all == null || !start.isBefore(end)
        ? Map.of()
        : all.subMap(start, true, end, false).descendingMap();
  }

  static Object at(Object map, String key) {
    return Objects.requireNonNull(((Map<?, ?>) map).get(key), key);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
