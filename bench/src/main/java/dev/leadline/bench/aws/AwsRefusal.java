package dev.leadline.bench.aws;

import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Why AWS did not answer a question.
 *
 * @param message what happened and what helps, in a few words, without a full stop
 * @param passing whether the same question may be answered later, without anybody's doing
 */
public record AwsRefusal(String message, boolean passing) {
  private static final Set<String> DENIED =
      Set.of("AccessDenied", "AccessDeniedException", "UnauthorizedOperation");
  private static final Set<String> CREDENTIALS =
      Set.of(
          "ExpiredToken",
          "ExpiredTokenException",
          "RequestExpired",
          "InvalidClientTokenId",
          "UnrecognizedClientException",
          "SignatureDoesNotMatch",
          "InvalidSignatureException",
          "AuthFailure");
  private static final Set<String> THROTTLED =
      Set.of(
          "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException");
  private static final int SERVER_ERROR = 500;

  /**
   * Of an answer that is an error.
   *
   * @param code of the error, as AWS has it
   * @param said by AWS, for an error that is none of those with a cure
   * @param action that was called, as IAM names it
   */
  public static AwsRefusal of(String code, int status, String said, String action) {
    if (DENIED.contains(code)) {
      return new AwsRefusal(
          "the permission %s is missing; `./deploy.sh permissions bench` prints the policies that a benchmark needs"
              .formatted(action),
          false);
    }
    if (CREDENTIALS.contains(code)) {
      return new AwsRefusal(
          "AWS does not accept the credentials (%s): they have expired, or are wrong; renew them (in a Learner Lab: start it again and copy its new credentials)"
              .formatted(code),
          false);
    }
    if (THROTTLED.contains(code)) {
      return new AwsRefusal(
          "AWS limits how often %s may be called (%s)".formatted(action, code), true);
    }
    return new AwsRefusal(said, status >= SERVER_ERROR);
  }

  /** Of what the SDK throws. */
  public static AwsRefusal of(SdkException e, String action) {
    String reason = reason(e);
    if (e instanceof AwsServiceException refusal) {
      String code =
          refusal.awsErrorDetails() == null
              ? ""
              : String.valueOf(refusal.awsErrorDetails().errorCode());
      return of(code, refusal.statusCode(), reason, action);
    }
    return new AwsRefusal(
        reason.toLowerCase(Locale.ROOT).contains("unable to load credentials")
            ? "there are no AWS credentials; set AWS_PROFILE, or run `aws configure`"
            : reason,
        false);
  }

  /** The innermost message is the one that says what happened; the SDK wraps it several times. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason given");
  }
}
