package dev.leadline.infra;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything cdk.json's context says, checked.
 *
 * @param os what the instances run; the local profile has this machine's
 * @param allowedCidrs the IPv4 ranges from which the balancers may be reached; empty: none
 * @param assetBucket the bucket for the jar, for an account that is not bootstrapped; empty: a name
 *     made of account and region
 * @param workMillis what a request costs its target, in milliseconds of a vCPU
 * @param autoStopMinutes an instance without requests for so long powers itself off; 0: never
 * @param certificates which of the balancers speaks HTTPS
 * @param keyName the EC2 key pair with which the allowed range may log in to every instance; empty:
 *     no key, and no SSH
 * @param zones the two availability zones of the lab; empty: the first two of the region
 * @param encryptedDisks whether the account's key for disks encrypts those of the instances
 * @param loadGenerator type of one more instance, which runs the benchmark, or {@value
 *     #ON_BALANCER}: the balancer's runs it; empty: none does
 * @param compared the kinds of load balancer that the lab has, in their order
 * @param watching limits of the alarms, and the address that gets them by e-mail
 */
record Settings(
    Profile profile,
    OperatingSystem os,
    Topology topology,
    List<String> allowedCidrs,
    Optional<String> assetBucket,
    int workMillis,
    int autoStopMinutes,
    Certificates certificates,
    Optional<String> keyName,
    List<String> zones,
    boolean encryptedDisks,
    Optional<String> loadGenerator,
    Set<BalancerKind> compared,
    Watching watching) {
  static final String ON_BALANCER = "balancer";

  private static final Set<String> KEYS =
      union(
          Set.of(
              "profile",
              "os",
              "topology",
              "topologies",
              "mixed",
              "allowedCidr",
              "assetBucket",
              "workMillis",
              "autoStopMinutes",
              "keyName",
              "zones",
              "disks",
              "loadGenerator",
              BalancerKind.KEY),
          Certificates.KEYS,
          Watching.KEYS);

  /**
   * Much more than the HTTP around it costs, so that the vCPUs of an instance decide how fast it
   * is, and a thousand requests at once are still answered within seconds.
   */
  private static final int DEFAULT_WORK_MILLIS = 5;

  private static final Pattern CIDR =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

  /** A security group takes 60 rules; a range needs two where there is SSH. */
  private static final int MOST_CIDRS = 20;

  private static final Pattern ZONE = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d[a-z]");
  private static final String ENCRYPTED = "encrypted";
  private static final String UNENCRYPTED = "unencrypted";
  private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);
  private static final Pattern KEY_NAME =
      Pattern.compile("[\\x21-\\x7e]([\\x20-\\x7e]{0,253}[\\x21-\\x7e])?");
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]");

  /**
   * Reads the context.
   *
   * @throws ConfigurationException with one sentence that names key, value and what is allowed
   */
  static Settings read(Context context) {
    context.allow(KEYS);
    Profile profile = Profile.read(context);
    List<String> allowedCidrs = cidrs(context, profile);
    Settings read =
        new Settings(
            profile,
            OperatingSystem.read(context, profile),
            Topology.read(context, profile),
            allowedCidrs,
            context.optionalText(
                "assetBucket",
                BUCKET,
                "a bucket's name, 3 to 63 small letters, digits and hyphens"),
            context.wholeNumber("workMillis", 0, 1000, DEFAULT_WORK_MILLIS),
            context.has("autoStopMinutes") ? context.wholeNumber("autoStopMinutes", 0, 1440) : 0,
            Certificates.read(context, profile),
            keyName(context, profile, allowedCidrs),
            zones(context),
            encryptedDisks(context, profile),
            loadGenerator(context, profile),
            BalancerKind.read(context),
            Watching.read(context, profile));
    read.checkBesideGroups(context);
    RedirectLoops.check(
        Topology.declared(context),
        read.topology,
        List.of(read.albListener(), read.balancerListener()));
    return read;
  }

  /** What cannot be together with instances that AWS launches and ends by itself. */
  private void checkBesideGroups(Context context) {
    boolean balancers = topology.balancer().scaling().isPresent();
    if ((balancers || topology.hasGroupsOfTargets()) && autoStopMinutes > 0) {
      throw context.wrong(
          "autoStopMinutes",
          "0 beside min and max in the topology: a group launches another for an instance that powers itself off");
    }
    if (topology.hasGroupsOfTargets() && !has(BalancerKind.ALB) && !has(BalancerKind.NLB)) {
      throw context.wrong(
          BalancerKind.KEY,
          "alb or nlb among them beside a cluster with min and max: their target groups say which instance leaves, a Classic Load Balancer has none");
    }
    if (!balancers) {
      return;
    }
    if (generatesOnBalancer()) {
      throw context.wrong(
          "loadGenerator",
          "an instance type beside topology.balancer.min: a balancer of a group may end at any time");
    }
    if (certificates.isSelfSigned()) {
      throw context.wrong(
          "balancerTls",
          "none or the ARN of a secret beside topology.balancer.min: each balancer would have another certificate");
    }
  }

  /** Whether the benchmark runs on the balancer's instance. */
  boolean generatesOnBalancer() {
    return loadGenerator.filter(ON_BALANCER::equals).isPresent();
  }

  /** How the Application Load Balancer is spoken to. */
  Listener albListener() {
    return Listener.of(profile, certificates.alb().isPresent());
  }

  /** How our own balancer is spoken to. */
  Listener balancerListener() {
    return Listener.of(profile, certificates.balancerHasOne());
  }

  /** Whether the lab has a load balancer of that kind. */
  boolean has(BalancerKind kind) {
    return compared.contains(kind);
  }

  /** The ports on which a kind of load balancer listens. */
  Ports ports(BalancerKind kind) {
    return switch (kind) {
      case ALB -> Ports.only(albListener().port());
      case NLB -> new Ports(Nlb.FIRST_PORT, Nlb.FIRST_PORT + topology.paths().size() - 1);
      case CLB -> Ports.only(profile.listenerPort());
      case LEADLINE -> Ports.only(balancerListener().port());
    };
  }

  /** SSH needs allowed ranges, and not the whole Internet. */
  private static Optional<String> keyName(
      Context context, Profile profile, List<String> allowedCidrs) {
    Optional<String> name =
        context.optionalText(
            "keyName", KEY_NAME, "the name of an EC2 key pair of the lab's account and region");
    if (name.isPresent() && profile == Profile.LOCAL) {
      throw context.wrong(
          "keyName", "none with profile local, whose instances run on this machine");
    }
    boolean open = allowedCidrs.stream().anyMatch(range -> range.endsWith("/0"));
    if (name.isPresent() && (allowedCidrs.isEmpty() || open)) {
      throw context.wrong(
          "keyName", "only with an allowedCidr that is not everybody: port 22 is opened to it");
    }
    return name;
  }

  private static Optional<String> loadGenerator(Context context, Profile profile) {
    if (!context.has("loadGenerator") || ON_BALANCER.equals(context.raw("loadGenerator"))) {
      return context.has("loadGenerator") ? Optional.of(ON_BALANCER) : Optional.empty();
    }
    return Optional.of(
        InstanceTypes.read(context, "loadGenerator", profile, ON_BALANCER + " (its host), or "));
  }

  private static boolean encryptedDisks(Context context, Profile profile) {
    String value = context.optionalText("disks", ANY, ENCRYPTED).orElse(ENCRYPTED);
    if (profile.disks() && List.of(ENCRYPTED, UNENCRYPTED).contains(value)) {
      return value.equals(ENCRYPTED);
    }
    if (!context.has("disks")) {
      return true;
    }
    throw context.wrong(
        "disks",
        profile.disks()
            ? ENCRYPTED + " or " + UNENCRYPTED
            : "none with profile local, whose instances have no disks");
  }

  @SafeVarargs
  private static Set<String> union(Set<String>... parts) {
    Set<String> all = new HashSet<>();
    for (Set<String> part : parts) {
      all.addAll(part);
    }
    return Set.copyOf(all);
  }

  private static List<String> cidrs(Context context, Profile profile) {
    if (!context.has("allowedCidr")) {
      return profile.defaultAllowedCidr().stream().toList();
    }
    List<String> ranges = context.list("allowedCidr");
    if (ranges.isEmpty()
        || ranges.size() > MOST_CIDRS
        || !ranges.stream().allMatch(Settings::isCidr)) {
      throw context.wrong(
          "allowedCidr",
          "IPv4 ranges, at most %d with commas between, such as 203.0.113.7/32 (your own address alone) or 0.0.0.0/0 (everybody)"
              .formatted(MOST_CIDRS));
    }
    return ranges;
  }

  private static List<String> zones(Context context) {
    if (!context.has("zones")) {
      return List.of();
    }
    List<String> zones = context.list("zones");
    if (zones.size() != Network.ZONES
        || !zones.stream().allMatch(zone -> ZONE.matcher(zone).matches())) {
      throw context.wrong(
          "zones",
          "two availability zones of the region with a comma between, such as us-east-1a,us-east-1b");
    }
    return zones;
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
