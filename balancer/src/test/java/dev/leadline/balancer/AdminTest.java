package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The operators' interface, over real sockets. */
class AdminTest {

  private static final Pattern REFERENCE =
      Pattern.compile("(?:src|href|from|import) ?=? ?\"([^\"]+)\"");

  private static RawTarget answering(String status) throws java.io.IOException {
    return RawTarget.answering("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nok");
  }

  /** Every file that the page or its script names is there, with a type that nosniff accepts. */
  @Test
  void theDashboardIsServedWithAllItNeeds() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      RawClient.Answer page = balancer.admin("/");
      assertEquals(200, page.status());
      assertEquals("text/html; charset=utf-8", page.header("content-type").orElseThrow());
      String script = balancer.admin("/dashboard.js").body();
      Matcher references = REFERENCE.matcher(page.body() + script);
      Set<String> files = new TreeSet<>();
      while (references.find()) {
        String name = references.group(1).replaceFirst("^\\./", "");
        RawClient.Answer file = balancer.admin("/" + name);
        assertEquals(200, file.status(), name);
        String type = file.header("content-type").orElse("");
        if (name.endsWith(".js")) {
          assertEquals("text/javascript; charset=utf-8", type, name);
        } else if (name.endsWith(".css")) {
          assertEquals("text/css; charset=utf-8", type, name);
        }
        files.add(name);
      }
      assertEquals(
          Set.of(
              "balancers.js",
              "dashboard.css",
              "dashboard.js",
              "elements.js",
              "target.js",
              "figures.js",
              "icon.svg",
              "status",
              "metrics",
              "health"),
          files);
    }
  }

  /** Would fail for a script or style inside the page, which the policy forbids the browser. */
  @Test
  void nothingComesFromElsewhereAndNothingIsInline() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      String page = balancer.admin("/").body();
      String all =
          page
              + balancer.admin("/dashboard.js").body()
              + balancer.admin("/elements.js").body()
              + balancer.admin("/balancers.js").body()
              + balancer.admin("/target.js").body()
              + balancer.admin("/figures.js").body()
              + balancer.admin("/dashboard.css").body();
      assertFalse(page.matches("(?s).*(<style|<script(?![^>]* src=)| style=| on[a-z]+=).*"), page);
      assertFalse(
          all.replace("http://www.w3.org/2000/svg", "").matches("(?s).*(https?:)?//[a-z0-9].*"),
          "an address");
      // Names come from configuration: as text they cannot become markup.
      assertFalse(
          all.matches("(?s).*(innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\().*"));
    }
  }

  @Test
  void everyAnswerIsFencedAndNotKept() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      for (String path : List.of("/", "/dashboard.js", "/status", "/explain", "/none")) {
        RawClient.Answer answer = balancer.admin(path);
        assertTrue(
            answer
                .header("content-security-policy")
                .orElse("")
                .startsWith("default-src 'self'; base-uri 'none'"),
            path);
        assertEquals("nosniff", answer.header("x-content-type-options").orElse(""), path);
        assertEquals("no-store", answer.header("cache-control").orElse(""), path);
      }
      assertEquals(404, balancer.admin("/none").status());
    }
  }

  /** A page that lets its own name resolve to our address learns nothing, whatever it asks for. */
  @Test
  void whoCallsItByAnotherNameIsRefused() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      for (String path : List.of("/", "/status", "/metrics", "/health", "/explain?group=group")) {
        assertEquals(421, balancer.admin(path, "rebinding.example:9901").status(), path);
        assertEquals(200, balancer.admin(path, "127.0.0.1").status(), path);
        assertEquals(200, balancer.admin(path, "localhost:40123").status(), path);
      }
      RawClient.Answer refused = balancer.admin("/status", "rebinding.example");
      assertEquals(
          "the Host of this request is no name of the balancer's admin port; use localhost,"
              + " 127.0.0.1 or [::1]\n",
          refused.body());
    }
  }

  @Test
  void theStatusHasWhatTheDashboardDraws() throws Exception {
    try (RawTarget fine = answering("200 OK");
        RawTarget broken = answering("500 No");
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: fine
                    policy: least_outstanding_requests
                    healthCheck: {interval: 1m}
                    targets: [{id: f, address: 127.0.0.1, port: %d}]
                  - name: broken
                    policy: round_robin
                    retry: false
                    ejection: off
                    healthCheck: {interval: 1m}
                    targets: [{id: b, address: 127.0.0.1, port: %d}]
                rules:
                  - {paths: [/fine], forward: fine}
                  - {paths: [/broken], forward: broken}
                """
                    .formatted(fine.port(), broken.port()))) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, balancer.get("/fine").status());
      }
      assertEquals(500, balancer.get("/broken").status());
      assertEquals(404, balancer.get("/elsewhere").status());
      JsonObject status = balancer.status();
      assertEquals(1, status.getInteger("refused"));
      assertTrue(status.getLong("uptimeMillis") >= 0);
      TestBalancer.eventually("time passes", () -> balancer.status().getLong("uptimeMillis") > 0);

      JsonObject good = status.getJsonArray("targetGroups").getJsonObject(0);
      assertEquals(3, good.getInteger("requests"));
      assertEquals(0, good.getInteger("targetErrors"));
      assertTrue(good.getString("policySummary").contains("requests in flight"), good.toString());
      JsonObject target = good.getJsonArray("targets").getJsonObject(0);
      assertEquals(3, target.getInteger("responses"));
      assertTrue(target.getDouble("responseMillisTotal") > 0);
      assertEquals(1.0, target.getDouble("load"), "the request about to be sent counts");

      JsonObject bad = status.getJsonArray("targetGroups").getJsonObject(1);
      assertEquals(1, bad.getInteger("targetErrors"));
      assertEquals(0, bad.getInteger("balancerErrors"));
      assertEquals(0, bad.getInteger("connectionErrors"));
      JsonObject roundRobin = bad.getJsonArray("targets").getJsonObject(0);
      assertEquals(1, roundRobin.getInteger("responses"));
      assertTrue(roundRobin.containsKey("load"));
      assertNull(roundRobin.getValue("load"), "round robin does not compare loads");
    }
  }
}
