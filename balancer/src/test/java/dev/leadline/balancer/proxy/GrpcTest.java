package dev.leadline.balancer.proxy;

import static dev.leadline.balancer.FrameTarget.nextRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient;
import dev.leadline.balancer.FrameTarget;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.routing.target.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of gRPC, frame by frame. */
class GrpcTest {

  private static final byte[] HEAD =
      FrameClient.block(":status", "200", "content-type", "application/grpc");

  private static FrameClient call(FrameClient client) throws Exception {
    return client.post(1, "/a.S/M", "content-type", "application/grpc+proto", "te", "trailers");
  }

  private static void end(FrameClient target, int stream, String status) throws Exception {
    target.send(
        FrameClient.HEADERS,
        FrameClient.END_HEADERS | FrameClient.END_STREAM,
        stream,
        FrameClient.block("grpc-status", status));
  }

  private static String data(FrameClient from) throws Exception {
    FrameClient.Frame frame = from.next(FrameClient.DATA);
    assertNotNull(frame);
    return frame.payload().toString();
  }

  /** Messages go in either direction while the call lasts, longer than any time limit. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCallThatStreamsBothWays(boolean clientEndsFirst) throws Exception {
    try (FrameTarget service = new FrameTarget();
        TestProxy proxy = TestProxy.beforePorts("protocol: grpc", List.of(service.port()));
        FrameClient client = new FrameClient(proxy.port())) {
      call(client).data(1, "one", false);
      try (FrameClient target = service.accept()) {
        FrameClient.Frame head = nextRequest(target);
        assertTrue(head.head().contains("\nte: trailers"), head.head());
        assertEquals("one", data(target));
        target.send(FrameClient.HEADERS, FrameClient.END_HEADERS, head.stream(), HEAD);
        target.data(head.stream(), "ONE", false);
        assertEquals("ONE", data(client));
        client.data(1, "two", false);
        assertEquals("two", data(target));
        target.data(head.stream(), "TWO", false);
        assertEquals("TWO", data(client));
        if (clientEndsFirst) {
          client.data(1, "", true);
          assertEquals("", data(target));
        }
        end(target, head.stream(), "0");
        FrameClient.Answer answer = client.read(1);
        assertTrue(answer.complete());
        assertEquals(List.of("grpc-status: 0"), answer.heads());
        proxy.assertNextEnd("FIRST t0 ANSWERED", 200, null);
      }
    }
  }

  /** A client takes the status from a head only if it ends the stream. */
  @Test
  void anAnswerOfAHeadAloneStaysOne() throws Exception {
    try (FrameTarget service = new FrameTarget();
        TestProxy proxy = TestProxy.beforePorts("protocol: grpc", List.of(service.port()));
        FrameClient client = new FrameClient(proxy.port())) {
      call(client).data(1, "one", true);
      try (FrameClient target = service.accept()) {
        int stream = nextRequest(target).stream();
        assertEquals("one", data(target));
        target.send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS | FrameClient.END_STREAM,
            stream,
            FrameClient.block(
                ":status", "200", "content-type", "application/grpc", "grpc-status", "5"));
        FrameClient.Frame head = client.next(FrameClient.HEADERS);
        assertNotNull(head);
        assertTrue(head.endsStream(), head.head());
        assertTrue(head.head().contains("grpc-status: 5"), head.head());
      }
    }
  }

  @Test
  void aCallThatCannotBePassedOn() throws Exception {
    int free;
    try (FrameTarget gone = new FrameTarget()) {
      free = gone.port();
    }
    try (TestProxy proxy = TestProxy.beforePorts("protocol: grpc", List.of(free));
        FrameClient client = new FrameClient(proxy.port())) {
      FrameClient.Answer answer = call(client).data(1, "", true).read(1);
      assertEquals(200, answer.status());
      assertTrue(
          answer.heads().get(0).contains("grpc-status: 14\ngrpc-message: the target refused"),
          answer.heads().get(0));
      assertEquals(1, answer.heads().size(), "the head ends the answer");
      proxy.assertNextEnd("FIRST t0 NOT_CONNECTED", 502, EndReason.CONNECT_REFUSED);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0,SUCCEEDED",
    "1,IGNORED",
    "2,FAILED",
    "3,SUCCEEDED",
    "4,FAILED",
    "5,SUCCEEDED",
    "8,SUCCEEDED",
    "12,SUCCEEDED",
    "13,FAILED",
    "14,FAILED",
    "15,FAILED",
    ",FAILED"
  })
  void whatACodeSaysAboutTheTarget(String code, Outcome outcome) {
    assertEquals(outcome, Grpc.outcome(code));
  }

  /** The answer is one message: its length and the field 1, which is 1 for SERVING. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "1 | 0 | -",
        "2 | 0 | grpc.health.v1.Health/Check answered NOT_SERVING",
        "1 | 12 | grpc.health.v1.Health/Check had grpc-status 12",
      })
  void aHealthCheck(byte serving, String grpcStatus, String because) throws Exception {
    try (FrameTarget service = new FrameTarget()) {
      Thread target =
          new Thread(
              () -> {
                try (FrameClient connection = service.accept()) {
                  FrameClient.Frame head = nextRequest(connection);
                  boolean right =
                      head.head().contains(":path: /grpc.health.v1.Health/Check")
                          && data(connection).equals("\0\0\0\0\3\n\1S");
                  connection.send(FrameClient.HEADERS, FrameClient.END_HEADERS, 1, HEAD);
                  connection.send(
                      FrameClient.DATA, 0, 1, new byte[] {0, 0, 0, 0, 2, 8, right ? serving : 3});
                  end(connection, 1, grpcStatus);
                  connection.next(FrameClient.GOAWAY);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      target.start();
      try (TestBalancer balancer =
          TestBalancer.start(
              """
              targetGroups:
                - name: group
                  protocol: grpc
                  healthCheck: {interval: 1m, unhealthyThreshold: 1, service: S}
                  targets: [{id: t0, address: 127.0.0.1, port: %d}]
              rules: [{paths: ['*'], forward: group}]
              """
                  .formatted(service.port()))) {
        balancer.awaitHealth(0, because == null ? "healthy" : "unhealthy");
        assertEquals(because, balancer.target(0).getString("unhealthyBecause"));
      }
      target.join();
    }
  }
}
