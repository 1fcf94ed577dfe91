package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.LoggedExceptions;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.TestBalancer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Damaged messages, at random: what a target receives is exactly the requests that were accepted,
 * and what a client receives is exactly one answer to each.
 *
 * <p>It runs for {@code -Dfuzz.seconds} each way, from {@code -Dfuzz.seed} on. A fault names the
 * bytes; they become a row of {@code smuggling.txt}.
 */
class FuzzTest {

  private static final int BATCH = 200; // Connections at a time.
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final long NANOS = TimeUnit.SECONDS.toNanos(Long.getLong("fuzz.seconds", 1));

  private record Sent(String path, String bytes, RawClient client) {}

  private final Mutator mutator = new Mutator(SEED);
  private int made;

  @Test
  void aTargetReceivesExactlyTheRequestsThatWereAccepted() throws Exception {
    try (LoggedExceptions logged = new LoggedExceptions();
        StrictTarget target = new StrictTarget(StrictTarget::echo);
        TestBalancer balancer = TestBalancer.before(target.raw())) {
      long end = System.nanoTime() + NANOS;
      do {
        List<Sent> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          String path = path();
          String bytes =
              mutator.damage(mutator.request(path + "a") + mutator.request(path + "b"))
                  + mutator.request(path + "c");
          batch.add(send(balancer, path, bytes));
        }
        for (Sent sent : batch) {
          check(sent, target);
        }
        assertEquals(List.of(), target.faults());
      } while (System.nanoTime() < end);
      logged.assertNone();
    }
  }

  /** The answers say which requests were accepted: the target names the path it has read. */
  private static void check(Sent sent, StrictTarget target) throws IOException {
    String answers = everything(sent);
    List<String> accepted = new ArrayList<>();
    StrictHttp reader = new StrictHttp(answers);
    int bodiless = 0;
    try {
      while (!reader.atEnd()) {
        StrictHttp.Message answer = reader.answer(false);
        if (answer.status() == 200 && answer.body().contains(sent.path())) {
          accepted.add(answer.body());
        }
      }
    } catch (StrictHttp.Malformed | StrictHttp.Unfinished e) {
      bodiless++; // The answer to a HEAD has a length, and no body: no more can be said.
    }
    boolean hasHead = sent.bytes().contains("HEAD");
    assertTrue(hasHead || bodiless == 0, () -> "answers " + answers + " to " + shown(sent));
    if (!hasHead) {
      assertEquals(
          accepted,
          target.takeOrder(sent.path()),
          () -> "answers " + answers + " to " + shown(sent));
    }
  }

  @Test
  void aClientReceivesExactlyOneAnswerToEachRequest() throws Exception {
    Map<String, String> scripts = new ConcurrentHashMap<>();
    try (LoggedExceptions logged = new LoggedExceptions();
        StrictTarget target =
            new StrictTarget(
                request -> {
                  String script = scripts.get(request.target());
                  return script == null ? StrictTarget.echo(request) : script;
                });
        TestBalancer balancer = TestBalancer.before(target.raw())) {
      long end = System.nanoTime() + NANOS;
      do {
        List<Sent> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          String path = path();
          String answer = mutator.damage(mutator.answer(path + "a"));
          scripts.put(path + "a", answer + "(close)");
          String bytes =
              "GET "
                  + path
                  + "a HTTP/1.1\r\nHost: a\r\n\r\nGET "
                  + path
                  + "b HTTP/1.1\r\nHost: a\r\n\r\n";
          batch.add(send(balancer, path, bytes));
        }
        for (Sent sent : batch) {
          String script = scripts.remove(sent.path() + "a");
          checkAnswers(sent, String.valueOf(script));
        }
      } while (System.nanoTime() < end);
      logged.assertNone();
    }
  }

  /** One answer, and then the own answer of the second request; or a break in the first. */
  private static void checkAnswers(Sent sent, String script) throws IOException {
    String answers = everything(sent);
    StrictHttp reader = new StrictHttp(answers);
    try {
      reader.answer(false);
      if (!reader.atEnd()) {
        StrictHttp.Message second = reader.answer(false);
        boolean own = second.body().equals(sent.path() + "b") || second.status() >= 502;
        assertTrue(own && reader.atEnd(), () -> answers + " after " + script);
      }
    } catch (StrictHttp.Unfinished e) {
      // Broken off: nobody takes it for complete.
    } catch (StrictHttp.Malformed e) {
      throw new AssertionError(e.getMessage() + " in " + answers + " after " + script, e);
    }
  }

  /** One that damage does not turn into another. */
  private String path() {
    return "/f%016x-".formatted(made++ * 0x9e3779b97f4a7c15L);
  }

  private static Sent send(TestBalancer balancer, String path, String bytes) throws IOException {
    RawClient client = balancer.client();
    client.send(bytes);
    client.finish();
    return new Sent(path, bytes, client);
  }

  private static String everything(Sent sent) throws IOException {
    try (RawClient client = sent.client()) {
      client.timeout(10_000);
      return client.readToEnd();
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("no end of the answers to " + shown(sent), e);
    }
  }

  private static String shown(Sent sent) {
    return sent.bytes().replace("\r", "\\r").replace("\n", "\\n");
  }
}
