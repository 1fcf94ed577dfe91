package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.config.BalancerConfig.Dns;
import dev.leadline.balancer.discovery.NameLookup.Answer;
import dev.leadline.balancer.discovery.NameLookup.Family;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names are looked up in a hosts file and at a DNS server of this machine. */
class DnsLookupTest {

  private final Vertx vertx = Vertx.vertx();
  private FakeDns server;
  private DnsLookup lookup;
  private Path hosts;
  private Path resolvConf;

  @BeforeEach
  void start(@TempDir Path dir) throws Exception {
    hosts = dir.resolve("hosts");
    resolvConf = dir.resolve("resolv.conf");
    server = new FakeDns();
    Files.writeString(hosts, "10.9.9.9 here.example alias\n::9 here.example\n");
    Dns config =
        new Dns(
            List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())),
            Duration.ofSeconds(2),
            Duration.ZERO,
            Duration.ofDays(1));
    Promise<DnsLookup> made = Promise.promise();
    vertx.runOnContext(now -> made.complete(new DnsLookup(vertx, config, hosts, resolvConf)));
    lookup = await(made.future());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private Answer lookUp(String name) throws Exception {
    Promise<Answer> answer = Promise.promise();
    vertx.runOnContext(now -> lookup.lookUp(name).onComplete(answer));
    return await(answer.future());
  }

  /** Addresses with their TTL, or what the problem is. */
  private static String text(Family family) {
    return family.isKnown()
        ? family.addresses().stream().map(NetUtil::toAddressString).sorted().toList()
            + (family.addresses().isEmpty() ? "" : " for " + family.ttl().toSeconds() + " s")
        : family.problem();
  }

  private void assertAnswer(String v4, String v6, String name) throws Exception {
    Answer answer = lookUp(name);
    assertEquals(v4 + " | " + v6, text(answer.v4()) + " | " + text(answer.v6()), name);
  }

  @Test
  void bothFamiliesComeWithTheirTtl() throws Exception {
    server.ttl(30).has("web.example", "10.0.0.2", "10.0.0.1", "fd00::1").has("old.example", "::2");
    server.alias("www.example", "web.example");
    assertAnswer("[10.0.0.1, 10.0.0.2] for 30 s", "[fd00::1] for 30 s", "web.example");
    assertAnswer("[10.0.0.1, 10.0.0.2] for 30 s", "[fd00::1] for 30 s", "www.example");
    assertAnswer("[]", "[::2] for 30 s", "old.example");
  }

  @Test
  void theHostsFileComesFirstAndIsReadAgain() throws Exception {
    server.has("here.example", "10.0.0.1");
    assertAnswer("[10.9.9.9] for 5 s", "[::9] for 5 s", "HERE.example");
    assertAnswer("[127.0.0.1] for 5 s", "[]", "localhost");
    Files.writeString(hosts, "10.8.8.8 here.example\n::1 localhost\n");
    Files.setLastModifiedTime(hosts, FileTime.fromMillis(1000));
    assertAnswer("[10.8.8.8] for 5 s", "[]", "here.example");
    assertAnswer("[]", "[::1] for 5 s", "localhost");
  }

  /** As resolv.conf(5) has it: a dot is enough for a name to be looked up as it is first. */
  @Test
  void aShortNameIsLookedUpInTheDomainsOfTheSearchList() throws Exception {
    Files.writeString(resolvConf, "domain old.example\nsearch a.example b.example.\n");
    server.has("web.b.example", "10.0.0.1").has("v6.a.example", "::2").has("v6.b.example", "::3");
    server.has("my.web", "10.0.0.4").has("my.web.a.example", "10.0.0.5");
    server.has("db.x.b.example", "10.0.0.6").has("top", "10.0.0.7");
    assertAnswer("[10.0.0.1] for 1 s", "[]", "web");
    assertAnswer("[]", "[]", "web.");
    assertAnswer("[]", "[::2] for 1 s", "v6");
    assertAnswer("[10.0.0.4] for 1 s", "[]", "my.web");
    assertAnswer("[10.0.0.6] for 1 s", "[]", "db.x");
    assertAnswer("[10.0.0.7] for 1 s", "[]", "top");
    Files.writeString(resolvConf, "options rotate ndots:2\nsearch a.example\n");
    assertAnswer("[10.0.0.5] for 1 s", "[]", "my.web");
    server.beSilent(1);
    assertAnswer("the DNS server did not answer in time", "[]", "top");
  }

  /** A name that is not there is an answer; a server that is not there, or broken, is none. */
  @Test
  void whatIsNotKnownIsToldFromWhatIsNotThere() throws Exception {
    server.has("web.example", "10.0.0.1");
    assertAnswer("[]", "[]", "nowhere.example");
    server.beSilent(28);
    assertAnswer("[10.0.0.1] for 1 s", "the DNS server did not answer in time", "web.example");
    server.beSilent(0);
    server.fail(2);
    String broken = "the DNS server answered ServFail(2)";
    assertAnswer(broken, broken, "web.example");
  }
}
