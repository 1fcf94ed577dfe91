package dev.leadline.balancer.config;

import static dev.leadline.balancer.config.GroupForm.HOST;
import static dev.leadline.balancer.config.GroupForm.NAME;

import dev.leadline.balancer.config.BalancerConfig.AccessLog;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.CloudWatch;
import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.BalancerConfig.Protocol;
import dev.leadline.balancer.config.BalancerConfig.ProxyProtocol;
import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.config.BalancerConfig.WarmUp;
import dev.leadline.balancer.rules.Cidr;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.ScalarType;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the configuration file is written. Here, in {@link GroupForm} and in {@link RuleForm} each
 * key has its one descriptor: what it means, what is allowed and what its default is.
 */
final class BalancerForm {

  private static final int MAX_DIMENSIONS = 29; // CloudWatch takes 30; one is the target group.

  /** The whole file. */
  static final Form<BalancerConfig> FORM =
      Form.mapping(BalancerForm::config)
          .check(BalancerForm::checkRules)
          .check(ProtocolCheck::check);

  private BalancerForm() {}

  private record Listener(
      Address address,
      Protocol protocol,
      int loops,
      Optional<Tls> tls,
      Optional<ProxyProtocol> proxyProtocol) {}

  private static BalancerConfig config(Fields it) {
    Listener listener =
        it.required(
            "listener", Form.mapping(BalancerForm::listener), "Where clients send requests.");
    List<Group> groups =
        it.required("targetGroups", GroupForm.groups(listener.protocol), "The groups of servers.");
    Rules rules = RuleForm.rules(it);
    return new BalancerConfig(
        listener.address,
        listener.protocol,
        listener.loops,
        listener.tls,
        listener.proxyProtocol,
        it.optional(
            "admin",
            Form.mapping(fields -> address(fields, "127.0.0.1")),
            "none",
            "A read-only port with dashboard, status and metrics."),
        it.optional(
            "peers",
            PeersForm.FORM,
            "it routes alone",
            "The other balancers in front of the same targets. They tell each other over UDP how"
                + " many requests they have in flight."),
        it.optional(
            "warmUp",
            Form.mapping(BalancerForm::warmUp),
            "none",
            "Requests that the balancer sends through itself at its start, so that Java compiles the"
                + " code. `/ready` of the admin port answers 503 until they have ended."),
        it.optional(
            "cloudwatch",
            Form.mapping(BalancerForm::cloudWatch),
            "none",
            "Publishes metrics to Amazon CloudWatch."),
        it.optional(
            "accessLog",
            Form.mapping(BalancerForm::accessLog),
            "none",
            "Writes a line for every request."),
        it.optional(
            "tracing",
            Form.mapping(BalancerForm::tracing),
            "none",
            "Begins a W3C trace where a request brings no valid `traceparent`. Without it that"
                + " header is passed on only."),
        it.group(
            "connections",
            Form.mapping(BalancerForm::connections),
            "Limits of the connections to targets."),
        it.group("timeouts", Form.mapping(TimeoutsForm::read), "How long the balancer waits."),
        it.group(
            "limits",
            Form.mapping((Fields fields) -> Limits.form(fields, listener.protocol == Protocol.TCP)),
            "What all clients together may take of the balancer."),
        it.group(
            "dns",
            DnsForm.FORM,
            "How the host names of targets are looked up. `search` and `options ndots` of"
                + " `/etc/resolv.conf` hold too."),
        groups,
        rules);
  }

  private static Listener listener(Fields it) {
    return new Listener(
        address(it, "0.0.0.0"),
        it.get(
            Option.of(
                "protocol",
                ScalarType.oneOf(List.of("http", "tcp"))
                    .as(
                        word -> Protocol.valueOf(word.toUpperCase(Locale.ROOT)),
                        value -> value.name().toLowerCase(Locale.ROOT)),
                Protocol.HTTP,
                "`http`: requests are routed by the rules. `tcp`: each connection goes to a target"
                    + " of the `defaultAction`'s group, and its bytes are passed on as they are,"
                    + " whatever is spoken. What is for HTTP only is refused then.")),
        it.integer(
            "loops",
            1,
            1,
            64,
            "threads",
            "Event loops (threads) that serve the listener; each has its part of all limits."),
        it.optional("tls", TlsForm.FORM, "plain HTTP", "Makes the listener speak HTTPS."),
        it.optional(
            "proxyProtocol",
            Form.mapping(BalancerForm::proxyProtocol),
            "off",
            "Takes the client's address from the PROXY header (version 1 or 2) of a balancer in"
                + " front, such as a Network Load Balancer."));
  }

  private static ProxyProtocol proxyProtocol(Fields it) {
    return new ProxyProtocol(
        it.required(
            "from",
            Form.scalar(RuleForm.BLOCK, Cidr.parse("10.0.0.0/8"))
                .list("at least one block of IP addresses", 1),
            "The networks of the balancers in front. Connections from there must begin with a"
                + " header; those from elsewhere are taken as they are, and closed if they begin"
                + " with one."),
        it.duration(
            "timeout",
            "5s",
            "100ms",
            "1m",
            "Longest time for the whole header; then the connection is closed."));
  }

  private static Address address(Fields it, String usualHost) {
    int port =
        it.required(
            "port",
            ScalarType.integer(0, 65535),
            "8080",
            "TCP port to listen on; 0 takes any free port.");
    return new Address(
        it.get(
            Option.of(
                "host",
                HOST,
                usualHost,
                "Host name or IP address of the interface to listen on; 0.0.0.0 is all of them.")),
        port);
  }

  private static WarmUp warmUp(Fields it) {
    String example = "http://127.0.0.1:8000/health";
    ScalarType<URI> url =
        ScalarType.text(Pattern.compile("http://[!-~]+"), "a URL such as " + example)
            .as(BalancerForm::urlWithHost, URI::toString);
    return new WarmUp(
        it.required(
            "url",
            url,
            example,
            "URL to request, through the balancer itself. Where it is a target of a group, that"
                + " group's `protocol` and `tls` are used. The requests come in over HTTP/1.1"
                + " without TLS."),
        it.integer("requests", 5000, 1, 100_000, "requests", "Number of these requests."),
        it.flag(
            "beforeListening",
            false,
            "Whether the listener opens only after them, which takes seconds. Otherwise it opens at"
                + " once, and a client that does not look at `/ready` may meet a slow balancer."));
  }

  private static URI urlWithHost(String text) {
    URI url = URI.create(text);
    if (url.getHost() == null || url.getPort() > 65_535) {
      throw new IllegalArgumentException(text);
    }
    return url;
  }

  private static CloudWatch cloudWatch(Fields it) {
    return new CloudWatch(
        it.get(Option.of("namespace", NAME, "Leadline", "Namespace of all metrics.")),
        it.required(
            "dimensions",
            dimensions(),
            "Names and values of the dimensions that every metric has; the balancer adds"
                + " TargetGroup itself."),
        it.duration("interval", "15s", "1s", "1m", "Time between two publications."));
  }

  private static Form<Map<String, String>> dimensions() {
    ScalarType<String> value =
        ScalarType.text(
            Pattern.compile("[!-~]([ -~]{0,253}[!-~])?"), "1 to 255 visible ASCII characters");
    return Form.scalar(value, "i-0123")
        .named("at least one name with its value", 1, MAX_DIMENSIONS)
        .check(
            (node, names) -> {
              if (names.containsKey("TargetGroup")) {
                throw node.error("has TargetGroup, which the balancer adds itself; remove it");
              }
            });
  }

  private static AccessLog accessLog(Fields it) {
    ScalarType<AccessLog.Format> format =
        ScalarType.oneOf(List.of("json", "alb"))
            .as(
                word -> AccessLog.Format.valueOf(word.toUpperCase(Locale.ROOT)),
                value -> value.name().toLowerCase(Locale.ROOT));
    return new AccessLog(
        it.get(
            Option.of(
                "format",
                format,
                AccessLog.Format.JSON,
                "`json`: a JSON object in each line; `alb`: the fields of an Application Load"
                    + " Balancer.")),
        it.optional(
            "file",
            logFile(),
            "standard output",
            "File that the lines are appended to; it is opened anew when it was renamed or"
                + " removed."),
        it.flag(
            "query", true, "Whether the lines have the queries of URIs, which may hold secrets."));
  }

  private static Tracing tracing(Fields it) {
    String example = "http://127.0.0.1:4318/v1/traces";
    ScalarType<URI> endpoint =
        ScalarType.text(
                Pattern.compile("https?://[^@#\\s]{1,500}"),
                "an http or https URL such as " + example + ", without user name and fragment")
            .as(BalancerForm::urlWithHost, URI::toString);
    return new Tracing(
        it.number(
            "sampled",
            1,
            0,
            1,
            "Share of the new traces that are marked as sampled; targets usually record no others."),
        it.optional(
            "otlp",
            Form.scalar(endpoint, URI.create(example)),
            "none are recorded",
            "OpenTelemetry collector (OTLP over HTTP, JSON) that gets the spans of all sampled"
                + " requests."));
  }

  private static Form<Path> logFile() {
    ScalarType<Path> name =
        ScalarType.text(Pattern.compile("[^\\x00-\\x1f]+"), "the name of a file")
            .as(Path::of, Path::toString);
    return Form.scalar(name, Path.of("/var/log/leadline/access.log"))
        .check(
            (node, file) -> {
              Path folder = file.toAbsolutePath().getParent();
              if (folder == null || !Files.isDirectory(folder)) {
                throw node.error("is '" + file + "'; there is no such directory: make it first");
              }
              if (Files.isDirectory(file)) {
                throw node.error("is '" + file + "', which is a directory; name a file in it");
              }
            });
  }

  private static Connections connections(Fields it) {
    return new Connections(
        it.integer(
            "perTarget",
            1024,
            1,
            60_000,
            "connections",
            "Most connections to one target; further requests wait for a free one."),
        it.duration(
            "keepAlive",
            "4s",
            "100ms",
            "60m",
            "How long an idle connection is kept; choose less than the target keeps it."));
  }

  private static void checkRules(YamlNode file, BalancerConfig config) {
    List<String> names = config.targetGroups().stream().map(Group::name).sorted().toList();
    RuleForm.checkForwards(file, config.rules(), names);
    RuleForm.checkRedirects(
        file,
        config.rules(),
        config.tls().isPresent() ? "https" : "http",
        config.listener().port());
  }
}
