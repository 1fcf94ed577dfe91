package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.BalancerConfig.Dns;
import dev.leadline.balancer.connect.NameTable;
import dev.leadline.balancer.discovery.NameLookup.Answer;
import dev.leadline.balancer.discovery.NameLookup.Family;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of answers, one after the other. */
class NamesTest {

  private static final Family NONE = Family.of(List.of(), Duration.ZERO);
  private static final Family SILENT = Family.unknown("silent");

  /** Stands for a lookup that fails, which it should not. */
  private static final Answer BROKEN = new Answer(SILENT, SILENT, "broken");

  private final Vertx vertx = Vertx.vertx();
  private final List<Long> askedNanos = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private int failures;

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Family family(Duration ttl, String... ips) {
    return Family.of(
        Stream.of(ips)
            .map(
                ip -> {
                  try {
                    return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(ip));
                  } catch (UnknownHostException e) {
                    throw new AssertionError(e);
                  }
                })
            .toList(),
        ttl);
  }

  private static Answer answer(Family v4, Family v6) {
    return new Answer(v4, v6, "nobody has this name");
  }

  /** Follows a name whose lookups end so; the addresses after each of them. */
  private List<String> follow(Duration least, Duration most, Answer... answers) throws Exception {
    CompletableFuture<List<String>> result = new CompletableFuture<>();
    vertx.runOnContext(
        now -> {
          Names[] made = new Names[1];
          NameLookup lookup =
              new NameLookup() {
                @Override
                public Future<Answer> lookUp(String name) {
                  if (askedNanos.size() > 0) {
                    seen.add(String.join(" ", made[0].addresses("web")));
                  }
                  if (askedNanos.size() == answers.length) {
                    result.complete(seen);
                    return Future.future(never -> {});
                  }
                  askedNanos.add(System.nanoTime());
                  Answer next = answers[askedNanos.size() - 1];
                  return next.none().equals(BROKEN.none())
                      ? Future.failedFuture(new IllegalStateException("broken"))
                      : Future.succeededFuture(next);
                }

                @Override
                public void close() {}
              };
          made[0] =
              new Names(
                  vertx,
                  dns -> lookup,
                  new Dns(List.of(), Duration.ofSeconds(1), least, most),
                  NameTable.of(vertx),
                  name -> {},
                  name -> failures++);
          made[0].follow(Set.of("web"));
        });
    return result.get(20, TimeUnit.SECONDS);
  }

  private List<String> follow(Answer... answers) throws Exception {
    return follow(Duration.ofMillis(1), Duration.ofMillis(5), answers);
  }

  @Test
  void theOrderOfAnAnswerMeansNothing() throws Exception {
    Duration ttl = Duration.ofSeconds(1);
    assertEquals(
        List.of("10.0.0.1 10.0.0.2 ::1", "10.0.0.1 10.0.0.2 ::1"),
        follow(
            answer(family(ttl, "10.0.0.2", "10.0.0.1"), family(ttl, "::1")),
            answer(family(ttl, "10.0.0.1", "10.0.0.2", "10.0.0.1"), family(ttl, "::1"))));
    assertEquals(0, failures);
  }

  @Test
  void withoutAnAnswerTheFormerAddressesStay() throws Exception {
    Duration ttl = Duration.ofSeconds(1);
    assertEquals(
        List.of("", "10.0.0.1 ::1", "10.0.0.2 ::1", "10.0.0.2 ::1", "10.0.0.2 ::1", "10.0.0.3"),
        follow(
            answer(NONE, NONE),
            answer(family(ttl, "10.0.0.1"), family(ttl, "::1")),
            answer(family(ttl, "10.0.0.2"), SILENT),
            answer(SILENT, SILENT),
            answer(NONE, NONE),
            answer(family(ttl, "10.0.0.3"), NONE)));
    assertEquals(4, failures, "of which two were answers that the name has no address");
  }

  @Test
  void aLookupThatFailsIsMadeAgain() throws Exception {
    Answer known = answer(family(Duration.ofSeconds(1), "10.0.0.1"), NONE);
    assertEquals(List.of("10.0.0.1", "10.0.0.1", "10.0.0.1"), follow(known, BROKEN, known));
    assertEquals(1, failures);
  }

  @Test
  void aSearchListThatCannotBeReadSaysNothing() {
    assertEquals(List.of(), SearchList.read(Path.of("/")).domains());
  }

  @Test
  void aNameHasNoMoreAddressesThanTheLimit() throws Exception {
    String[] many =
        IntStream.range(0, 1000)
            .mapToObj(i -> "10.0." + i / 256 + "." + i % 256)
            .toArray(String[]::new);
    List<String> known = follow(answer(family(Duration.ofSeconds(1), many), NONE));
    assertEquals(Names.MOST_ADDRESSES, known.get(0).split(" ", -1).length);
  }

  /** TTLs of no time and of a day, between limits of 30 and 60 ms. */
  @Test
  void anAnswerIsUsedForItsTtlWithinLimits() throws Exception {
    follow(
        Duration.ofMillis(30),
        Duration.ofMillis(60),
        answer(family(Duration.ZERO, "10.0.0.1"), NONE),
        answer(family(Duration.ofDays(1), "10.0.0.1"), NONE),
        answer(family(Duration.ZERO, "10.0.0.1"), NONE));
    long first = (askedNanos.get(1) - askedNanos.get(0)) / 1_000_000;
    long second = (askedNanos.get(2) - askedNanos.get(1)) / 1_000_000;
    assertTrue(first >= 29, "a TTL of 0 lasted " + first + " ms");
    assertTrue(second >= 59, "a TTL of a day lasted " + second + " ms");
  }
}
