package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.target.Target;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the other balancers of a group are written. */
final class PeersForm {

  private static final int LEAST_SECRET = 16;
  private static final int MOST_SECRET = 256;
  private static final Pattern SECRET =
      Pattern.compile("[!-~]{" + LEAST_SECRET + "," + MOST_SECRET + "}");
  private static final String SECRET_ALLOWED =
      LEAST_SECRET + " to " + MOST_SECRET + " visible ASCII characters, no spaces";

  private static final Pattern MEMBER =
      Pattern.compile(
          "(?:(?<host>[A-Za-z0-9._-]{1,253})|\\[(?<v6>[0-9A-Fa-f:.]{2,45})])(?::(?<port>\\d{1,5}))?");

  private static final String MEMBERS_ALLOWED =
      "a list of host names or IP addresses with or without a port, [] for none";

  static final Form<Peers> FORM = Form.mapping(PeersForm::peers).check(PeersForm::check);

  private PeersForm() {}

  /** A member as it is written; port 0: that of this balancer. */
  private record Member(String host, int port) {

    static Member of(String text) {
      Matcher parts = MEMBER.matcher(text);
      if (!parts.matches()) {
        throw new IllegalArgumentException(text);
      }
      String port = parts.group("port");
      int number = port == null ? 0 : Integer.parseInt(port);
      if (number > 65_535 || (port != null && number == 0)) {
        throw new IllegalArgumentException(text);
      }
      String v6 = parts.group("v6");
      if (v6 != null && !NetUtil.isValidIpV6Address(v6)) {
        throw new IllegalArgumentException(text);
      }
      return new Member(v6 == null ? parts.group("host") : v6, number);
    }

    Target at(int usualPort) {
      return target(host, port == 0 ? usualPort : port);
    }

    @Override
    public String toString() {
      String name = host.contains(":") ? "[" + host + "]" : host;
      return port == 0 ? name : name + ":" + port;
    }
  }

  /** A peer, which is called by its address. */
  static Target target(String host, int port) {
    return new Target((host.contains(":") ? "[" + host + "]" : host) + ":" + port, host, port, 1);
  }

  private static Peers peers(Fields it) {
    int port =
        it.required(
            "port",
            ScalarType.integer(1, 65_535),
            "9902",
            "UDP port on which this balancer hears of the others, and from which it sends.");
    String host =
        it.get(
            Option.of(
                "host",
                GroupForm.HOST,
                "0.0.0.0",
                "IP address of the interface to listen on; 0.0.0.0 is all of them. The others have"
                    + " to list the address that this balancer sends from."));
    Optional<PeerSecret> inFile =
        it.optional(
            "secretFile",
            secretFile(),
            "that of `secretVariable`",
            "File with the secret of the group, "
                + SECRET_ALLOWED
                + ". Every balancer of the group has the same, and nobody else may know it: it"
                + " signs what they send.");
    Optional<PeerSecret> inVariable =
        it.optional(
            "secretVariable",
            secretVariable(),
            "that of `secretFile`",
            "Variable of the environment that has the secret. `peers` has either `secretFile` or"
                + " `secretVariable`.");
    Optional<List<Member>> listed =
        it.optional(
            "members",
            members(),
            "those of `membersFile` or `membersFrom`",
            "The balancers of the group, with the port if it is not that of `port`. A host name is"
                + " looked up, and each of its addresses is a balancer. This balancer may be among"
                + " them. More than "
                + Peers.MOST
                + " are left out. `peers` has one of `members`, `membersFile` and"
                + " `membersFrom`.");
    Optional<Path> file =
        it.optional(
            "membersFile",
            TargetsFile.NAME,
            "those of `members`",
            "YAML or JSON file with such a list. It is watched as `targetsFile` is.");
    Optional<AwsMembers> aws =
        it.optional(
            "membersFrom",
            AwsMembersForm.form(Optional.of(port)),
            "those of `members`",
            "Asks AWS for the members, as `targetsFrom` of a group does. With `targetGroup` they"
                + " are the instances that it has, at `port`.");
    return new Peers(
        new Address(host, port),
        inFile.or(() -> inVariable).orElse(new PeerSecret(Optional.empty(), "")),
        file.map(it2 -> read(it2, port)).orElseGet(() -> at(listed.orElse(List.of()), port)),
        new Membership(file, aws, true));
  }

  /**
   * Reads a file with a list of members; blocks.
   *
   * @param usualPort of members without one
   */
  static List<Target> read(Path file, int usualPort) {
    return at(ConfigReader.read(file, members()), usualPort);
  }

  private static List<Target> at(List<Member> members, int usualPort) {
    return members.stream().map(it -> it.at(usualPort)).distinct().toList();
  }

  private static Form<List<Member>> members() {
    ScalarType<Member> member =
        ScalarType.text(
                MEMBER,
                "a host name or an IP address with or without a port, such as 10.0.1.7,"
                    + " balancers.internal:9902 or [fd00::7]")
            .as(Member::of, Member::toString);
    return Form.scalar(member, new Member("10.0.1.7", 0)).list(MEMBERS_ALLOWED, 0);
  }

  private static void check(YamlNode node, Peers peers) {
    node.exactlyOne(
        List.of("secretFile", "secretVariable"),
        "'secretFile', the name of a file with the secret, or 'secretVariable', the name of a"
            + " variable of the environment");
    node.exactlyOne(
        List.of("members", "membersFile", "membersFrom"),
        "'members', a list, 'membersFile', the name of a file with one, or 'membersFrom', whom AWS"
            + " is asked for");
  }

  private static Form<PeerSecret> secretFile() {
    ScalarType<Path> name =
        ScalarType.text(Pattern.compile("[^\\x00-\\x1f]+"), "the name of a file")
            .as(Path::of, Path::toString);
    Form<Path> form = Form.scalar(name, Path.of("/etc/leadline/peers.secret"));
    return new Form<>(
        form.shape(),
        new PeerSecret(Optional.of(form.example()), ""),
        node -> {
          Path file = form.read(node);
          return new PeerSecret(
              Optional.of(file), secret(node, "'" + file + "'", text(node, file)));
        });
  }

  private static String text(YamlNode node, Path file) {
    if (!Files.isRegularFile(file)) {
      throw node.error("is '" + file + "'; there is no such file");
    }
    if (!Files.isReadable(file)) {
      throw node.error(
          "is '" + file + "'; this user may not read it: make it the owner of the file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(2 * MOST_SECRET), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      throw node.error("is '" + file + "'; it cannot be read: " + e.getMessage());
    }
  }

  private static Form<PeerSecret> secretVariable() {
    ScalarType<String> name =
        ScalarType.text(Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}"), "the name of a variable");
    Form<String> form = Form.scalar(name, "LEADLINE_PEERS_SECRET");
    return new Form<>(
        form.shape(),
        new PeerSecret(Optional.empty(), ""),
        node -> {
          String variable = form.read(node);
          String text = System.getenv(variable);
          if (text == null) {
            throw node.error(
                "is '" + variable + "'; the environment of this process has no such variable");
          }
          return new PeerSecret(Optional.empty(), secret(node, "'" + variable + "'", text));
        });
  }

  /** Says how long the wrong one is, and not what it is. */
  private static String secret(YamlNode node, String where, String text) {
    if (!SECRET.matcher(text).matches()) {
      throw node.error(
          "is %s, whose secret has %d characters; allowed: %s"
              .formatted(where, text.length(), SECRET_ALLOWED));
    }
    return text;
  }
}
