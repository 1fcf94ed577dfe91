package dev.leadline.infra;

import dev.leadline.infra.ListenerRule.Action;
import dev.leadline.infra.ListenerRule.Conditions;
import dev.leadline.infra.ListenerRule.FixedResponse;
import dev.leadline.infra.ListenerRule.Forward;
import dev.leadline.infra.ListenerRule.Named;
import dev.leadline.infra.ListenerRule.Redirect;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads the rules of the topology. They have the keys of the balancer's configuration, and may say
 * only what both balancers can do and do alike: what one of them cannot is refused with the reason.
 */
final class ListenerRules {
  // Quotas of an Application Load Balancer.
  private static final int RULES = 100;
  private static final int VALUES_OF_A_CONDITION = 3;
  private static final int VALUES_OF_A_RULE = 5;
  private static final int WILDCARDS_OF_A_RULE = 5;
  private static final int GROUPS_OF_AN_ACTION = 5;

  private static final Set<String> CONDITIONS =
      Set.of("paths", "hosts", "methods", "headers", "query", "sources");
  private static final Set<String> ACTIONS = Set.of("forward", "redirect", "fixedResponse");

  private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/:-]{1,64}");
  private static final Pattern PATH = Pattern.compile("[/*][A-Za-z0-9_.$/~'@:+&*?-]{0,127}");
  private static final Pattern NOT_NORMAL = Pattern.compile("//|/\\.{1,2}(/|$)|^\\*?\\.{1,2}/");
  private static final Pattern HOST = Pattern.compile("(?=.{1,128}$)[A-Za-z0-9._*?-]*\\.[A-Za-z]+");
  private static final Pattern METHOD = Pattern.compile("[A-Z_-]{1,40}");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,40}");
  private static final Pattern VALUE = Pattern.compile("[!-~]([ -~]{0,126}[!-~])?");
  private static final Pattern QUERY = Pattern.compile("[A-Za-z0-9_.~$/'@:()!,;=*?\\\\-]{1,128}");
  private static final Pattern BLOCK = Pattern.compile("([0-9A-Fa-f:.]+)/([0-9]{1,3})");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");

  /** A character of a URL's path. */
  private static final String URL = "[A-Za-z0-9._~!$&'()*+,;=:@/%-]";

  /** Ends as the name that AWS gives to a load balancer; our balancer is asked by its address. */
  private static final String MEASURED_HOST = "leadline.us-east-1.elb.amazonaws.com";

  private static final String VALUES =
      "1 to 128 printable ASCII characters without a space at either end, where * stands for any"
          + " characters and ? for one";

  private final Set<String> clusters;

  private ListenerRules(Set<String> clusters) {
    this.clusters = clusters;
  }

  /** Reads {@code rules}; without the key there are none. */
  static List<ListenerRule> read(Context topology, List<String> clusters) {
    ListenerRules reader = new ListenerRules(new LinkedHashSet<>(clusters));
    return topology.optionalObjects("rules").stream().map(reader::rule).toList();
  }

  /** Reads {@code defaultAction}: what is done with a request that no rule matches. */
  static Optional<Action> readDefault(Context topology, List<String> clusters) {
    if (!topology.has("defaultAction")) {
      return Optional.empty();
    }
    Context action = topology.object("defaultAction");
    action.allow(ACTIONS);
    return Optional.of(new ListenerRules(new LinkedHashSet<>(clusters)).action(action));
  }

  private ListenerRule rule(Context rule) {
    Set<String> keys = new LinkedHashSet<>(CONDITIONS);
    keys.addAll(ACTIONS);
    keys.add("name");
    rule.allow(keys);
    Conditions when =
        new Conditions(
            rule.texts(
                "paths",
                matches(PATH).and(it -> !NOT_NORMAL.matcher(it).find()),
                "a pattern that begins with / or *, of at most 128 letters, digits and"
                    + " _.$/~'@:+&-*?, without empty and dot segments: the paths of requests are"
                    + " compared without them"),
            rule.texts(
                "hosts",
                matches(HOST),
                "a host name without port of at most 128 letters, digits and -._*?, with a dot and"
                    + " only letters behind the last one: an Application Load Balancer takes no"
                    + " other"),
            rule.texts("methods", matches(METHOD), "a method such as \"GET\", of A-Z, - and _"),
            rule.optionalObjects("headers").stream().map(ListenerRules::header).toList(),
            rule.optionalObjects("query").stream().map(ListenerRules::query).toList(),
            rule.texts(
                "sources",
                ListenerRules::isBlock,
                "an address block such as 10.0.0.0/8 or 2001:db8::/32, with zeros behind its"
                    + " prefix"));
    checkSize(rule, when);
    return new ListenerRule(
        rule.optionalText("name", NAME, "1 to 64 letters, digits and ._/:-"), when, action(rule));
  }

  private static Named header(Context header) {
    header.allow(Set.of("name", "values"));
    String name =
        header.text(
            "name",
            HEADER,
            "1 to 40 letters, digits and hyphens: the Application Load Balancer of the lab drops"
                + " other headers");
    if (name.equalsIgnoreCase("host")) {
      throw header.wrong("name", "any header but Host; use hosts for it");
    }
    return new Named(name, required(header, VALUE, VALUES));
  }

  private static Named query(Context query) {
    query.allow(Set.of("key", "values"));
    String allowed =
        "1 to 128 letters, digits and _.~$/'@:()!,;=-*?\\, which clients do not encode: only our"
            + " balancer is known to decode a query before it compares";
    String key = query.has("key") ? query.text("key", QUERY, allowed) : Named.ANY;
    return new Named(key, required(query, QUERY, allowed));
  }

  private static List<String> required(Context condition, Pattern pattern, String allowed) {
    if (!condition.has("values")) {
      throw condition.wrong("values", "a list of at least one text");
    }
    return condition.texts("values", matches(pattern), allowed);
  }

  private static void checkSize(Context rule, Conditions when) {
    List<List<String>> conditions = when.values().toList();
    if (conditions.isEmpty()) {
      throw rule.problem(
          "has no condition; allowed: at least one of "
              + String.join(", ", CONDITIONS.stream().sorted().toList())
              + ", and defaultAction beside rules for what no rule matches");
    }
    checkQuota(
        rule,
        conditions.stream().mapToInt(List::size).max().orElse(0),
        VALUES_OF_A_CONDITION,
        "values in a condition");
    checkQuota(
        rule, conditions.stream().mapToInt(List::size).sum(), VALUES_OF_A_RULE, "condition values");
    checkQuota(
        rule,
        (int)
            conditions.stream()
                .flatMap(List::stream)
                .flatMapToInt(String::chars)
                .filter(it -> it == '*' || it == '?')
                .count(),
        WILDCARDS_OF_A_RULE,
        "wildcards");
  }

  private static void checkQuota(Context rule, int found, int most, String what) {
    if (found > most) {
      throw rule.problem(
          "has %d %s; allowed: %d, as an Application Load Balancer takes no more, so make two rules of it"
              .formatted(found, what, most));
    }
  }

  private Action action(Context rule) {
    List<String> found = ACTIONS.stream().filter(rule::has).toList();
    if (found.size() != 1) {
      throw rule.problem(
          "has %s; allowed: exactly one of forward, redirect, fixedResponse"
              .formatted(found.isEmpty() ? "no action" : found.size() + " actions"));
    }
    return switch (found.get(0)) {
      case "redirect" -> redirect(rule.object("redirect"));
      case "fixedResponse" -> fixedResponse(rule.object("fixedResponse"));
      default -> forward(rule);
    };
  }

  private Forward forward(Context rule) {
    Map<String, Integer> weights = new LinkedHashMap<>();
    if (rule.raw("forward") instanceof String) {
      return new Forward(Map.of(cluster(rule, "forward"), 1));
    }
    for (Context item : rule.objects("forward")) {
      item.allow(Set.of("targetGroup", "weight"));
      String cluster = cluster(item, "targetGroup");
      if (weights.put(cluster, item.wholeNumber("weight", 0, 999, 1)) != null) {
        throw item.wrong("targetGroup", "each cluster once");
      }
    }
    if (weights.values().stream().allMatch(it -> it == 0)) {
      throw rule.wrong("forward", "at least one weight above 0");
    }
    checkQuota(rule, weights.size(), GROUPS_OF_AN_ACTION, "clusters in forward");
    return new Forward(weights);
  }

  private String cluster(Context place, String key) {
    String allowed = "a cluster's name (" + String.join(", ", clusters) + ")";
    String name = place.text(key, ANY, allowed);
    if (!clusters.contains(name)) {
      throw place.wrong(key, allowed + Spelling.suggestion(name, clusters));
    }
    return name;
  }

  private static Redirect redirect(Context redirect) {
    redirect.allow(Set.of("status", "protocol", "host", "port", "path", "query"));
    return new Redirect(
        redirect.wholeNumber("status", 301, 302, 302),
        part(redirect, "protocol", "https?|#\\{protocol\\}", "http, https or #{protocol}"),
        part(
            redirect,
            "host",
            "(?=.{1,128}$)([A-Za-z0-9._-]|#\\{host\\})+",
            "a host name of at most 128 characters, in which #{host} stands for the request's"),
        port(redirect),
        part(
            redirect,
            "path",
            "(?=.{1,128}$)/(" + URL + "|#\\{(host|path|port)\\})*",
            "a path of at most 128 characters, in which #{host}, #{path} (without its first"
                + " slash) and #{port} stand for the request's"),
        part(
            redirect,
            "query",
            "(?=.{0,128}$)(" + URL + "|\\?|#\\{(host|path|port|query)\\})*",
            "a query without ? of at most 128 characters, in which #{host}, #{path}, #{port}"
                + " and #{query} stand for the request's"));
  }

  private static Optional<String> part(
      Context redirect, String key, String pattern, String allowed) {
    return redirect.optionalText(key, Pattern.compile(pattern), allowed);
  }

  private static Optional<String> port(Context redirect) {
    if ("#{port}".equals(redirect.raw("port"))) {
      return Optional.of("#{port}");
    }
    return redirect.has("port")
        ? Optional.of(Integer.toString(redirect.wholeNumber("port", 1, 65535)))
        : Optional.empty();
  }

  private static FixedResponse fixedResponse(Context response) {
    response.allow(Set.of("status", "contentType", "body"));
    int status = response.wholeNumber("status", 200, 599);
    if (status / 100 == 3) {
      throw response.wrong("status", "2xx, 4xx or 5xx; use redirect for 301 and 302");
    }
    List<String> types =
        List.of(
            "text/plain", "text/css", "text/html", "application/javascript", "application/json");
    String allowed = "one of " + String.join(", ", types);
    String type = response.optionalText("contentType", ANY, allowed).orElse(types.get(0));
    if (!types.contains(type)) {
      throw response.wrong("contentType", allowed + Spelling.suggestion(type, types));
    }
    String body = response.optionalText("body", ANY, "a text").orElse("");
    int bytes = body.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > 1024) {
      throw response.problem("has a body of %d bytes; allowed: 1024".formatted(bytes));
    }
    if (bytes > 0 && (status == 204 || status == 205)) {
      throw response.wrong("body", "none with status " + status);
    }
    return new FixedResponse(status, type, body);
  }

  private static Predicate<String> matches(Pattern pattern) {
    return text -> pattern.matcher(text).matches();
  }

  /** Whether the text is an address, a slash, and a prefix behind which all bits are zero. */
  private static boolean isBlock(String text) {
    var parts = BLOCK.matcher(text);
    if (!parts.matches()
        || !(parts.group(1).contains(":") || IPV4.matcher(parts.group(1)).matches())) {
      return false;
    }
    try {
      byte[] address = InetAddress.getByName(parts.group(1)).getAddress(); // never a name here
      int behind = address.length * 8 - Integer.parseInt(parts.group(2));
      return behind >= 0
          && (new BigInteger(1, address).equals(BigInteger.ZERO)
              || new BigInteger(1, address).getLowestSetBit() >= behind);
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }

  /**
   * Refuses what is too much for an Application Load Balancer, and a rule that the benchmark's own
   * request for a path may meet: what is measured there has to be the cluster.
   */
  static void checkTogether(Context topology, Topology read) {
    int page = FrontPage.rule(read, "").isPresent() ? 1 : 0;
    int rules = read.rules().size() + read.paths().size() + page;
    if (rules > RULES) {
      throw topology.wrong(
          "rules",
          "%d rules with those of the clusters' paths, as an Application Load Balancer takes no more; there are %d"
              .formatted(RULES, rules));
    }
    List<Context> written = topology.optionalObjects("rules");
    for (int i = 0; i < read.rules().size(); i++) {
      for (String path : read.paths()) {
        if (mayMeet(read.rules().get(i).when(), path)) {
          throw written
              .get(i)
              .problem(
                  "may match GET %s, which the benchmark measures; allowed: paths, hosts, methods, headers or query that keep it apart"
                      .formatted(path));
        }
      }
    }
  }

  /** The benchmark sends no query and no header of its own; its address is not fixed. */
  private static boolean mayMeet(Conditions when, String path) {
    return when.query().isEmpty()
        && when.headers().isEmpty()
        && (when.methods().isEmpty() || when.methods().contains("GET"))
        && (when.hosts().isEmpty() || anyFits(when.hosts(), MEASURED_HOST))
        && (when.paths().isEmpty() || anyFits(when.paths(), path));
  }

  private static boolean anyFits(List<String> patterns, String text) {
    return patterns.stream()
        .map(it -> "\\Q" + it.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\E")
        .anyMatch(text::matches);
  }
}
