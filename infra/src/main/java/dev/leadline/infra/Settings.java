package dev.leadline.infra;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything cdk.json's context says, checked.
 *
 * @param os what the instances run; the local profile has this machine's
 * @param allowedCidr the IPv4 range from which the balancers may be reached; empty: none
 * @param assetBucket the bucket for the jar, for an account that is not bootstrapped; empty: a name
 *     made of account and region
 * @param autoStopMinutes an instance without requests for so long powers itself off; 0: never
 */
record Settings(
    Profile profile,
    OperatingSystem os,
    Topology topology,
    Optional<String> allowedCidr,
    Optional<String> assetBucket,
    int autoStopMinutes) {

  private static final Set<String> KEYS =
      Set.of("profile", "os", "topology", "mixed", "allowedCidr", "assetBucket", "autoStopMinutes");
  private static final Pattern CIDR =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");
  private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]");

  /**
   * Reads the context.
   *
   * @throws ConfigurationException with one sentence that names key, value and what is allowed
   */
  static Settings read(Context context) {
    context.allow(KEYS);
    Profile profile = Profile.read(context);
    return new Settings(
        profile,
        OperatingSystem.read(context, profile),
        Topology.read(context, profile),
        cidr(context).or(profile::defaultAllowedCidr),
        context.optionalText(
            "assetBucket", BUCKET, "a bucket's name, 3 to 63 small letters, digits and hyphens"),
        context.has("autoStopMinutes") ? context.wholeNumber("autoStopMinutes", 0, 1440) : 0);
  }

  private static Optional<String> cidr(Context context) {
    String allowed =
        "an IPv4 range such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)";
    Optional<String> text = context.optionalText("allowedCidr", ANY, allowed);
    text.ifPresent(
        range -> {
          if (!isCidr(range)) {
            throw context.wrong("allowedCidr", allowed);
          }
        });
    return text;
  }

  private static boolean isCidr(String text) {
    Matcher parts = CIDR.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(5)) > 32) {
      return false;
    }
    for (int group = 1; group <= 4; group++) {
      if (Integer.parseInt(parts.group(group)) > 255) {
        return false;
      }
    }
    return true;
  }
}
