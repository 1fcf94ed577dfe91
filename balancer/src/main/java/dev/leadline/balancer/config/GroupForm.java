package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.ExtraRequests;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.balancer.config.BalancerConfig.Hedging;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.balancer.config.BalancerConfig.Protocol;
import dev.leadline.balancer.config.BalancerConfig.Stickiness;
import dev.leadline.balancer.config.TargetWire.ProxyVersion;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.HoldLimits;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.Ejection;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/** How the target groups are written. */
final class GroupForm {

  static final ScalarType<String> NAME =
      ScalarType.text(
          Pattern.compile("[A-Za-z0-9._/:-]{1,128}"),
          "1 to 128 letters, digits or the characters . _ / : -");
  static final ScalarType<String> HOST =
      ScalarType.text(Pattern.compile("[A-Za-z0-9._:%-]{1,253}"), "a host name or an IP address");

  private static final ScalarType<String> METRIC =
      ScalarType.text(
          Pattern.compile("[A-Za-z0-9._/-]{1,64}"), "1 to 64 letters, digits or . _ / -");

  /** What a host name with several addresses is. */
  private enum Addresses {
    ANY,
    EACH
  }

  private static final Option<Addresses> ADDRESSES =
      Option.of(
          "addresses",
          ScalarType.oneOf(List.of("any", "each"))
              .as(
                  word -> Addresses.valueOf(word.toUpperCase(Locale.ROOT)),
                  value -> value.name().toLowerCase(Locale.ROOT)),
          Addresses.ANY,
          "What a host name with several addresses is. `any`: one target, whose connections go to"
              + " the first address that takes them. `each`: every address is a target of its own,"
              + " named `ID/ADDRESS`.");

  private static final ScalarType<ProxyVersion> PROXY_VERSION =
      ScalarType.oneOf(List.of("v1", "v2")).as(ProxyVersion::of, ProxyVersion::toString);

  /** As a Network Load Balancer has it. */
  private static final RoutingPolicy OF_CONNECTIONS =
      Policies.named("flow_hash").orElseThrow().factory().apply(OptionValues.DEFAULTS);

  private GroupForm() {}

  /**
   * The groups of a file.
   *
   * @param listener decides about some defaults
   */
  static Form<List<Group>> groups(Protocol listener) {
    return Form.mapping(fields -> group(fields, listener == Protocol.TCP))
        .check(GroupForm::checkMembership)
        .list("a list of target groups", 0)
        .check(unique("name", Group::name, "another group's; names are unique"));
  }

  private static Group group(Fields it, boolean tcp) {
    String name = it.required("name", NAME, "cluster1", "Name of the group, unique in the file.");
    Optional<List<Target>> listed =
        it.optional(
            "targets",
            targets(),
            "those of `targetsFile` or `targetsFrom`",
            "The servers of the group. A group has one of `targets`, `targetsFile` and"
                + " `targetsFrom`.");
    Optional<Path> file =
        it.optional(
            "targetsFile",
            TargetsFile.NAME,
            "those of `targets`",
            "YAML or JSON file with a list of targets, written as in `targets`. It is watched: a"
                + " change is taken over within about a second. A file that cannot be used changes"
                + " nothing.");
    Optional<AwsMembers> aws =
        it.optional(
            "targetsFrom",
            AwsMembersForm.form(Optional.empty()),
            "those of `targets`",
            "Asks AWS for the targets, again and again. Their names are the ids of the instances,"
                + " `ID:PORT` where an instance has several ports.");
    Membership membership = new Membership(file, aws, it.get(ADDRESSES) == Addresses.EACH);
    List<Target> targets = file.map(TargetsFile::read).or(() -> listed).orElse(List.of());
    RoutingPolicy policy =
        it.optional(
                "policy",
                PolicyForm.form(),
                Policies.DEFAULT.name() + "; `flow_hash` with `listener.protocol: tcp`",
                "How a target is chosen for each request, or for each connection of a TCP listener.")
            .orElse(tcp ? OF_CONNECTIONS : Policies.DEFAULT);
    HealthCheck check =
        it.group("healthCheck", HealthCheckForm.form(tcp), "How targets are checked.");
    ExtraRequests extra = extra(it);
    GroupSettings usual = GroupSettings.of(policy);
    GroupSettings routing =
        new GroupSettings(
            policy,
            check.thresholds(),
            it.optional(
                    "ejection",
                    ejection(),
                    "on; `off` with `leadline`",
                    "Leaves a target out for a while when its requests go worse than those of the"
                        + " others (outlier ejection).")
                .orElse(usual.ejection()),
            it.optional(
                    "slowStart",
                    Form.mapping(SlowStart::of),
                    "off",
                    "Raises the share of a target that has just become healthy step by step.")
                .orElse(usual.slowStart()),
            it.optional(
                    "concurrencyLimit",
                    Form.mapping(ConcurrencyLimit.Rules::of),
                    "off",
                    "Limits the requests in flight at each target; the limit adapts to how the"
                        + " target answers.")
                .orElse(usual.limits()),
            it.group(
                "hold",
                Form.mapping(HoldLimits::of),
                "How many requests may wait, and how long, while every target is full. Beyond"
                    + " either limit the client gets a 503 whose body names the limit."));
    return new Group(
        new TargetGroup(name, targets),
        routing,
        check,
        extra,
        it.optional(
            "stickiness",
            Form.mapping(GroupForm::stickiness),
            "off",
            "Keeps the requests of a client at one target, by a cookie."),
        new TargetWire(
            it.get(
                Option.of(
                    "protocol",
                    ScalarType.oneOf(List.of("http1", "http2", "grpc"))
                        .as(TargetWire.Protocol::of, TargetWire.Protocol::toString),
                    TargetWire.Protocol.HTTP1,
                    "What is spoken to the targets: HTTP/1.1, HTTP/2 (with `tls` they have to"
                        + " choose it by ALPN, without they have to know it beforehand), or gRPC,"
                        + " which is HTTP/2 with outcomes and health checks of its own. Health"
                        + " checks and probes use it too.")),
            it.optional(
                "tls",
                TargetTlsForm.FORM,
                "plain HTTP",
                "Speaks HTTPS to the targets, health checks and probes included. `tls: {}` has all"
                    + " defaults."),
            it.optional(
                "proxyProtocol",
                Form.scalar(PROXY_VERSION, ProxyVersion.V2),
                "off",
                "With `listener.protocol: tcp` only: `v2` or `v1`. Connections to targets begin"
                    + " with a PROXY header of this version, which names the client. Health checks"
                    + " begin with one that names nobody (`LOCAL`, `UNKNOWN`).")),
        membership,
        it.optional(
            "loadMetric",
            Form.scalar(METRIC, "requests_in_flight"),
            "off",
            "Asks targets with every request how many they have in flight, of whomever, and"
                + " `leadline` adds those that come neither from this balancer nor from its peers."
                + " The value is the name of the metric among the `named_metrics` of the answer's"
                + " header `endpoint-load-metrics`, which is not passed on."));
  }

  private static void checkMembership(YamlNode node, Group group) {
    node.exactlyOne(
        List.of("targets", "targetsFile", "targetsFrom"),
        "'targets', a list, 'targetsFile', the name of a file with one, or 'targetsFrom', whom AWS"
            + " is asked for");
  }

  static Form<List<Target>> targets() {
    return Form.mapping(
            it ->
                new Target(
                    it.required("id", NAME, "i-0aaa", "Name of the target, unique in its group."),
                    it.required("address", HOST, "10.0.0.4", "Host name or IP address."),
                    it.required("port", ScalarType.integer(1, 65535), "8000", "TCP port."),
                    it.integer(
                        "weight",
                        1,
                        0,
                        Target.MAX_WEIGHT,
                        "Share of the requests, for policies that use weights; a target with"
                            + " weight 0 gets no requests.")))
        .list("a list of targets, [] for none", 0)
        .check(unique("id", Target::id, "another target's of this group; ids are unique"));
  }

  /** The keys of a group that say what may be sent beyond the clients' requests. */
  static ExtraRequests extra(Fields it) {
    boolean retry =
        it.flag(
            "retry",
            true,
            "Sends a failed request once more to another target, if repeating is safe and the client"
                + " has got no part of an answer.");
    Optional<StatusCodes> retryCodes =
        it.optional(
            "retryCodes",
            Form.scalar(StatusCodes.SERVER_ERRORS, StatusCodes.UNAVAILABLE),
            "none",
            "With `retry`: statuses that count as such a failure too. The answer is thrown away if"
                + " the request is sent once more, and passed on otherwise.");
    Budget budget =
        it.group(
            "budget",
            Form.mapping(Budget::of),
            "Limits retries, hedged requests and a policy's probes together.");
    return new ExtraRequests(
        retry,
        retryCodes,
        it.optional(
            "hedging",
            Form.mapping(GroupForm::hedging),
            "off",
            "Sends a slow request to a second target as well and takes the first answer."),
        budget.perRequest,
        budget.perSecond);
  }

  private record Budget(double perRequest, double perSecond) {
    static Budget of(Fields it) {
      return new Budget(
          it.number(
              "perRequest", 0.2, 0, 10, "requests", "Extra requests allowed for each request."),
          it.number(
              "perSecond",
              10,
              0,
              10_000,
              "requests",
              "Extra requests allowed in addition every second."));
    }
  }

  private static Stickiness stickiness(Fields it) {
    return new Stickiness(
        it.required(
            "key",
            ScalarType.text(Pattern.compile("[!-~]{16,256}"), "16 to 256 characters, no spaces"),
            "a-secret-of-your-own",
            "A secret that signs the cookies. Balancers with the same key and group understand each"
                + " other's."),
        it.duration(
            "duration",
            "1440m",
            "1s",
            "10080m",
            "A client that does not come back for this time gets a new target."),
        it.get(
            Option.of(
                "applicationCookie",
                ScalarType.text(
                    Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{0,128}"), "the name of a cookie"),
                "",
                "Only answers of targets that set this cookie begin a session, and only requests"
                    + " that have it belong to one. Without it every answer begins one.")));
  }

  private static Hedging hedging(Fields it) {
    return new Hedging(
        it.number(
            "quantile",
            0.95,
            0.5,
            0.999,
            "share",
            "A request is slow when it takes longer than this share of the group's requests."),
        it.duration(
            "leastDelay",
            "10ms",
            "1ms",
            "1m",
            "The second request is sent after this time at the earliest."));
  }

  private static Form<Ejection> ejection() {
    ScalarType<Ejection> off =
        ScalarType.oneOf(List.of("off")).as(word -> Ejection.OFF, ejection -> "off");
    return Form.mapping(Ejection::of).orWord(Form.scalar(off, Ejection.OFF), "off, or a mapping");
  }

  private static <T> BiConsumer<YamlNode, List<T>> unique(
      String key, Function<T, String> name, String others) {
    return (node, items) -> {
      Set<String> names = new HashSet<>();
      for (int i = 0; i < items.size(); i++) {
        String one = name.apply(items.get(i));
        if (!names.add(one)) {
          throw node.item(i).at(key).error("is '" + one + "', as " + others);
        }
      }
    };
  }
}
