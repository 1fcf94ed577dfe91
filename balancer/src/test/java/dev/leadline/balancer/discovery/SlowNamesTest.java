package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.discovery.NameLookup.Answer;
import dev.leadline.balancer.discovery.NameLookup.Family;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of targets that wait for the addresses of their names, while other lists come. */
class SlowNamesTest {

  private static final Discovery.Pace PACE =
      new Discovery.Pace(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMillis(5));

  private final Vertx vertx = Vertx.vertx();
  private final EventLoop loop = new EventLoop(vertx);
  private final Map<String, Promise<Answer>> asked = new ConcurrentHashMap<>();
  private final Path file;
  private final CompletableFuture<Discovery> discovery = new CompletableFuture<>();

  SlowNamesTest(@TempDir Path folder) {
    file = folder.resolve("targets.yaml");
  }

  private static String target(String id, String address) {
    return "{id: %s, address: %s, port: 80}".formatted(id, address);
  }

  private void write(String target) throws Exception {
    Files.writeString(file, "- " + target + "\n");
  }

  private BalancerConfig config(String moreGroups) {
    return ConfigReader.parse(
        "test.yaml",
        """
        listener: {host: 127.0.0.1, port: 0}
        targetGroups:
          - {name: group, targetsFile: "%s"}
        %srules: [{paths: ["*"], forward: group}]
        """
            .formatted(file, moreGroups));
  }

  /** The targets of all groups, as they are used now. */
  private String targets() throws Exception {
    return loop.call(
        () ->
            discovery.join().current().targetGroups().stream()
                .flatMap(it -> it.targets().targets().stream())
                .map(it -> it.id() + " at " + it.address())
                .collect(Collectors.joining(", ")));
  }

  private String problem() throws Exception {
    return loop.call(
        () -> Objects.requireNonNull(discovery.join().snapshot().get("group")).problem());
  }

  private Promise<Answer> asked(String name) {
    return asked.computeIfAbsent(name, any -> Promise.promise());
  }

  private void answer(String name) throws Exception {
    Family v4 = Family.of(List.of(InetAddress.getByName("10.0.0.1")), Duration.ofDays(1));
    loop.call(() -> asked(name).tryComplete(new Answer(v4, Family.of(List.of(), v4.ttl()), "")));
  }

  @BeforeEach
  void start() throws Exception {
    NameLookup lookup =
        new NameLookup() {
          @Override
          public Future<Answer> lookUp(String name) {
            return asked(name).future();
          }

          @Override
          public void close() {}
        };
    write(target("a", "127.0.0.1"));
    BalancerConfig config = config("");
    loop.call(
        () -> {
          Discovery made =
              new Discovery(
                  vertx,
                  config,
                  () -> {},
                  dns -> lookup,
                  new AwsLists(
                      vertx,
                      () -> {
                        throw new AwsProblem("nobody asks");
                      },
                      () -> 0),
                  PACE);
          made.use(config);
          return discovery.complete(made);
        });
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** That the file cannot be read for a moment shows when the first list is read again. */
  @Test
  void aListThatWasTakenBackIsNotUsedWhenItsNameIsKnown() throws Exception {
    write(target("b", "slow.example"));
    TestBalancer.eventually("b was read", () -> asked.containsKey("slow.example"));
    write("nonsense");
    TestBalancer.eventually("nonsense was read", () -> !problem().isEmpty());
    write(target("a", "127.0.0.1"));
    TestBalancer.eventually("a was read", () -> problem().isEmpty());
    answer("slow.example");
    assertEquals("a at 127.0.0.1", targets());
  }

  @Test
  void aReloadWaitsForItsNamesWhileAFileIsTakenOver() throws Exception {
    write(target("b", "file.example"));
    TestBalancer.eventually("b was read", () -> asked.containsKey("file.example"));
    BalancerConfig next =
        config(
            "  - {name: names, addresses: each, targets: [%s]}\n"
                .formatted(target("c", "reload.example")));
    Future<?> prepared = loop.call(() -> discovery.join().prepare(next));
    answer("file.example");
    assertEquals("b at file.example", targets());
    assertFalse(prepared.isComplete(), "the names of the reload are not known yet");
    answer("reload.example");
    loop.call(
        () -> {
          assertEquals(true, prepared.isComplete());
          discovery.join().use(next);
          return true;
        });
    assertEquals("b at file.example, c/10.0.0.1 at 10.0.0.1", targets());
  }
}
