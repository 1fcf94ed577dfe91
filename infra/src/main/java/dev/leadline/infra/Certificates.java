package dev.leadline.infra;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which of the two balancers speaks HTTPS, and with whose certificate.
 *
 * @param alb ARN of the Application Load Balancer's certificate in ACM; empty: it speaks HTTP
 * @param balancer our own balancer's, as userdata/balancer.sh reads it: {@value #NONE}, {@value
 *     #SELF_SIGNED}, or the ARN of a secret of Secrets Manager
 */
record Certificates(Optional<String> alb, String balancer) {
  static final Set<String> KEYS = Set.of("certificateArn", "balancerTls");

  private static final String NONE = "none";
  private static final String SELF_SIGNED = "self-signed";
  private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);
  private static final Pattern CERTIFICATE =
      Pattern.compile("arn:aws[a-z-]*:acm:[a-z0-9-]+:\\d{12}:certificate/[A-Za-z0-9-]+");
  // Whole, with the six characters at its end: a policy that names less allows nothing.
  private static final Pattern SECRET =
      Pattern.compile(
          "arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]+-[A-Za-z0-9]{6}");

  static Certificates read(Context context, Profile profile) {
    if (profile == Profile.LOCAL) {
      refuse(context, "certificateArn", "none with profile local, whose emulated load balancer");
      refuse(context, "balancerTls", "none with profile local, whose balancer");
    }
    return new Certificates(
        context.optionalText(
            "certificateArn",
            CERTIFICATE,
            "the ARN of a certificate in ACM, arn:aws:acm:REGION:ACCOUNT:certificate/ID"),
        balancer(context));
  }

  /** Whether our own balancer speaks HTTPS. */
  boolean balancerHasOne() {
    return !balancer.equals(NONE);
  }

  /** Whether our own balancer makes its certificate itself. */
  boolean isSelfSigned() {
    return balancer.equals(SELF_SIGNED);
  }

  /** The secret that holds our own balancer's certificate and key; empty where there is none. */
  Optional<String> secret() {
    return SECRET.matcher(balancer).matches() ? Optional.of(balancer) : Optional.empty();
  }

  /**
   * Both services serve their own region only; CloudFormation would say so after minutes.
   *
   * @throws ConfigurationException where one of the two is in another region
   */
  void requireRegion(String region) {
    alb.ifPresent(arn -> requireRegion("certificateArn", arn, region));
    secret().ifPresent(arn -> requireRegion("balancerTls", arn, region));
  }

  private static void requireRegion(String key, String arn, String region) {
    if (!arn.split(":", -1)[3].equals(region)) {
      throw new ConfigurationException(
          "%s is \"%s\"; allowed: one of %s, the region of the lab".formatted(key, arn, region));
    }
  }

  private static String balancer(Context context) {
    String allowed =
        "none, self-signed, or the ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-123456";
    String value = context.optionalText("balancerTls", ANY, allowed).orElse(NONE);
    if (value.equals(NONE) || value.equals(SELF_SIGNED) || SECRET.matcher(value).matches()) {
      return value;
    }
    throw context.wrong("balancerTls", allowed);
  }

  private static void refuse(Context context, String key, String reason) {
    if (context.has(key) && !NONE.equals(context.raw(key))) {
      throw context.wrong(key, reason + " speaks HTTP");
    }
  }
}
