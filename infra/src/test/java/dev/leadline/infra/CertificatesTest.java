package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a certificate changes in the template; ExposureTest has the ports. */
class CertificatesTest {
  private static SynthesizedLab lab(Profile profile, String key, String value) {
    return new LabCase(profile, Map.of("allowedCidr", LabCase.RANGE, key, value)).synthesized();
  }

  private static String output(SynthesizedLab lab, String name) {
    return lab.json().at("/Outputs/" + name + "/Value").toString();
  }

  @Test
  void theLoadBalancerShowsItsCertificateAndSpeaksNoOldTls() {
    SynthesizedLab lab = lab(Profile.AWS, "certificateArn", LabCase.CERTIFICATE);
    JsonNode listener =
        lab.resources("AWS::ElasticLoadBalancingV2::Listener")
            .values()
            .iterator()
            .next()
            .get("Properties");
    assertEquals("HTTPS", listener.get("Protocol").asText());
    assertEquals(443, listener.get("Port").asInt());
    assertEquals(LabCase.CERTIFICATE, listener.at("/Certificates/0/CertificateArn").asText());
    assertTrue(
        listener.get("SslPolicy").asText().startsWith("ELBSecurityPolicy-TLS13-1-2-"),
        listener.toString());
    assertTrue(output(lab, "AlbUrl").matches(".*\"https://\".*\":443\".*"), output(lab, "AlbUrl"));
    assertTrue(output(lab, "LeadlineUrl").contains("\"http://\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"self-signed", LabCase.SECRET})
  void ourBalancerIsToldWhereItsCertificateIs(String value) {
    SynthesizedLab lab = lab(Profile.AWS, "balancerTls", value);
    String script = lab.script("leadline-balancer");
    assertTrue(script.contains("\nBALANCER_TLS='" + value + "'\n"));
    assertTrue(script.contains("\nLISTENER_PORT='443'\n"));
    assertTrue(script.contains("\nlistener: {host: \"@LISTEN_HOST@\", port: 443}\n"));
    assertTrue(
        output(lab, "LeadlineUrl").matches(".*\"https://\".*\":443\".*"),
        output(lab, "LeadlineUrl"));
    assertTrue(output(lab, "AlbUrl").contains("\"http://\""));
  }

  @Test
  void onlyTheBalancerMayReadTheSecretAndNoOther() {
    SynthesizedLab lab = lab(Profile.AWS, "balancerTls", LabCase.SECRET);
    List<JsonNode> allowed =
        lab.resources("AWS::IAM::Policy").values().stream()
            .filter(policy -> policy.toString().contains("secretsmanager"))
            .toList();
    assertEquals(1, allowed.size());
    assertTrue(allowed.get(0).at("/Properties/Roles/0/Ref").asText().startsWith("Balancer"));
    for (JsonNode statement : allowed.get(0).at("/Properties/PolicyDocument/Statement")) {
      if (statement.toString().contains("secretsmanager")) {
        assertEquals("secretsmanager:GetSecretValue", statement.get("Action").asText());
        assertEquals(LabCase.SECRET, statement.get("Resource").asText());
      }
    }
    assertFalse(
        lab(Profile.AWS, "balancerTls", "self-signed")
            .json()
            .toString()
            .contains("secretsmanager:"));
    // LabRole is what it is.
    assertFalse(
        lab(Profile.ACADEMY, "balancerTls", LabCase.SECRET)
            .json()
            .toString()
            .contains("secretsmanager:GetSecretValue"));
  }
}
