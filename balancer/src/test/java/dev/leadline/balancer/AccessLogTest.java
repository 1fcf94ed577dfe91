package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in the access log of a real balancer, once it has stopped. */
class AccessLogTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final Path file;

  AccessLogTest(@TempDir Path folder) {
    file = folder.resolve("access.log");
  }

  /** What clients do before the balancer stops. */
  private interface Clients {
    void run(TestBalancer balancer) throws Exception;
  }

  /** The lines of requests that this target answered. */
  private List<String> lines(String options, RawTarget target, Clients clients) throws Exception {
    String log = "accessLog: {file: %s%s}\n".formatted(file, options);
    try (target;
        TestBalancer balancer = TestBalancer.start(log + TestBalancer.oneGroup(target))) {
      clients.run(balancer);
      balancer.balancer.drain().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
      balancer.balancer.flush();
      return Files.readAllLines(file);
    }
  }

  @Test
  void aRequestIsAJsonObjectWithWhoWhatAndHowLong() throws Exception {
    Instant before = Instant.now();
    RawTarget target = RawTarget.answering(OK);
    int targetPort = target.port();
    List<String> lines =
        lines(
            "",
            target,
            it ->
                it.send(
                    "POST /a?b=1 HTTP/1.1\r\nHost: example.com:8080\r\nUser-Agent: curl/8\r\n"
                        + "traceparent: 00-%s-00f067aa0ba902b7-01\r\n".formatted(TRACE)
                        + "X-Amzn-Trace-Id: Root=1-5-6\r\nAuthorization: Basic c2VjcmV0\r\nCookie: session=secret\r\n"
                        + "Content-Length: 3\r\n\r\nabc"));
    assertEquals(1, lines.size());
    JsonObject line = new JsonObject(lines.get(0));
    Map<String, Object> facts = line.getMap();
    Instant time = Instant.parse(line.getString("time"));
    assertFalse(time.isBefore(before.minusMillis(1)) || time.isAfter(Instant.now()), lines.get(0));
    assertTrue(line.getInteger("clientPort") > 0);
    double parts = 0;
    for (String part : List.of("choice", "connect", "target", "answer")) {
      parts += line.getDouble(part + "Millis");
    }
    double total = line.getDouble("totalMillis");
    assertTrue(total > 0 && Math.abs(total - parts) < 0.01, lines.get(0));
    assertTrue(line.getString("amznTraceId").endsWith(";Root=1-5-6"), lines.get(0));
    facts.remove("amznTraceId");
    facts
        .keySet()
        .removeIf(it -> it.endsWith("Millis") || List.of("time", "clientPort").contains(it));
    assertEquals(
        Map.ofEntries(
            Map.entry("client", "127.0.0.1"),
            Map.entry("method", "POST"),
            Map.entry("uri", "/a?b=1"),
            Map.entry("host", "example.com:8080"),
            Map.entry("userAgent", "curl/8"),
            Map.entry("protocol", "HTTP/1.1"),
            Map.entry("traceId", TRACE),
            Map.entry("status", 200),
            Map.entry("rule", "1"),
            Map.entry("group", "group"),
            Map.entry("target", "t0"),
            Map.entry("targetAddress", "127.0.0.1:" + targetPort),
            Map.entry("targetStatus", 200),
            Map.entry("attempts", 1),
            Map.entry("bytesIn", 3),
            Map.entry("bytesOut", 2)),
        facts);
  }

  /** A client must not be able to write lines of its own, or lines without a limit. */
  @Test
  void whatClientsSendIsEscapedAndCut() throws Exception {
    String agent = "a\" \\ \t\u00e9\u0085 {\"status\":1}" + "x".repeat(2000);
    List<String> lines =
        lines(
            "",
            RawTarget.answering(OK),
            it -> {
              it.send("GET /%0a\"x HTTP/1.1\r\nHost: a\"b\r\n\r\n");
              it.send(
                  "GET /"
                      + "u".repeat(9000)
                      + " HTTP/1.1\r\nHost: h\r\nUser-Agent: "
                      + agent
                      + "\r\n\r\n");
              it.send("\u0001\u0002 no HTTP\r\n\r\n");
            });
    assertEquals(3, lines.size(), lines.toString());
    lines.forEach(it -> assertTrue(it.matches("[ -~]+"), it));
    JsonObject quotes = new JsonObject(lines.get(0));
    assertEquals("/%0a\"x", quotes.getString("uri"));
    assertEquals("a\"b", quotes.getString("host"));
    JsonObject longer = new JsonObject(lines.get(1));
    assertEquals(agent.substring(0, 512) + "...", longer.getString("userAgent"));
    assertEquals(4096 + "...".length(), longer.getString("uri").length());
    JsonObject noRequest = new JsonObject(lines.get(2));
    assertEquals(400, noRequest.getInteger("status"));
    assertTrue(noRequest.containsKey("reason"), lines.get(2));
    assertFalse(noRequest.containsKey("uri") || noRequest.containsKey("target"), lines.get(2));
  }

  @Test
  void queriesCanBeLeftOut() throws Exception {
    String line =
        lines(", query: false", RawTarget.answering(OK), it -> it.get("/a?token=secret")).get(0);
    assertEquals("/a", new JsonObject(line).getString("uri"));
    assertFalse(line.contains("secret"), line);
  }

  private static final String ISO = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z";
  private static final String SECONDS = "-1|\\d+\\.\\d{3}";
  private static final String ADDRESS = "127\\.0\\.0\\.1:\\d+";

  /**
   * Names and forms of the fields in the order of AWS's documentation ("Access log entries"); those
   * in double quotes there have them here.
   */
  private static final String[][] ALB_FIELDS = {
    {"type", "http"},
    {"time", ISO},
    {"elb", "-"},
    {"client:port", ADDRESS},
    {"target:port", "-|" + ADDRESS},
    {"request_processing_time", SECONDS},
    {"target_processing_time", SECONDS},
    {"response_processing_time", SECONDS},
    {"elb_status_code", "-|\\d{3}"},
    {"target_status_code", "-|\\d{3}"},
    {"received_bytes", "\\d+"},
    {"sent_bytes", "\\d+"},
    {"request", "\"(- - -|[A-Z]+ http://[^ ]+ HTTP/\\d\\.\\d)\""},
    {"user_agent", "\"[^\"]*\""},
    {"ssl_cipher", "-"},
    {"ssl_protocol", "-"},
    {"target_group_arn", "-|group"},
    {"trace_id", "\"(-|Root=1-[0-9a-f]{8}-[0-9a-f]{24})\""},
    {"domain_name", "\"-\""},
    {"chosen_cert_arn", "\"-\""},
    {"matched_rule_priority", "-|\\d+"},
    {"request_creation_time", ISO},
    {"actions_executed", "\"(-|forward|redirect|fixed-response)\""},
    {"redirect_url", "\"-\""},
    {"error_reason", "\"[-a-z_0-9]+\""},
    {"target:port_list", "\"(-|" + ADDRESS + ")\""},
    {"target_status_code_list", "\"(-|\\d{3})\""},
    {"classification", "\"-\""},
    {"classification_reason", "\"-\""},
    {"conn_trace_id", "-"},
    {"transformed_host", "\"-\""},
    {"transformed_uri", "\"-\""},
    {"request_transform_status", "\"-\""},
  };

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    Matcher field = Pattern.compile("\"[^\"]*\"|[^ \"]+").matcher(line);
    while (field.find()) {
      fields.add(field.group());
    }
    return fields;
  }

  private static String value(List<String> fields, String name) {
    for (int i = 0; i < ALB_FIELDS.length; i++) {
      if (ALB_FIELDS[i][0].equals(name)) {
        return fields.get(i);
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void albLinesHaveTheFieldsOfAnApplicationLoadBalancer() throws Exception {
    RawTarget target = RawTarget.answering(OK);
    int targetPort = target.port();
    int[] port = new int[1];
    List<String> lines =
        lines(
            ", format: alb",
            target,
            it -> {
              port[0] = it.port();
              it.send("GET /a?b=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: \"x\"\r\n\r\n");
              it.send("GET /a b c HTTP/1.1\r\nHost: h\r\n\r\n");
              it.send("no HTTP\r\n\r\n");
            });
    assertEquals(3, lines.size(), lines.toString());
    for (String line : lines) {
      List<String> fields = fields(line);
      assertEquals(ALB_FIELDS.length, fields.size(), line);
      for (int i = 0; i < fields.size(); i++) {
        String field = fields.get(i);
        assertTrue(field.matches(ALB_FIELDS[i][1]), ALB_FIELDS[i][0] + " is " + field);
      }
    }
    List<String> answered = fields(lines.get(0));
    assertEquals("127.0.0.1:" + targetPort, value(answered, "target:port"));
    assertEquals("200", value(answered, "elb_status_code"));
    assertEquals(
        "\"GET http://www.example.com:" + port[0] + "/a?b=1 HTTP/1.1\"",
        value(answered, "request"));
    assertEquals("\"\\x22x\\x22\"", value(answered, "user_agent"));
    Duration took =
        Duration.between(
            Instant.parse(value(answered, "request_creation_time")),
            Instant.parse(value(answered, "time")));
    assertTrue(!took.isNegative() && took.toSeconds() < 10, lines.get(0));
    List<String> refused = fields(lines.get(2));
    assertEquals("400", value(refused, "elb_status_code"));
    assertEquals("-1", value(refused, "target_processing_time"));
    assertEquals("\"- - -\"", value(refused, "request"));
  }

  /** A client that left has the status that an Application Load Balancer gives it. */
  @Test
  void aClientThatLeftIs460() throws Exception {
    List<String> lines =
        lines(
            ", format: alb",
            new RawTarget(RawTarget.Connection::readToEnd),
            it -> {
              RawClient client = it.client();
              client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
              while (it.balancer.requestsInFlight() == 0) {
                Thread.onSpinWait();
              }
              client.reset();
              while (it.balancer.requestsInFlight() > 0) {
                Thread.onSpinWait();
              }
            });
    assertEquals("460", value(fields(lines.get(0)), "elb_status_code"));
    assertEquals("\"client_left\"", value(fields(lines.get(0)), "error_reason"));
  }

  /** Sends requests, each with a URI of its own, until it is enough; what it has sent. */
  private static CompletableFuture<List<String>> requests(
      TestBalancer balancer, String name, CountDownLatch enough) {
    return CompletableFuture.supplyAsync(
        () -> {
          List<String> sent = new ArrayList<>();
          try (RawClient client = balancer.client()) {
            while (enough.getCount() > 0) {
              String uri = "/" + name + sent.size();
              assertEquals(200, client.get(uri).status());
              sent.add(uri);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return sent;
        },
        task -> new Thread(task).start()); // The common pool may have one thread for all.
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aReloadChangesFileAndFormatAndLosesNoLine(int loops) throws Exception {
    Path other = file.resolveSibling("other.log");
    String json = "accessLog: {file: %s}\n".formatted(file);
    String alb = "accessLog: {file: %s, format: alb}\n".formatted(other);
    try (RawTarget target = RawTarget.answering(OK);
        TestBalancer balancer = TestBalancer.start(json + TestBalancer.oneGroup(target), loops)) {
      CountDownLatch enough = new CountDownLatch(1);
      CompletableFuture<List<String>> one = requests(balancer, "a", enough);
      CompletableFuture<List<String>> two = requests(balancer, "b", enough);
      for (int i = 0; i < 5; i++) {
        String answer = balancer.reload(yaml -> yaml.replace(json, alb));
        assertTrue(answer.endsWith("changed: accessLog\n"), answer);
        balancer.reload(yaml -> yaml.replace(alb, json));
      }
      balancer.reload(yaml -> yaml.replace(json, alb));
      enough.countDown();
      List<String> sent = new ArrayList<>(one.get(20, TimeUnit.SECONDS));
      sent.addAll(two.get(20, TimeUnit.SECONDS));
      sent.add("/last");
      assertEquals(200, balancer.get("/last").status());
      balancer.balancer.drain().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
      balancer.balancer.flush();
      List<String> logged = new ArrayList<>();
      Files.readAllLines(file).forEach(it -> logged.add(new JsonObject(it).getString("uri")));
      List<String> ofOther = Files.readAllLines(other);
      ofOther.forEach(it -> logged.add(it.replaceFirst(".* http://[^/]*(/[^ ]*) HTTP.*", "$1")));
      // Not as the last one: another event loop may hand its lines over later.
      assertTrue(ofOther.stream().anyMatch(it -> it.contains("/last ")), "it is the log of now");
      assertEquals(sent.stream().sorted().toList(), logged.stream().sorted().toList());
    }
  }

  /** A link to a file in a directory that is not there. */
  @Test
  void aLogThatCannotBeOpenedRefusesTheReload() throws Exception {
    Path link = file.resolveSibling("link.log");
    Files.createSymbolicLink(link, file.resolveSibling("nowhere").resolve("a.log"));
    List<String> lines =
        lines(
            "",
            RawTarget.answering(OK),
            it -> {
              assertEquals(
                  "the former configuration stays: accessLog: %s cannot be opened:".formatted(link)
                      + " NoSuchFileException; name a file that the balancer may write\n",
                  it.reload(
                      yaml ->
                          yaml.replace(file.toString(), link.toString())
                              .replace("id: t0", "id: t9")));
              assertEquals("t0", it.target(0).getString("id"));
              it.get("/a");
            });
    assertEquals(1, lines.size(), "the former log goes on");
  }

  @Test
  void theLogIsOffUnlessItIsAskedFor() throws Exception {
    try (RawTarget target = RawTarget.answering(OK);
        TestBalancer balancer = TestBalancer.before(target)) {
      balancer.get("/");
      assertFalse(
          Thread.getAllStackTraces().keySet().stream()
              .anyMatch(it -> it.getName().equals("access log") && it.isAlive()));
      assertEquals(0, balancer.status().getInteger("droppedLogLines"));
    }
  }
}
