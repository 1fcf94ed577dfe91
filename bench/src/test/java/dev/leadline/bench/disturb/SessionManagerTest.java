package dev.leadline.bench.disturb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.leadline.bench.Samples;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two calls of Systems Manager, against a server that answers as AWS does. */
final class SessionManagerTest {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  private record Answer(int status, String body) {}

  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final HttpServer server;
  private final SessionManager manager;

  SessionManagerTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(
              exchange.getRequestHeaders().getFirst("X-Amz-Target")
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + body);
          Answer answer = answers.remove();
          byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.status(), bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    LabDescription lab = Samples.lab();
    manager =
        SessionManager.of(
            new LabDescription(
                lab.profile(),
                lab.region(),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                lab.notes(),
                lab.balancers(),
                lab.paths(),
                lab.targets(),
                lab.settings()),
            Map.of());
  }

  @AfterEach
  void stop() {
    manager.close();
    server.stop(0);
  }

  @Test
  void aScriptIsSentAndItsOutputAwaited() throws Exception {
    answers.add(new Answer(200, "{\"Command\": {\"CommandId\": \"c-1\"}}"));
    answers.add(new Answer(400, "{\"__type\": \"InvocationDoesNotExist\"}"));
    answers.add(new Answer(400, "{\"__type\": \"ThrottlingException\", \"message\": \"Rate\"}"));
    answers.add(new Answer(200, "{\"Status\": \"InProgress\"}"));
    answers.add(new Answer(200, "{\"Status\": \"Success\", \"StandardOutputContent\": \"done\"}"));

    String started = manager.start("i-1", "echo 'a'\n", LONGEST);
    assertEquals("done", manager.await("i-1", started, LONGEST));
    String sent = asked.get(0);
    assertTrue(
        sent.startsWith("AmazonSSM.SendCommand AWS4-HMAC-SHA256 Credential=leadline/"), sent);
    assertTrue(sent.contains("/us-east-1/ssm/aws4_request"), sent);
    assertTrue(sent.contains("\"commands\":[\"echo 'a'\\n\"]"), sent);
    assertTrue(sent.contains("\"executionTimeout\":[\"20\"]"), sent);
    assertTrue(asked.get(4).contains("\"CommandId\":\"c-1\""), asked.get(4));
  }

  @ParameterizedTest
  @CsvSource({
    "AccessDeniedException, the permission ssm:SendCommand is missing",
    "com.amazonaws.ssm#InvalidInstanceId, it is not connected to Systems Manager",
    "ExpiredTokenException, AWS does not accept the credentials",
  })
  void aRefusalSaysWhatHelps(String type, String says) {
    answers.add(new Answer(400, "{\"__type\": \"" + type + "\", \"message\": \"no\"}"));
    AwsException e = assertThrows(AwsException.class, () -> manager.start("i-1", "true", LONGEST));
    assertTrue(String.valueOf(e.getMessage()).contains(says), e.getMessage());
  }

  @Test
  void aScriptThatFailsSaysItsLastLine() {
    answers.add(
        new Answer(
            200,
            "{\"Status\": \"Failed\", \"StatusDetails\": \"Failed\", \"StandardErrorContent\":"
                + " \"a\\nthe application does not run\\n\"}"));
    AwsException e = assertThrows(AwsException.class, () -> manager.await("i-1", "c-1", LONGEST));
    assertEquals(
        "its script ended with status Failed: the application does not run", e.getMessage());
  }
}
