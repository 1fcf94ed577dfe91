package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Targets with an IPv6 address. */
class Ipv6Test {

  @Test
  void anIpv6TargetIsServedCheckedAndProbed() throws Exception {
    BlockingQueue<String> own = new LinkedBlockingQueue<>();
    try (RawTarget target =
            RawTarget.onIpv6(
                connection -> {
                  String head = connection.readUntil("\r\n\r\n");
                  while (!head.isEmpty()) {
                    own.add(head);
                    connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: " + head.length() + "\r\n\r\n" + head);
                    head = connection.readUntil("\r\n\r\n");
                  }
                });
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: group
                    policy: {name: fastest, probeInterval: 100ms}
                    targets:
                      - {id: t0, address: "::1", port: %d}
                rules:
                  - {paths: ["*"], forward: group}
                """
                    .formatted(target.port()))) {
      String host = "[::1]:" + target.port();
      for (String agent : new String[] {"Leadline-HealthChecker", "Leadline-Prober"}) {
        String head = own.poll(20, TimeUnit.SECONDS);
        while (head != null && !head.contains(agent)) {
          head = own.poll(20, TimeUnit.SECONDS);
        }
        assertTrue(
            head != null && head.toLowerCase(Locale.ROOT).contains("host: " + host + "\r\n"), head);
      }
      balancer.awaitHealth(0, "healthy");

      RawClient.Answer withHost = balancer.get("/");
      assertEquals(200, withHost.status());
      assertTrue(
          withHost.body().toLowerCase(Locale.ROOT).contains("host: test\r\n"), withHost.body());

      RawClient.Answer without = balancer.send("GET / HTTP/1.0\r\n\r\n");
      assertTrue(
          without.body().toLowerCase(Locale.ROOT).contains("host: " + host + "\r\n"),
          without.body());
      assertEquals(
          2, balancer.metric("leadline_target_responses_total{class=\"2xx\",group=\"group\"}"));
    }
  }
}
