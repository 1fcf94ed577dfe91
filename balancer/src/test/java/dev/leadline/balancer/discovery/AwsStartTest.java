package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a balancer waits for at its start where AWS does not say who is there. */
class AwsStartTest {

  private static final Duration ROUND = Duration.ofMillis(20);

  private final FakeAws aws;
  private final Vertx vertx = Vertx.vertx();
  private final EventLoop loop = new EventLoop(vertx);

  AwsStartTest() throws IOException {
    aws = new FakeAws().answer(403, "AccessDenied");
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    aws.close();
  }

  /** Whether the balancer may start. */
  private AtomicBoolean started(String group, String more) throws Exception {
    BalancerConfig config =
        ConfigReader.parse(
            "test.yaml",
            """
            listener: {host: 127.0.0.1, port: 0}
            %s
            targetGroups:
              - {name: group, %s}
            rules: [{paths: ["*"], forward: group}]
            """
                .formatted(more, group));
    AtomicBoolean started = new AtomicBoolean();
    loop.call(
        () -> {
          Discovery discovery =
              new Discovery(
                  vertx,
                  config,
                  () -> {},
                  dns -> new DnsLookup(vertx, dns),
                  new AwsLists(vertx, aws::calls, () -> 0.5),
                  new Discovery.Pace(ROUND, ROUND, ROUND));
          discovery.use(config);
          discovery.listed().onComplete(done -> started.set(true));
          return discovery;
        });
    return started;
  }

  /** Catches a balancer that says it is ready, and answers 503 to everybody. */
  @Test
  void withoutAnyTargetItDoesNotStart() throws Exception {
    AtomicBoolean started =
        started("targetsFrom: {targetGroup: '%s', refresh: 1s}".formatted(FakeAws.GROUP), "");
    // Many rounds of waiting are over by the second look.
    TestBalancer.eventually("asked again", () -> aws.asked("DescribeTargetHealth") >= 2);
    assertFalse(loop.call(started::get));
    aws.answer(200, "").target("10.0.0.1", 80);
    TestBalancer.eventually("it starts", started::get);
  }

  @Test
  void itDoesNotWaitForItsPeers(@TempDir Path folder) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef");
    AtomicBoolean started =
        started(
            "targets: [{id: t, address: 127.0.0.1, port: 80}]",
            "peers: {port: 9, secretFile: '%s', membersFrom: {tags: {a: b}}}".formatted(secret));
    assertEquals(true, loop.call(started::get));
  }
}
