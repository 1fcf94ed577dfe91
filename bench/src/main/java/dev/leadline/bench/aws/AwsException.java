package dev.leadline.bench.aws;

import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * AWS, or a machine behind it, did not do what it was asked to. The message says what happened and
 * what helps, in a few words, without a full stop.
 */
public final class AwsException extends Exception {
  private static final long serialVersionUID = 1L;

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

  private final boolean passing;

  /**
   * What waiting does not mend.
   *
   * @param message as the class has it
   */
  public AwsException(String message) {
    this(message, false);
  }

  /**
   * With all that is known.
   *
   * @param passing whether the same may be answered later, without anybody's doing
   */
  public AwsException(String message, boolean passing) {
    super(message);
    this.passing = passing;
  }

  public boolean isPassing() {
    return passing;
  }

  /**
   * Of an answer that is an error.
   *
   * @param code of the error, as AWS has it
   * @param said by AWS, for an error that is none of those with a cure
   * @param action that was called, as IAM names it
   */
  public static AwsException of(String code, int status, String said, String action) {
    if (DENIED.contains(code)) {
      return new AwsException(
          "the permission %s is missing; `./deploy.sh permissions bench` prints the policies that a benchmark needs"
              .formatted(action),
          false);
    }
    if (CREDENTIALS.contains(code)) {
      return new AwsException(
          "AWS does not accept the credentials (%s): they have expired, or are wrong; renew them (in a Learner Lab: start it again and copy its new credentials)"
              .formatted(code),
          false);
    }
    if (THROTTLED.contains(code)) {
      return new AwsException(
          "AWS limits how often %s may be called (%s)".formatted(action, code), true);
    }
    return new AwsException(said, status >= SERVER_ERROR);
  }

  /** Of what the SDK throws. */
  public static AwsException of(SdkException e, String action) {
    String reason = reason(e);
    if (e instanceof AwsServiceException refusal) {
      String code =
          refusal.awsErrorDetails() == null
              ? ""
              : String.valueOf(refusal.awsErrorDetails().errorCode());
      return of(code, refusal.statusCode(), reason, action);
    }
    if (reason.contains("could not be renewed")) { // lab's words; it has them again after a login
      return new AwsException(
          "the AWS credentials have expired and could not be renewed; log in again", true);
    }
    return new AwsException(
        reason.toLowerCase(Locale.ROOT).contains("unable to load credentials")
            ? withoutCredentials(reason)
            : reason,
        false);
  }

  /** What helps, by what the SDK's providers of credentials said in turn. */
  private static String withoutCredentials(String reason) {
    return reason.contains("service module must be on the class path")
        ? "bench itself cannot use such a login; run ./deploy.sh bench, or take keys: eval \"$(aws configure export-credentials --format env)\""
        : "there are no AWS credentials; set AWS_PROFILE, or run `aws configure`";
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
