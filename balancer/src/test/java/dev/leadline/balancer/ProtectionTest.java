package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What protects clients and targets, over real sockets. */
class ProtectionTest {

  private static RawTarget answering(String status, String body) throws IOException {
    return RawTarget.answering(
        "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
  }

  /** Accepts and hangs up without a word. */
  private static RawTarget hangingUp() throws IOException {
    return new RawTarget(
        connection -> {
          connection.readHead();
          connection.reset();
        });
  }

  private static TestBalancer start(String policy, String protection, RawTarget... targets)
      throws Exception {
    return TestBalancer.start(
        TestBalancer.oneGroup(targets)
            .replace("policy: least_outstanding_requests", "policy: " + policy)
            .replace("    healthCheck", protection.indent(4) + "    healthCheck"));
  }

  private static int requests(TestBalancer balancer, int status, int count) throws Exception {
    int matching = 0;
    try (RawClient client = balancer.client()) {
      for (int i = 0; i < count; i++) {
        matching += client.get("/").status() == status ? 1 : 0;
      }
    }
    return matching;
  }

  private static JsonObject group(TestBalancer balancer) throws IOException {
    return balancer.status().getJsonArray("targetGroups").getJsonObject(0);
  }

  @Test
  void aRequestWhoseTargetHangsUpIsSentToAnother() throws Exception {
    try (RawTarget bad = hangingUp();
        RawTarget good = answering("200 OK", "good");
        TestBalancer balancer = start("round_robin", "ejection: off", bad, good)) {
      assertEquals(20, requests(balancer, 200, 20));
      assertTrue(group(balancer).getInteger("retries") >= 5);
      assertTrue(balancer.target(0).getInteger("failed") >= 5, "and it counts against the target");
    }
  }

  @Test
  void withoutRetriesTheClientSeesIt() throws Exception {
    try (RawTarget bad = hangingUp();
        RawTarget good = answering("200 OK", "good");
        TestBalancer balancer = start("round_robin", "ejection: off\nretry: false", bad, good)) {
      assertEquals(10, requests(balancer, 502, 20));
    }
  }

  /** Catches an answer that is passed on, or repeated, whatever its status and its method. */
  @Test
  void anAnswerWithAStatusOfRetryCodesIsReplacedByAnotherTargets() throws Exception {
    try (RawTarget bad = answering("500 Failed", "bad");
        RawTarget good = answering("200 OK", "good");
        TestBalancer balancer =
            start("round_robin", "ejection: off\nretryCodes: 500-502", bad, good)) {
      assertEquals(20, requests(balancer, 200, 20));
      assertTrue(balancer.target(0).getInteger("failed") >= 5, "and it counts against the target");
      String post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
      assertEquals(700, balancer.send(post).status() + balancer.send(post).status());
    }
  }

  /** Where no other target can answer, the client gets the answer that there is. */
  @Test
  void anAnswerThatNoOtherTargetReplacesIsPassedOn() throws Exception {
    try (RawTarget bad = answering("500 Failed", "bad");
        RawTarget alsoBad = answering("500 Failed", "bad");
        TestBalancer balancer =
            start("round_robin", "ejection: off\nretryCodes: '500'", bad, alsoBad);
        RawClient client = balancer.client()) {
      RawClient.Answer answer = client.get("/");
      assertEquals("500 bad", answer.status() + " " + answer.body());
    }
  }

  /** Doing it twice might do it twice: a POST is never sent again. */
  @Test
  void whatMustNotBeRepeatedIsNot() throws Exception {
    try (RawTarget bad = hangingUp();
        RawTarget alsoBad = hangingUp();
        TestBalancer balancer = start("round_robin", "ejection: off", bad, alsoBad)) {
      assertEquals(
          502, balancer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").status());
      assertEquals(1, bad.unreadHeads().size() + alsoBad.unreadHeads().size());
    }
  }

  /** Catches retries without a budget: when all fails, the targets would get twice the load. */
  @Test
  void theBudgetBoundsRetriesWhenAllFails() throws Exception {
    try (RawTarget bad = hangingUp();
        RawTarget alsoBad = hangingUp();
        TestBalancer balancer =
            start(
                "round_robin",
                "ejection: off\nbudget: {perRequest: 0.1, perSecond: 0}",
                bad,
                alsoBad)) {
      assertEquals(100, requests(balancer, 502, 100));
      int retries = group(balancer).getInteger("retries");
      assertTrue(retries >= 5 && retries <= 10, retries + " retries of 100 requests");
      assertTrue(group(balancer).getInteger("budgetRefusals") >= 90);
    }
  }

  @Test
  void aTargetThatFailsInARowIsEjected() throws Exception {
    try (RawTarget bad = answering("500 Oh", "bad");
        RawTarget good = answering("200 OK", "good");
        TestBalancer balancer =
            start("round_robin", "ejection: {consecutiveFailures: 3, base: 5s}", bad, good)) {
      assertEquals(37, requests(balancer, 200, 40));
      assertTrue(balancer.target(0).getBoolean("ejected"));
      TestBalancer.eventually("it is back", () -> !balancer.target(0).getBoolean("ejected"));
      assertEquals(3, requests(balancer, 500, 20));
    }
  }

  /** Catches a slow request that waits although another target would answer at once. */
  @Test
  void aSlowRequestIsHedged() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    int[] served = new int[1];
    try (RawTarget sometimesStuck =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    if (++served[0] > 40) {
                      try {
                        never.await();
                      } catch (InterruptedException e) {
                        return;
                      }
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
                  }
                });
        RawTarget good = answering("200 OK", "b");
        TestBalancer balancer =
            start(
                "round_robin",
                "hedging: {quantile: 0.9, leastDelay: 20ms}",
                sometimesStuck,
                good)) {
      assertEquals(100, requests(balancer, 200, 100));
      assertTrue(group(balancer).getInteger("hedges") >= 1);
      TestBalancer.eventually(
          "the losers are over",
          () ->
              balancer.target(0).getInteger("requestsInFlight") == 0
                  && balancer.target(1).getInteger("requestsInFlight") == 0);
      assertEquals(0, balancer.target(0).getInteger("failed"), "a hedge that lost is no failure");
      never.countDown();
    }
  }

  /** The one place of the target is taken: the next waits, the one after is refused, with why. */
  @Test
  void requestsAreHeldUpToTheLimit() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget slow =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    try {
                      goOn.await();
                    } catch (InterruptedException e) {
                      return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
                  }
                });
        TestBalancer balancer =
            start(
                "least_outstanding_requests",
                "concurrencyLimit: {first: 1, most: 1}\nhold: {most: 1, longest: 1m}",
                slow);
        RawClient first = balancer.client();
        RawClient second = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually("one waits", () -> group(balancer).getInteger("requestsHeld") == 1);
      RawClient.Answer third = balancer.get("/");
      assertEquals(503, third.status());
      assertTrue(third.body().contains("too many requests are waiting"), third.body());
      goOn.countDown();
      assertEquals(200, first.read().status());
      assertEquals(200, second.read().status());
    }
  }

  @Test
  void whoWaitsTooLongIsToldWhy() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (RawTarget stuck =
            new RawTarget(
                connection -> {
                  connection.readHead();
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
        TestBalancer balancer =
            start(
                "least_outstanding_requests",
                "concurrencyLimit: {first: 1, most: 1}\nhold: {longest: 200ms}",
                stuck);
        RawClient first = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      RawClient.Answer late = balancer.get("/");
      assertEquals(503, late.status());
      assertTrue(late.body().contains("in time"), late.body());
      assertEquals(0, group(balancer).getInteger("requestsHeld"));
      never.countDown();
    }
  }

  @Test
  void decisionsAreExplained() throws Exception {
    try (RawTarget a = answering("200 OK", "a");
        RawTarget b = answering("200 OK", "b");
        // On a slow machine the first request may come late enough to be a trial.
        TestBalancer balancer = start("{name: leadline, trialRequests: false}", "", a, b)) {
      assertEquals(1, requests(balancer, 200, 1));
      JsonObject answer = new JsonObject(balancer.admin("/explain?group=group&limit=1").body());
      assertEquals("leadline", answer.getString("policy"));
      JsonObject decision = answer.getJsonArray("decisions").getJsonObject(0);
      assertEquals(2, decision.getJsonArray("candidates").size());
      assertTrue(decision.getString("answer").matches("t[01]"));
      assertEquals("smallest score of those with room", decision.getString("rule"));
      assertTrue(decision.getJsonArray("candidates").getJsonObject(0).getDouble("load") > 0);
      assertEquals(404, balancer.admin("/explain?group=other").status());
      RawClient.Answer wrong = balancer.admin("/explain");
      assertEquals(400, wrong.status());
      assertTrue(wrong.body().contains("groups: group"), wrong.body());
      assertEquals(
          0, balancer.metric("leadline_extra_requests_total{group=\"group\",kind=\"retry\"}"));
    }
  }
}
