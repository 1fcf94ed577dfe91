package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import org.junit.jupiter.api.Test;

/** Connections and bytes are counted as they are. */
class TrafficTest {

  @Test
  void everyConnectionAndEveryByteOfClientsIsCounted() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      String request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
      RawClient.Answer answer = client.send(request).read();
      double first = balancer.metric("leadline_client_bytes_total");
      int answered = answer.head().length() + answer.body().length();
      assertEquals(request.length() + answered, first, 4, answer.head());
      client.send(request).read();
      assertEquals(2 * first, balancer.metric("leadline_client_bytes_total"));
      // The client's connection, and one to the target; the health checks' are not counted.
      assertEquals(2, balancer.metric("leadline_new_connections_total"));
      assertEquals(2, balancer.metric("leadline_active_connections"));
      try (RawClient second = balancer.client()) {
        second.send(request).read();
        assertEquals(3, balancer.metric("leadline_new_connections_total"));
      }
      assertTrue(balancer.metric("leadline_client_bytes_total") > 2.9 * first);
    }
  }
}
