package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The load balancer's log, and the bucket that holds it. */
class AccessLogsTest {
  private static JsonNode one(Profile profile, String type) {
    Map<String, JsonNode> found = SynthesizedLab.of(profile).resources(type);
    assertEquals(1, found.size(), type);
    return found.values().iterator().next();
  }

  private static Map<String, String> attributes(Profile profile) {
    Map<String, String> attributes = new TreeMap<>();
    one(profile, "AWS::ElasticLoadBalancingV2::LoadBalancer")
        .at("/Properties/LoadBalancerAttributes")
        .forEach(it -> attributes.put(it.get("Key").asText(), it.get("Value").toString()));
    return attributes;
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "ACADEMY"})
  void everyRequestIsLoggedIntoAClosedBucketThatForgets(Profile profile) {
    String id = SynthesizedLab.of(profile).resources("AWS::S3::Bucket").keySet().iterator().next();
    assertEquals("\"true\"", attributes(profile).get("access_logs.s3.enabled"));
    assertEquals("{\"Ref\":\"" + id + "\"}", attributes(profile).get("access_logs.s3.bucket"));

    JsonNode properties = one(profile, "AWS::S3::Bucket").get("Properties");
    properties.get("PublicAccessBlockConfiguration").forEach(it -> assertTrue(it.asBoolean()));
    assertEquals(4, properties.get("PublicAccessBlockConfiguration").size());
    assertEquals(
        "AES256",
        properties
            .at(
                "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm")
            .asText());
    assertEquals(7, properties.at("/LifecycleConfiguration/Rules/0/ExpirationInDays").asInt());
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "ACADEMY"})
  void onlyTheDeliveryOfLoadBalancersWritesToItAndNobodyWithoutTls(Profile profile) {
    JsonNode statements =
        one(profile, "AWS::S3::BucketPolicy").at("/Properties/PolicyDocument/Statement");
    assertEquals(2, statements.size());
    assertEquals("Deny", statements.at("/0/Effect").asText());
    assertEquals("false", statements.at("/0/Condition/Bool/aws:SecureTransport").asText());
    assertEquals("Allow", statements.at("/1/Effect").asText());
    assertEquals("s3:PutObject", statements.at("/1/Action").asText());
    assertEquals(
        "{\"Service\":\"logdelivery.elasticloadbalancing.amazonaws.com\"}",
        statements.at("/1/Principal").toString());
    assertTrue(
        statements
            .at("/1/Resource")
            .toString()
            .contains("/AWSLogs/\",{\"Ref\":\"AWS::AccountId\"}"));
  }

  /** Catches a bucket that outlives its lab, and a load balancer that writes before it may. */
  @ParameterizedTest
  @EnumSource(names = {"AWS", "ACADEMY"})
  void theBucketGoesWithTheStackAfterWhatWritesToIt(Profile profile) {
    assertEquals("Delete", one(profile, "AWS::S3::Bucket").get("DeletionPolicy").asText());
    String policy =
        SynthesizedLab.of(profile).resources("AWS::S3::BucketPolicy").keySet().iterator().next();
    assertTrue(
        one(profile, "AWS::ElasticLoadBalancingV2::LoadBalancer")
            .get("DependsOn")
            .toString()
            .contains("\"" + policy + "\""));
  }

  @Test
  void theEmulatedLoadBalancerWritesNone() {
    assertTrue(SynthesizedLab.of(Profile.LOCAL).resources("AWS::S3::Bucket").isEmpty());
    assertEquals(null, attributes(Profile.LOCAL).get("access_logs.s3.enabled"));
  }
}
