package dev.leadline.bench.switching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.leadline.bench.Samples;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class SwitcherTest {
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile String refusal = "";
  private final HttpServer server;
  private final Switcher switcher;

  SwitcherTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          byte[] body = refusal.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(refusal.isEmpty() ? 200 : 500, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    switcher =
        new Switcher(
            Samples.labInTurn(URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
  }

  @AfterEach
  void stop() {
    switcher.close();
    server.stop(0);
  }

  private void prepare(String balancer) throws InterruptedException {
    switcher.prepare(new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", balancer)));
  }

  /** Two balancers, each set on its own: what is in force on one stays while the other is set. */
  @Test
  void whatIsInForceIsNotSetAgain() throws InterruptedException {
    for (String balancer :
        List.of("leadline", "leadline", "alb-rr", "leadline", "fastest", "control", "leadline")) {
      prepare(balancer);
    }

    assertEquals(
        List.of(
            "POST /leadline/leadline",
            "POST /alb/round_robin",
            "POST /leadline/fastest",
            "POST /leadline/leadline"),
        asked);
  }

  /** Fails when a burst goes on with a policy that is not the one of its name. */
  @Test
  void whatCannotBeSetEndsTheRunWithTheReason() throws InterruptedException {
    prepare("leadline");
    refusal = "the permission ssm:SendCommand is missing\n";
    BenchException problem = assertThrows(BenchException.class, () -> prepare("fastest"));
    assertEquals(
        "Leadline could not be set to fastest before measured round 1 of /p through fastest: the permission ssm:SendCommand is missing",
        problem.getMessage());

    refusal = "";
    prepare("leadline"); // nobody can say what is in force now
    assertEquals("POST /leadline/leadline", asked.get(2));
  }

  @Test
  void anAddressThatDoesNotAnswerIsNamed() throws IOException {
    try (TestServer nobody = TestServer.nobody();
        Switcher alone = new Switcher(Samples.labInTurn(nobody.url()))) {
      PlannedBurst burst = new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", "leadline"));
      BenchException problem = assertThrows(BenchException.class, () -> alone.prepare(burst));
      String message = String.valueOf(problem.getMessage());
      assertTrue(message.contains("/leadline/leadline does not answer"), message);
    }
  }
}
