package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What both balancers answer themselves. */
class FrontPageTest {
  private static final String PATHS = "\"paths\":[\"/cluster1\",\"/cluster2\",\"/mixed\"]";

  private static JsonNode pageOfTheAlb(SynthesizedLab lab) {
    return lab.resources("AWS::ElasticLoadBalancingV2::ListenerRule").values().stream()
        .map(it -> it.get("Properties"))
        .filter(it -> it.at("/Actions/0/Type").asText().equals("fixed-response"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void bothBalancersSayAtTheRootWhoTheyAreAndWhichPathsThereAre() {
    SynthesizedLab lab = SynthesizedLab.of(Profile.AWS);
    JsonNode page = pageOfTheAlb(lab);
    assertEquals(
        "[\"/\",\"/favicon.ico\",\"/robots.txt\"]",
        page.at("/Conditions/0/PathPatternConfig/Values").toString());
    JsonNode answer = page.at("/Actions/0/FixedResponseConfig");
    assertEquals("200", answer.get("StatusCode").asText());
    assertEquals("application/json", answer.get("ContentType").asText());
    assertEquals(
        "{\"balancer\":\"Application Load Balancer\"," + PATHS + "}\n",
        answer.get("MessageBody").asText());
    String script = lab.script("leadline-balancer");
    assertTrue(
        script.contains(
            "  - {\"paths\":[\"/\",\"/favicon.ico\",\"/robots.txt\"],\"fixedResponse\":{\"status\":200,"),
        script);
    assertTrue(script.contains(PATHS.replace("\"", "\\\"")), script);
  }

  /** Catches a client that calls .json() on whatever comes, and meets text. */
  @Test
  void theAlbsOwnErrorIsJson() {
    JsonNode listener =
        SynthesizedLab.of(Profile.AWS)
            .resources("AWS::ElasticLoadBalancingV2::Listener")
            .values()
            .iterator()
            .next();
    JsonNode answer = listener.at("/Properties/DefaultActions/0/FixedResponseConfig");
    assertEquals("404", answer.get("StatusCode").asText());
    assertEquals("application/json", answer.get("ContentType").asText());
    assertTrue(answer.get("MessageBody").asText().contains("\"code\":\"no_rule\""));
  }

  @Test
  void aDefaultActionOfTheTopologyIsLeftTheRootToo() {
    Map<String, Object> context = SynthesizedLab.context(Profile.LOCAL);
    context.put(
        "topology",
        """
        {"clusters": [{"name": "one", "path": "/one", "instanceType": "t3.nano", "count": 1}],
         "defaultAction": {"forward": "one"},
         "balancer": {"instanceType": "t3.small", "policy": "leadline"}}""");
    assertFalse(
        SynthesizedLab.with(context).script("leadline-balancer").contains("favicon"), "no page");
  }

  @Test
  void aPageIsNeverLongerThanAnAlbTakes() {
    Topology.Balancer balancer =
        new Topology.Balancer("t3.small", "leadline", Optional.empty(), Optional.empty());
    List<Topology.Cluster> clusters =
        IntStream.range(0, 50)
            .mapToObj(
                it ->
                    new Topology.Cluster(
                        "c" + it,
                        "/a-path-of-some-length-" + it,
                        "t3.nano",
                        1,
                        Optional.empty(),
                        1,
                        Optional.empty()))
            .toList();
    Topology many = new Topology(clusters, balancer, true, List.of(), Optional.empty());
    assertEquals("{\"balancer\":\"Leadline\"}\n", FrontPage.page(many, "Leadline").body());
  }
}
