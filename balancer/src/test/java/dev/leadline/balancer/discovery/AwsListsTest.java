package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.AwsMembers;
import dev.leadline.routing.target.Target;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lists of AWS are asked for again and again. */
class AwsListsTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final FakeAws aws = new FakeAws();
  private final AtomicInteger made = new AtomicInteger();
  private final AwsLists lists =
      new AwsLists(
          vertx,
          () -> {
            made.incrementAndGet();
            return aws.calls();
          },
          () -> 0);
  private final List<String> heard = new ArrayList<>();

  AwsListsTest() throws IOException {}

  @BeforeEach
  void oneInstance() {
    aws.instance("i-1", "10.0.0.1", "running").target("i-1", 80);
  }

  @AfterEach
  void close() throws Exception {
    onLoop(
        () -> {
          lists.stop();
          return "";
        });
    vertx.close().toCompletionStage().toCompletableFuture().get();
    aws.close();
  }

  private static AwsMembers group(int millis) {
    return new AwsMembers(
        Optional.of(FakeAws.GROUP), Map.of(), Optional.empty(), Duration.ofMillis(millis));
  }

  private <T> T onLoop(Callable<T> action) throws Exception {
    return await(
        Future.future(
            promise ->
                loop.runOnContext(
                    now -> {
                      try {
                        promise.complete(action.call());
                      } catch (Exception e) {
                        promise.fail(e);
                      }
                    })));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private void listen(AwsMembers members) {
    lists
        .source(members)
        .start(
            new MemberSource.Listener() {
              @Override
              public void listed(List<Target> targets) {
                heard.add(String.join(" ", targets.stream().map(Target::id).toList()));
              }

              @Override
              public void failed(String reason) {
                heard.add(reason.replace(FakeAws.GROUP, "ARN"));
              }
            });
  }

  private List<String> heard() throws Exception {
    return onLoop(() -> List.copyOf(heard));
  }

  private void eventually(String expected) throws Exception {
    TestBalancer.eventually(
        expected + " and not " + heard(),
        () -> {
          List<String> all = heard();
          return !all.isEmpty() && all.get(all.size() - 1).equals(expected);
        });
  }

  private Future<?> follow(AwsMembers... members) throws Exception {
    return onLoop(
        () -> {
          lists.follow(Set.of(members));
          return lists.listed(Set.of(members), LIMIT);
        });
  }

  @Test
  void whatWasListedStaysWhileAwsDoesNotAnswer() throws Exception {
    AwsMembers group = group(10);
    await(follow(group));
    onLoop(
        () -> {
          listen(group);
          return "";
        });
    eventually("i-1");
    aws.answer(400, "Throttling");
    eventually("target group ARN: Elastic Load Balancing answered 400 Throttling: a test");
    assertEquals(1, onLoop(() -> lists.last(group).orElseThrow().size()));
    aws.instance("i-2", "10.0.0.2", "running").target("i-2", 80).answer(200, "");
    eventually("i-1 i-2");
    // Where there were targets, none is no answer to believe.
    aws.withoutTargets();
    eventually("target group ARN: AWS lists none where there were 2");
    assertEquals(2, onLoop(() -> lists.last(group).orElseThrow().size()));
    aws.target("i-2", 80);
    eventually("i-2");
    assertEquals(1, made.get(), "a client is made once");
  }

  /** Catches a reload that takes effect after the former pause only. */
  @Test
  void aShorterPauseBeginsAtOnce() throws Exception {
    await(follow(group(3_600_000)));
    onLoop(
        () -> {
          listen(group(10));
          return "";
        });
    aws.instance("i-2", "10.0.0.2", "running").target("i-2", 80);
    await(follow(group(10)));
    eventually("i-1 i-2");
  }

  /** Ten failures with 10 ms between the looks, doubled each time: more than a second. */
  @Test
  void failuresMakeThePausesLonger() throws Exception {
    aws.answer(503, "ServiceUnavailable");
    AwsMembers group = group(10);
    long start = System.nanoTime();
    Future<?> listed = follow(group);
    TestBalancer.eventually("asked", () -> aws.asked("DescribeTargetHealth") >= 9);
    assertTrue(
        System.nanoTime() - start > Duration.ofSeconds(1).toNanos(), "the sum of the pauses");
    assertTrue(!listed.isComplete());
    aws.answer(200, "");
    await(listed);
  }

  @Test
  void aGroupThatIsEmptyFromTheBeginningIsListed() throws Exception {
    aws.withoutTargets();
    await(follow(group(10)));
    assertEquals(List.of(), onLoop(() -> lists.last(group(10)).orElseThrow()));
  }

  @Test
  void theSameListIsAskedForOnce() throws Exception {
    await(follow(group(60_000), group(50_000)));
    assertEquals(1, aws.asked("DescribeTargetHealth"));
    assertTrue(onLoop(() -> lists.last(group(40_000))).isPresent(), "whatever its refresh is");
    await(follow());
    assertTrue(onLoop(() -> lists.last(group(60_000))).isEmpty(), "not followed any more");
  }

  @Test
  void whatDoesNotComeInTimeIsSaid() throws Exception {
    aws.answer(403, "AccessDenied");
    AwsMembers group = group(10);
    Future<?> listed =
        onLoop(
            () -> {
              lists.follow(Set.of(group));
              return lists.listed(Set.of(group), Duration.ofSeconds(1));
            });
    try {
      await(listed);
    } catch (ExecutionException e) {
      assertEquals(
          "target group ARN: AWS did not list them within 1 s: target group ARN: Elastic Load"
              + " Balancing answered 403 AccessDenied: a test",
          String.valueOf(Objects.requireNonNull(e.getCause()).getMessage())
              .replace(FakeAws.GROUP, "ARN"));
      return;
    }
    throw new AssertionError("nothing was listed");
  }
}
