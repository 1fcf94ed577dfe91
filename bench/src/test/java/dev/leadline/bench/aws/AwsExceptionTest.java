package dev.leadline.bench.aws;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Why there are no credentials, as the SDK words it. e2e has those that ended in the middle. */
class AwsExceptionTest {
  private static final String CHAIN =
      "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(...): [%s, InstanceProfileCredentialsProvider(): Cannot fetch credentials]";

  @ParameterizedTest
  @CsvSource({
    "'EnvironmentVariableCredentialsProvider(): Access key must be specified', there are no AWS credentials",
    "'ProfileCredentialsProvider(): To use Sso related properties in the ''work'' profile, the ''sso'' service module must be on the class path.', run ./deploy.sh bench"
  })
  void missingCredentialsHaveACureForEachCause(String said, String cure) {
    AwsException refusal =
        AwsException.of(
            SdkClientException.create(CHAIN.formatted(said)), "cloudwatch:GetMetricData");
    assertTrue(refusal.toString().contains(cure), refusal.toString());
  }
}
