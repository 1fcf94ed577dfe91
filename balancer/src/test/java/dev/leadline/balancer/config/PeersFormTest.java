package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Membership;
import dev.leadline.routing.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeersFormTest {

  private static final String SECRET = "a-secret-of-a-group";

  private Path folder;
  private Path secret;

  @BeforeEach
  void writeSecret(@TempDir Path given) throws IOException {
    folder = given;
    secret = folder.resolve("secret");
    Files.writeString(secret, SECRET + "\n");
  }

  private Peers read(String peers) {
    return ConfigReader.parse(
            "b.yaml",
            """
            listener: {port: 80}
            targetGroups: [{name: a, targets: []}]
            rules: [{paths: ["*"], forward: a}]
            peers: {%s}
            """
                .formatted(peers.replace("SECRET", secret.toString())))
        .peers()
        .orElseThrow();
  }

  private String error(String peers) {
    return String.valueOf(assertThrows(ConfigException.class, () -> read(peers)).getMessage())
        .replace(folder.toString(), "DIR");
  }

  @Test
  void everyKeyIsRead() {
    assertEquals(
        new Peers(
            new Address("10.0.1.7", 9902),
            new PeerSecret(Optional.of(secret), SECRET),
            List.of(
                new Target("10.0.1.8:9902", "10.0.1.8", 9902, 1),
                new Target("balancers.internal:9000", "balancers.internal", 9000, 1),
                new Target("[fd00::7]:9902", "fd00::7", 9902, 1)),
            new Membership(Optional.empty(), Optional.empty(), true)),
        read(
            "host: 10.0.1.7, port: 9902, secretFile: SECRET, members: [10.0.1.8,"
                + " 'balancers.internal:9000', '[fd00::7]', '10.0.1.8:9902']"));
  }

  @Test
  void membersMayStandInAFile() throws IOException {
    Path members = folder.resolve("members.yaml");
    Files.writeString(members, "[10.0.1.8]\n");
    Peers peers = read("port: 9902, secretFile: SECRET, membersFile: " + members);
    assertEquals(List.of(new Target("10.0.1.8:9902", "10.0.1.8", 9902, 1)), peers.members());
    assertEquals(Optional.of(members), peers.membership().file());
    Files.writeString(members, "[a b]\n");
    assertEquals(
        "DIR/members.yaml, line 1: [0] is 'a b'; allowed: a host name or an IP address with or"
            + " without a port, such as 10.0.1.7, balancers.internal:9902 or [fd00::7]",
        error("port: 9902, secretFile: SECRET, membersFile: " + members));
  }

  @Test
  void theSecretMayStandInAVariable() {
    // Of those that this process happens to have, one that could be a secret.
    Map.Entry<String, String> variable =
        System.getenv().entrySet().stream()
            .filter(it -> it.getKey().matches("[A-Z_]+") && it.getValue().matches("[!-~]{16,256}"))
            .findFirst()
            .orElseThrow();
    Peers peers = read("port: 9902, secretVariable: " + variable.getKey() + ", members: []");
    assertEquals(new PeerSecret(Optional.empty(), variable.getValue()), peers.secret());
    assertFalse(peers.toString().contains(variable.getValue()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "secretFile: SECRET, members: []"
            + "| peers lacks the key 'port': it needs a whole number from 1 to 65535",
        "port: 9902, members: []"
            + "| peers lacks the key 'secretFile': it needs either 'secretFile', the name of a file"
            + " with the secret, or 'secretVariable', the name of a variable of the environment",
        "port: 9902, secretFile: SECRET, secretVariable: PATH, members: []"
            + "| peers has both 'secretFile' and 'secretVariable': it needs either 'secretFile',"
            + " the name of a file with the secret, or 'secretVariable', the name of a variable of"
            + " the environment",
        "port: 9902, secretFile: SECRET"
            + "| peers lacks the key 'members': it needs either 'members', a list,"
            + " 'membersFile', the name of a file with one, or 'membersFrom', whom AWS is asked"
            + " for",
        "port: 9902, secretFile: /nowhere/x, members: []"
            + "| peers.secretFile is '/nowhere/x'; there is no such file",
        "port: 9902, secretVariable: NOT_THERE, members: []"
            + "| peers.secretVariable is 'NOT_THERE'; the environment of this process has no such"
            + " variable",
        "port: 9902, secretFile: SECRET, members: ['10.0.1.8:99999']"
            + "| peers.members[0] is '10.0.1.8:99999'; allowed: a host name or an IP address with"
            + " or without a port, such as 10.0.1.7, balancers.internal:9902 or [fd00::7]",
        "port: 9902, secretFile: SECRET, members: ['[::::]']"
            + "| peers.members[0] is '[::::]'; allowed: a host name or an IP address with or"
            + " without a port, such as 10.0.1.7, balancers.internal:9902 or [fd00::7]",
        "port: 9902, secretFile: SECRET, members: 10.0.1.8"
            + "| peers.members is '10.0.1.8'; allowed: a list of host names or IP addresses with or"
            + " without a port, [] for none",
      })
  void aMistakeIsNamedWithItsPlace(String peers, String message) {
    assertEquals("b.yaml, line 4: " + message, error(peers));
  }

  @ParameterizedTest
  @CsvSource({"fifteen-letters, 15", "with a space in it, 18"})
  void aWrongSecretIsNotShown(String wrong, int characters) throws IOException {
    Files.writeString(secret, wrong);
    assertEquals(
        "b.yaml, line 4: peers.secretFile is 'DIR/secret', whose secret has "
            + characters
            + " characters; allowed: 16 to 256 visible ASCII characters, no spaces",
        error("port: 9902, secretFile: SECRET, members: []"));
  }
}
