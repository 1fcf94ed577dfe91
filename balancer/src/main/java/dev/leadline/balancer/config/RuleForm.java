package dev.leadline.balancer.config;

import static dev.leadline.balancer.config.GroupForm.NAME;

import dev.leadline.balancer.rules.Action;
import dev.leadline.balancer.rules.Action.FixedResponse;
import dev.leadline.balancer.rules.Action.Forward;
import dev.leadline.balancer.rules.Action.NotFound;
import dev.leadline.balancer.rules.Action.Redirect;
import dev.leadline.balancer.rules.Action.WeightedGroup;
import dev.leadline.balancer.rules.Cidr;
import dev.leadline.balancer.rules.RedirectLocation;
import dev.leadline.balancer.rules.RedirectLoops;
import dev.leadline.balancer.rules.RequestPath;
import dev.leadline.balancer.rules.Rule;
import dev.leadline.balancer.rules.Rule.Conditions;
import dev.leadline.balancer.rules.Rule.HeaderCondition;
import dev.leadline.balancer.rules.Rule.QueryCondition;
import dev.leadline.balancer.rules.Rules;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.ScalarType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How the rules are written. */
final class RuleForm {

  private static final int MAX_BODY_BYTES = 1024; // as an Application Load Balancer has it
  private static final List<String> ACTIONS = List.of("forward", "redirect", "fixedResponse");
  private static final Set<String> CONDITIONS =
      Set.of("paths", "hosts", "methods", "headers", "query", "sources");

  private static final ScalarType<String> RULE_NAME =
      ScalarType.text(
          Pattern.compile("[A-Za-z0-9._/:-]{0,64}"),
          "up to 64 letters, digits or the characters . _ / : -");
  private static final ScalarType<String> PATH =
      ScalarType.text(
          Pattern.compile("[/*][!-~]{0,127}"),
          "a pattern that begins with / or *, where * stands for any characters and ? for one");
  private static final ScalarType<String> HOST =
      ScalarType.text(
          Pattern.compile("[A-Za-z0-9._:\\[\\]*?-]{1,128}"),
          "a host name without port, where * stands for any characters and ? for one");
  private static final ScalarType<String> TOKEN =
      ScalarType.text(Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}"), "an HTTP token");
  private static final ScalarType<String> VALUE =
      ScalarType.text(
          Pattern.compile("[ -~]{1,128}"),
          "1 to 128 printable ASCII characters, where * stands for any characters and ? for one");
  static final ScalarType<Cidr> BLOCK =
      ScalarType.text(
              Pattern.compile("[0-9A-Fa-f:.]+/[0-9]{1,3}"),
              "an address block such as 10.0.0.0/8 or 2001:db8::/32, with zeros behind its prefix")
          .as(Cidr::parse, Cidr::toString);

  private RuleForm() {}

  static Rules rules(Fields it) {
    List<Rule> list =
        it.required(
            "rules",
            Form.mapping(RuleForm::rule).check(RuleForm::checkRule).list("a list of rules", 0),
            "What is done with which requests: conditions, all of which a request has to fulfil,"
                + " and one action. The first rule that matches wins.");
    return new Rules(
        list,
        it.optional(
                "defaultAction",
                Form.mapping(RuleForm::action).check(RuleForm::checkAction),
                "the client gets a 404",
                "What is done with a request that no rule matches.")
            .orElse(new NotFound()));
  }

  private static Rule rule(Fields it) {
    String name =
        it.get(
            Option.of(
                "name",
                RULE_NAME,
                "",
                "What logs call the rule; without a name it is its number, from 1 on."));
    return new Rule(
        name,
        new Conditions(
            values(
                it,
                "paths",
                Form.scalar(PATH, "/*").check(RuleForm::checkPath),
                "at least one path pattern",
                "Patterns of paths: `*` stands for any characters, `?` for one. Case counts."),
            values(
                it,
                "hosts",
                Form.scalar(HOST, "*.example.com"),
                "at least one host pattern",
                "Patterns of host names. Case, port and a dot at the end do not count."),
            values(
                it,
                "methods",
                Form.scalar(TOKEN, "GET"),
                "at least one method",
                "Names of methods. Case counts."),
            values(
                it,
                "headers",
                Form.mapping(RuleForm::header).check(RuleForm::checkHeader),
                "at least one {name, values}",
                "Headers that all have to be there with one of their values."),
            values(
                it,
                "query",
                Form.mapping(RuleForm::query),
                "at least one {key, values}",
                "Query parameters that all have to be there with one of their values."),
            values(
                it,
                "sources",
                Form.scalar(BLOCK, Cidr.parse("10.0.0.0/8")),
                "at least one address block",
                "Blocks of IP addresses of clients, IPv4 or IPv6.")),
        action(it));
  }

  private static <T> List<T> values(
      Fields it, String key, Form<T> form, String allowed, String meaning) {
    return it.optional(key, form.list(allowed, 1), "any", meaning).orElse(List.of());
  }

  private static HeaderCondition header(Fields it) {
    return new HeaderCondition(
        it.required("name", TOKEN, "X-Version", "Name of the header; case does not count."),
        it.required(
            "values",
            Form.scalar(VALUE, "2.*").list("at least one pattern", 1),
            "Patterns of its value; case does not count."));
  }

  private static void checkHeader(YamlNode node, HeaderCondition header) {
    if (header.name().equalsIgnoreCase("host")) {
      throw node.at("name").error("is '" + header.name() + "'; use hosts for it");
    }
  }

  private static QueryCondition query(Fields it) {
    return new QueryCondition(
        it.get(
            Option.of("key", VALUE, "*", "Pattern of the parameter's name; case does not count.")),
        it.required(
            "values",
            Form.scalar(VALUE, "2.*").list("at least one pattern", 1),
            "Patterns of its value; case does not count."));
  }

  private static void checkPath(YamlNode node, String pattern) {
    if (!RequestPath.isUsable(pattern)) {
      throw node.error(
          "is '"
              + pattern
              + "', which no path fits: paths are compared without ;, empty or dot segments, and"
              + " without percent-encoding of printable characters");
    }
  }

  private static void checkRule(YamlNode node, Rule rule) {
    checkAction(node, rule.action());
    if (rule.when().isEmpty()) {
      throw node.error(
          "has no condition: it needs one of "
              + String.join(", ", CONDITIONS.stream().sorted().toList())
              + "; what is done when no rule matches is the defaultAction of the file");
    }
  }

  private static Action action(Fields it) {
    Optional<Action> forward =
        it.optional(
                "forward",
                forward(),
                "none",
                "Action: sends the request to a target group, or to one of several with weights.")
            .map(Forward::new);
    Optional<Redirect> redirect =
        it.optional(
            "redirect",
            Form.mapping(RuleForm::redirect),
            "none",
            "Action: sends the client to another URL.");
    Optional<FixedResponse> fixed =
        it.optional(
            "fixedResponse",
            Form.mapping(RuleForm::fixedResponse).check(RuleForm::checkFixedResponse),
            "none",
            "Action: answers the request.");
    return Stream.of(forward, redirect, fixed)
        .flatMap(Optional::stream)
        .map(Action.class::cast)
        .findFirst()
        .orElse(new NotFound());
  }

  private static void checkAction(YamlNode node, Action action) {
    long actions = node.entries("an action").keySet().stream().filter(ACTIONS::contains).count();
    if (actions != 1) {
      throw node.error("needs exactly one of " + String.join(", ", ACTIONS));
    }
  }

  private static Form<List<WeightedGroup>> forward() {
    String allowed = "a target group, or a list of {targetGroup, weight}";
    ScalarType<List<WeightedGroup>> one =
        NAME.as(name -> List.of(new WeightedGroup(name, 1)), groups -> groups.get(0).group());
    return Form.mapping(
            it ->
                new WeightedGroup(
                    it.required("targetGroup", NAME, "cluster1", "Name of a target group."),
                    it.integer("weight", 1, 0, 999, "Its share of the rule's requests.")))
        .list(allowed, 0)
        .check(
            (node, groups) -> {
              if (groups.stream().allMatch(group -> group.weight() == 0)) {
                throw node.error("has no target group with a weight above 0");
              }
            })
        .orWord(Form.scalar(one, List.of(new WeightedGroup("cluster1", 1))), allowed);
  }

  private static Redirect redirect(Fields it) {
    RedirectLocation same = RedirectLocation.SAME;
    String chars = "[!-~]{1,128}";
    return new Redirect(
        it.get(
            Option.of("status", status("301|302", "301 or 302"), 302, "301 (permanent) or 302.")),
        new RedirectLocation(
            it.get(
                Option.of(
                    "protocol",
                    ScalarType.oneOf(List.of("http", "https", same.protocol())),
                    same.protocol(),
                    "Protocol of the new URL.")),
            it.get(
                Option.of(
                    "host",
                    ScalarType.text(
                        Pattern.compile("([A-Za-z0-9._:\\[\\]-]|#\\{host\\}){1,128}"),
                        "a host name, in which #{host} stands for the request's"),
                    same.host(),
                    "Host of the new URL.")),
            it.get(
                Option.of(
                    "port",
                    ScalarType.text(
                        Pattern.compile("[1-9][0-9]{0,4}|#\\{port\\}"),
                        "a port, or #{port} for the one the request came to"),
                    same.port(),
                    "Port of the new URL.")),
            it.get(
                Option.of(
                    "path",
                    ScalarType.text(
                        Pattern.compile("/" + chars.replace("{1,", "{0,")),
                        "a path, in which #{host}, #{path} (without its first slash) and #{port}"
                            + " stand for the request's"),
                    same.path(),
                    "Path of the new URL.")),
            it.get(
                Option.of(
                    "query",
                    ScalarType.text(
                        Pattern.compile(chars.replace("{1,", "{0,")),
                        "a query without ?, in which #{host}, #{path}, #{port} and #{query} stand"
                            + " for the request's"),
                    same.query(),
                    "Query of the new URL."))));
  }

  private static FixedResponse fixedResponse(Fields it) {
    return new FixedResponse(
        it.required(
            "status", status("[245][0-9][0-9]", "a status 2xx, 4xx or 5xx"), "503", "Status."),
        it.get(
            Option.of(
                "contentType",
                ScalarType.oneOf(
                    List.of(
                        "text/plain",
                        "text/css",
                        "text/html",
                        "application/javascript",
                        "application/json")),
                "text/plain",
                "Type of the body.")),
        it.get(
            Option.of(
                "body",
                ScalarType.text(Pattern.compile("(?s).{0,1024}"), "up to 1024 bytes"),
                "",
                "The body, at most 1024 bytes in UTF-8.")));
  }

  private static void checkFixedResponse(YamlNode node, FixedResponse response) {
    int bytes = response.body().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    if (bytes > MAX_BODY_BYTES) {
      throw node.at("body").error("has " + bytes + " bytes; allowed: up to " + MAX_BODY_BYTES);
    }
    if (bytes > 0 && (response.status() == 204 || response.status() == 205)) {
      throw node.at("body").error("must be absent, as status " + response.status() + " has none");
    }
  }

  private static ScalarType<Integer> status(String pattern, String allowed) {
    return ScalarType.text(Pattern.compile(pattern), allowed).as(Integer::valueOf, String::valueOf);
  }

  /**
   * Throws if a redirect leads back to its own rule for ever.
   *
   * @param protocol of the listener, {@code http} or {@code https}
   */
  static void checkRedirects(YamlNode file, Rules rules, String protocol, int port) {
    for (int index : RedirectLoops.in(rules, protocol, port)) {
      boolean last = index == RedirectLoops.FALLBACK;
      YamlNode place = last ? file.at("defaultAction") : file.at("rules").item(index);
      Action action = last ? rules.fallback() : rules.list().get(index).action();
      throw place
          .at("redirect")
          .error(
              ((Redirect) action).location().path().equals(RedirectLocation.SAME.path())
                  ? "leads to the URL it came from: change at least one of protocol, host, port and path"
                  : "leads to a URL that is redirected back to this rule, for ever: let an earlier"
                      + " rule match the new path, or change protocol, host or port");
    }
  }

  /** Throws if a rule names a group that there is not. */
  static void checkForwards(YamlNode file, Rules rules, List<String> groups) {
    for (int i = 0; i < rules.list().size(); i++) {
      if (rules.list().get(i).action() instanceof Forward forward) {
        checkForward(file.at("rules").item(i).at("forward"), forward, groups);
      }
    }
    if (rules.fallback() instanceof Forward forward) {
      checkForward(file.at("defaultAction").at("forward"), forward, groups);
    }
  }

  private static void checkForward(YamlNode node, Forward forward, List<String> groups) {
    String allowed =
        groups.isEmpty() ? "none, as targetGroups is empty" : String.join(", ", groups);
    for (int i = 0; i < forward.groups().size(); i++) {
      String name = forward.groups().get(i).group();
      if (!groups.contains(name)) {
        YamlNode place = node.isScalar() ? node : node.item(i).at("targetGroup");
        throw place.error("is '" + name + "', which is no target group; allowed: " + allowed);
      }
    }
  }
}
