package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every configuration of {@code examples/} does what its comment promises, in front of the server
 * of that folder. Only the ports are others.
 */
class ExamplesTest {

  private static final Path EXAMPLES = Path.of("..", "examples");

  private final List<Server> servers = new ArrayList<>();

  /** One {@code examples/server.py} on a free port. */
  private record Server(Process process, int port) {}

  @AfterEach
  void stopServers() {
    servers.forEach(server -> server.process.destroy());
  }

  /** Starts the server that an example expects at port 8001, 8002 and so on, in this order. */
  private Server serve(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("python3", EXAMPLES.resolve("server.py").toString(), "0"));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(output.readLine());
    assertTrue(line.contains("listens on"), line);
    Server server =
        new Server(process, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
    servers.add(server);
    return server;
  }

  private String example(String name) throws IOException {
    String yaml = Files.readString(EXAMPLES.resolve(name));
    for (int i = 0; i < servers.size(); i++) {
      yaml = yaml.replace("port: " + (8001 + i), "port: " + servers.get(i).port);
    }
    return yaml.replaceAll("port: (8080|8443|9901)", "port: 0");
  }

  private static String url(TestBalancer balancer, String path) {
    return "http://127.0.0.1:" + balancer.port() + path;
  }

  /** How often each body came back. */
  private static Map<String, Integer> bodies(String url, int requests) throws Exception {
    Map<String, Integer> bodies = new TreeMap<>();
    HttpClient client = HttpClient.newHttpClient();
    for (int i = 0; i < requests; i++) {
      bodies.merge(get(client, url).body().strip(), 1, Integer::sum);
    }
    return bodies;
  }

  private static HttpResponse<String> get(HttpClient client, String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theReadmeShowsTheFirstExampleAsItIs() throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"));
    assertTrue(
        readme.contains(
            "```yaml\n" + Files.readString(EXAMPLES.resolve("two-servers.yaml")) + "```\n"));
  }

  @Test
  void twoServersBothAnswer() throws Exception {
    serve("--name", "one");
    serve("--name", "two");
    try (TestBalancer balancer = TestBalancer.startWhole(example("two-servers.yaml"))) {
      assertEquals(
          List.of("one answers /x", "two answers /x"),
          List.copyOf(bodies(url(balancer, "/x"), 100).keySet()));
    }
  }

  @Test
  void tcpPassesConnectionsOn() throws Exception {
    serve("--name", "one");
    serve("--name", "two");
    try (TestBalancer balancer = TestBalancer.startWhole(example("tcp.yaml"))) {
      List<String> answers = new ArrayList<>();
      TestBalancer.eventually(
          "both have answered",
          () -> {
            answers.add(balancer.get("/x").body().strip());
            return answers.contains("one answers /x") && answers.contains("two answers /x");
          });
    }
  }

  @Test
  void rulesForwardRedirectAndAnswer() throws Exception {
    serve("--name", "stable");
    serve("--name", "canary");
    try (TestBalancer balancer = TestBalancer.startWhole(example("rules.yaml"))) {
      assertEquals(
          Map.of("stable answers /x", 16, "canary answers /x", 4), bodies(url(balancer, "/x"), 20));
      assertEquals(
          "canary answers /x",
          balancer.send("GET /x HTTP/1.1\r\nHost: a\r\nX-Preview: YES\r\n\r\n").body().strip());
      assertEquals(
          Optional.of("https://docs.example.com:443/rules?a=b"),
          balancer.get("/docs/rules?a=b").header("location"));
      assertEquals(403, balancer.get("/admin/x").status());
      assertEquals(405, balancer.send("TRACK / HTTP/1.1\r\nHost: a\r\n\r\n").status());
    }
  }

  @Test
  void comparedPoliciesTreatASlowServerDifferently() throws Exception {
    serve("--name", "fast");
    serve("--name", "slow", "--millis", "300");
    try (TestBalancer balancer = TestBalancer.startWhole(example("policies-compared.yaml"))) {
      assertEquals(
          Map.of("fast answers /round-robin", 20, "slow answers /round-robin", 20),
          bodies(url(balancer, "/round-robin"), 40));
      Map<String, Integer> leadline = bodies(url(balancer, "/leadline"), 40);
      assertTrue(leadline.getOrDefault("fast answers /leadline", 0) >= 30, leadline.toString());
      assertEquals(
          40,
          bodies(url(balancer, "/least-outstanding-requests"), 40).values().stream()
              .mapToInt(Integer::intValue)
              .sum());
    }
  }

  @Test
  void tlsAnswersAClientThatTrustsTheCertificate(@TempDir Path folder) throws Exception {
    serve();
    serve();
    Path certificate = folder.resolve("certificate.pem");
    Path key = folder.resolve("key.pem");
    TestCertificates.make("localhost", certificate, key);
    String yaml =
        example("tls.yaml")
            .replace("certificate.pem", certificate.toString())
            .replace("key.pem", key.toString());
    try (TestBalancer balancer = TestBalancer.startWhole(yaml)) {
      HttpClient client =
          HttpClient.newBuilder().sslContext(TestCertificates.trusting(certificate)).build();
      HttpResponse<String> answer = get(client, "https://localhost:" + balancer.port() + "/x");
      assertEquals(200, answer.statusCode());
      assertEquals("server answers /x\n", answer.body());
    }
  }

  @Test
  void eachNameHasItsCertificateAndItsServersAndHttp2(@TempDir Path folder) throws Exception {
    serve("--name", "shop");
    serve("--name", "api");
    String yaml = example("https-names.yaml");
    for (String name : List.of("shop", "api")) {
      Path certificate = folder.resolve(name + ".pem");
      Path key = folder.resolve(name + "-key.pem");
      TestCertificates.make(name + ".example.com", certificate, key);
      yaml =
          yaml.replace(" " + name + ".pem", " " + certificate)
              .replace(" " + name + "-key.pem", " " + key);
    }
    try (TestBalancer balancer = TestBalancer.startWhole(yaml)) {
      for (String name : List.of("shop", "api")) {
        try (SSLSocket socket = connect(balancer, name, folder)) {
          socket
              .getOutputStream()
              .write(
                  ("GET /x HTTP/1.1\r\nHost: " + name + ".example.com\r\nConnection: close\r\n\r\n")
                      .getBytes(StandardCharsets.US_ASCII));
          String answer =
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
          assertTrue(answer.endsWith("\r\n\r\n" + name + " answers /x\n"), answer);
        }
        try (SSLSocket socket = connect(balancer, name, folder, "h2", "http/1.1")) {
          assertEquals("h2", socket.getApplicationProtocol());
        }
      }
    }
  }

  /** A client that asks for this name, speaks these protocols, and trusts this certificate only. */
  private static SSLSocket connect(
      TestBalancer balancer, String name, Path folder, String... protocols) throws Exception {
    SSLSocket socket =
        (SSLSocket)
            TestCertificates.trusting(folder.resolve(name + ".pem"))
                .getSocketFactory()
                .createSocket("127.0.0.1", balancer.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name + ".example.com")));
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  @Test
  void aSessionStaysAtItsServer() throws Exception {
    serve("--name", "one");
    serve("--name", "two");
    try (TestBalancer balancer = TestBalancer.startWhole(example("sessions.yaml"))) {
      assertEquals(Duration.ofHours(1), balancer.balancer.current().timeouts().tunnel());
      for (int i = 0; i < 3; i++) {
        RawClient.Answer first = balancer.get("/x");
        String cookie = first.header("set-cookie").orElseThrow().replaceFirst(";.*", "");
        String again = "GET /x HTTP/1.1\r\nHost: a\r\nCookie: " + cookie + "\r\n\r\n";
        for (int request = 0; request < 10; request++) {
          assertEquals(first.body(), balancer.send(again).body());
        }
      }
    }
  }

  /** The second balancer is made of the same file, as {@code examples/README.md} says. */
  @Test
  void twoBalancersHearEachOther(@TempDir Path folder) throws Exception {
    serve("--name", "one");
    serve("--name", "two");
    Path secret = folder.resolve("peers.secret");
    Files.writeString(secret, "c2VjcmV0IG9mIHR3byBiYWxhbmNlcnM=\n");
    int first = PeersTest.freePort();
    int second = PeersTest.freePort();
    String yaml = example("peers.yaml").replace("peers.secret", secret.toString());
    String ofFirst = yaml.replace("9902", "" + first).replace("9903", "" + second);
    String ofSecond = ofFirst.replace("port: " + first, "port: " + second);
    try (TestBalancer a = TestBalancer.startWhole(ofFirst);
        TestBalancer b = TestBalancer.startWhole(ofSecond)) {
      for (TestBalancer each : List.of(a, b)) {
        TestBalancer.eventually(
            "it hears the other one", () -> each.metric("leadline_peers_used") == 1);
        assertEquals(200, each.get("/x").status());
      }
    }
  }

  /** Two healthy servers, one that stops, one that fails: clients see three errors in all. */
  @Test
  void retriesAndEjectionHideFailingServers() throws Exception {
    serve();
    serve();
    serve("--status", "500");
    Server stopped = serve();
    try (TestBalancer balancer = TestBalancer.startWhole(example("retries-and-ejection.yaml"))) {
      stopped.process.destroyForcibly().waitFor();
      HttpClient client = HttpClient.newHttpClient();
      Map<Integer, Integer> statuses = new TreeMap<>();
      for (int i = 0; i < 60; i++) {
        statuses.merge(get(client, url(balancer, "/x")).statusCode(), 1, Integer::sum);
      }
      assertEquals(Map.of(200, 57, 500, 3), statuses);
      JsonObject group = balancer.status().getJsonArray("targetGroups").getJsonObject(0);
      assertTrue(group.getJsonArray("targets").getJsonObject(2).getBoolean("ejected"));
      assertTrue(group.getInteger("retries") >= 1);
    }
  }
}
