package dev.leadline.balancer;

import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A real balancer on real sockets of loopback. Buffer checks are on, unlike in production. */
public final class TestBalancer implements AutoCloseable {

  /** How long a test waits for what comes at once: on a busy machine a process takes its time. */
  static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final AtomicReference<String> yaml;
  public final Balancer balancer;

  private TestBalancer(Vertx vertx, AtomicReference<String> yaml, Balancer balancer) {
    this.vertx = vertx;
    this.yaml = yaml;
    this.balancer = balancer;
  }

  /** Starts one from a configuration without its listeners. */
  public static TestBalancer start(String yaml) throws Exception {
    return start(yaml, Transports.best());
  }

  public static TestBalancer start(String yaml, Transport transport) throws Exception {
    return start(yaml, transport, 1);
  }

  /** Starts one with so many event loops. */
  public static TestBalancer start(String yaml, int loops) throws Exception {
    return start(yaml, Transports.best(), loops);
  }

  private static TestBalancer start(String yaml, Transport transport, int loops) throws Exception {
    String listeners =
        "listener: {host: 127.0.0.1, port: 0, loops: %d}\nadmin: {host: 127.0.0.1, port: 0}\n"
            .formatted(loops);
    return startWhole(listeners + yaml, transport, loops);
  }

  /** Starts one from a configuration that has its own listeners. */
  public static TestBalancer startWhole(String yaml) throws Exception {
    return startWhole(yaml, Transports.best(), 1);
  }

  private static TestBalancer startWhole(String yaml, Transport transport, int loops)
      throws Exception {
    Vertx vertx =
        Vertx.builder()
            .with(new VertxOptions().setEventLoopPoolSize(loops))
            .withTransport(transport)
            .build();
    AtomicReference<String> text = new AtomicReference<>(yaml);
    Balancer balancer =
        await(
            Balancer.run(
                vertx,
                ConfigReader.parse("test.yaml", yaml),
                () -> ConfigReader.parse("test.yaml", Objects.requireNonNull(text.get())),
                "test",
                transport.name()));
    return new TestBalancer(vertx, text, balancer);
  }

  /** One group of these targets at /, and nothing else. */
  public static TestBalancer before(RawTarget... targets) throws Exception {
    return start(oneGroup(targets));
  }

  /**
   * Configuration of one group of these targets at every path, with a policy that begins at the
   * first of them: what is tested here is the proxy, whatever the default policy is.
   */
  public static String oneGroup(RawTarget... targets) {
    StringBuilder yaml = new StringBuilder("targetGroups:\n  - name: group\n");
    yaml.append("    policy: least_outstanding_requests\n");
    yaml.append("    healthCheck: {interval: 1m}\n    targets:\n");
    int number = 0;
    for (RawTarget target : targets) {
      yaml.append("      - {id: t").append(number++).append(", address: 127.0.0.1, port: ");
      yaml.append(target.port()).append("}\n");
    }
    if (targets.length == 0) {
      yaml.append("      []\n");
    }
    return yaml + "rules:\n  - {paths: ['*'], forward: group}\n";
  }

  /** Changes its configuration, which it does not know of until it reloads. */
  public void change(UnaryOperator<String> change) {
    yaml.updateAndGet(change);
  }

  /** Lets it take over what {@code change} makes of its configuration; the answer's body. */
  public String reload(UnaryOperator<String> change) throws IOException {
    change(change);
    try (RawClient admin = new RawClient(balancer.adminPort())) {
      return admin.send("POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n").read().body();
    }
  }

  /** Stops its only event loop until what is returned is run: what arrives, arrives at once. */
  public Runnable stopLoop() throws InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    vertx.runOnContext(
        nothing -> {
          stopped.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    stopped.await();
    return goOn::countDown;
  }

  public int port() {
    return balancer.port();
  }

  public RawClient client() throws IOException {
    return new RawClient(port());
  }

  /** One GET on a connection of its own. */
  public RawClient.Answer get(String path) throws IOException {
    try (RawClient client = client()) {
      return client.get(path);
    }
  }

  /** Sends exactly this on a connection of its own and reads one answer. */
  public RawClient.Answer send(String bytes) throws IOException {
    try (RawClient client = client()) {
      return client.send(bytes).read();
    }
  }

  public JsonObject status() throws IOException {
    return new JsonObject(admin("/status").body());
  }

  /** What the admin listener answers. */
  public RawClient.Answer admin(String path) throws IOException {
    return admin(path, "localhost:9901");
  }

  /** What the admin listener answers who calls it by this name. */
  public RawClient.Answer admin(String path, String host) throws IOException {
    try (RawClient admin = new RawClient(balancer.adminPort())) {
      return admin.get(path, host);
    }
  }

  public String metrics() throws IOException {
    return admin("/metrics").body();
  }

  /**
   * Value of a metric in Prometheus's text.
   *
   * @param sample its name and labels, these in the order of their names
   */
  public double metric(String sample) throws IOException {
    String text = metrics();
    return text.lines()
        .filter(line -> line.startsWith(sample + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + sample + " in\n" + text));
  }

  /** What the status says of a target of the first group. */
  public JsonObject target(int index) throws IOException {
    return status()
        .getJsonArray("targetGroups")
        .getJsonObject(0)
        .getJsonArray("targets")
        .getJsonObject(index);
  }

  /** Waits until the status page says this of a target, such as "unhealthy". */
  public void awaitHealth(int target, String health) throws Exception {
    eventually(
        "target " + target + " is " + health,
        () -> health.equals(target(target).getString("health")));
  }

  /** Waits for a condition; fails if it does not come true. */
  public static void eventually(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(10); // Between two looks at the condition.
    }
  }

  /** Something that may become true. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  static <T> T await(io.vertx.core.Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
