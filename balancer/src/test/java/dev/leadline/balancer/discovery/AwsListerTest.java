package dev.leadline.balancer.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.config.AwsMembers;
import dev.leadline.routing.target.Target;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What AWS answers is made a list of targets. */
class AwsListerTest {

  private final FakeAws aws = new FakeAws();
  private final AwsCalls calls = aws.calls();
  private long nanos;

  AwsListerTest() throws IOException {}

  @AfterEach
  void close() {
    calls.close();
    aws.close();
  }

  private AwsLister lister(Map<String, String> tags, Integer... port) {
    Optional<Integer> fixed = port.length == 0 ? Optional.empty() : Optional.of(port[0]);
    return new AwsLister(
        new AwsMembers(
            tags.isEmpty() ? Optional.of(FakeAws.GROUP) : Optional.empty(),
            tags,
            fixed,
            Duration.ofSeconds(5)),
        calls,
        () -> nanos);
  }

  private static String text(List<Target> targets) {
    return targets.stream()
        .map(it -> it.id() + "=" + it.address() + "@" + it.port())
        .collect(Collectors.joining(" "));
  }

  private String problem(AwsLister lister) {
    return String.valueOf(assertThrows(AwsProblem.class, lister::list).getMessage());
  }

  @Test
  void aTargetGroupHasInstancesWithPortsAndAddresses() throws AwsProblem {
    aws.instance("i-1", "10.0.0.1", "running").instance("i-2", "10.0.0.2", "running");
    aws.target("i-2", 8000, "unused", "Target.NotInUse").target("10.0.9.9", 81);
    aws.target("i-1", 8001).target("i-1", 8000, "unhealthy", "Target.Timeout");
    assertEquals(
        "10.0.9.9=10.0.9.9@81 i-1:8000=10.0.0.1@8000 i-1:8001=10.0.0.1@8001 i-2=10.0.0.2@8000",
        text(lister(Map.of()).list()));
  }

  /** What is draining, is stopped or does not run yet gets no requests. */
  @Test
  void whoLeavesIsLeftOut() throws AwsProblem {
    aws.instance("i-1", "10.0.0.1", "running").instance("i-2", "10.0.0.2", "running");
    aws.instance("i-3", "10.0.0.3", "pending").instance("i-4", "10.0.0.4", "running");
    aws.target("i-1", 80).target("i-2", 80, "draining", "Target.DeregistrationInProgress");
    aws.target("i-3", 80, "initial", "").target("i-4", 80, "unused", "Target.InvalidState");
    assertEquals("i-1=10.0.0.1@80", text(lister(Map.of()).list()));
  }

  /** Catches a thread that waits for ever: each byte of a head starts the time of a socket anew. */
  @Test
  void aHeadThatComesDropByDropIsNoAnswer() throws Exception {
    RawTarget.Script drops =
        connection -> {
          connection.readUntil("Version=2016-11-15");
          connection.send("HTTP/1.1 200 OK\r\n");
          for (int i = 0; i < 200; i++) {
            connection.readUntilQuiet(50);
            connection.send("a: b\r\n");
          }
        };
    try (RawTarget slow = new RawTarget(drops);
        AwsCalls query = FakeAws.calls("http://127.0.0.1:" + slow.port(), Duration.ofMillis(400))) {
      AwsProblem problem =
          assertThrows(
              AwsProblem.class, () -> query.call(AwsService.EC2, "DescribeInstances", Map.of()));
      String said = String.valueOf(problem.getMessage());
      assertTrue(said.endsWith("its answer takes longer than 0.4 s"), said);
    }
  }

  @Test
  void anAddressIsAskedForOnce() throws AwsProblem {
    AwsLister lister = lister(Map.of());
    for (int i = 0; i < AwsLister.PAGE + 1; i++) {
      aws.instance("i-" + i, "10.0.1." + i, "running").target("i-" + i, 80);
    }
    assertEquals(AwsLister.PAGE + 1, lister.list().size());
    assertEquals(2, aws.asked("DescribeInstances"), "so many as a filter may have at once");
    lister.list();
    aws.instance("i-f", "10.0.0.7", "running").target("i-f", 80);
    assertTrue(text(lister.list()).endsWith("i-f=10.0.0.7@80"));
    assertEquals(3, aws.asked("DescribeInstances"));
    assertEquals("i-f", aws.asked().get(aws.asked().size() - 1).get("Filter.1.Value.1"));
  }

  @Test
  void instancesWithAllTagsArePagedThrough() throws AwsProblem {
    String[] tags = {"leadline:lab", "a b", "role", "balancer"};
    aws.instance("i-1", "10.0.0.1", "running", tags).instance("i-2", "10.0.0.2", "stopped", tags);
    aws.instance("i-3", "10.0.0.3", "running", "role", "balancer");
    aws.instance("i-4", "10.0.0.4", "running", tags).instance("i-5", "10.0.0.5", "running", tags);
    aws.instancesPerPage(1);
    Map<String, String> wanted = Map.of("role", "balancer", "leadline:lab", "a b");
    assertEquals(
        "i-1=10.0.0.1@9902 i-4=10.0.0.4@9902 i-5=10.0.0.5@9902", text(lister(wanted, 9902).list()));
    assertEquals(3, aws.asked("DescribeInstances"));
  }

  /** Peers have a port of their own, whatever the target group of the listener says. */
  @Test
  void aPortThatIsWrittenHolds() throws AwsProblem {
    aws.instance("i-1", "10.0.0.1", "running").target("i-1", 80).target("i-1", 81);
    assertEquals("i-1=10.0.0.1@9902", text(lister(Map.of(), 9902).list()));
  }

  @Test
  void tooManyAreNoList() {
    for (int i = 0; i <= AwsMembers.MOST; i++) {
      aws.target("10.1." + i / 256 + "." + i % 256, 80);
    }
    assertEquals("AWS lists 4097 members; allowed: at most 4096", problem(lister(Map.of())));
  }

  @Test
  void pagesWithoutAnEndAreNoList() {
    AwsCalls endless =
        new AwsCalls() {
          @Override
          public XmlElement call(AwsService service, String action, Map<String, String> form) {
            nanos += Duration.ofSeconds(1).toNanos();
            return new XmlElement(
                "DescribeInstancesResponse",
                new StringBuilder(),
                List.of(new XmlElement("nextToken", new StringBuilder("more"), List.of())));
          }

          @Override
          public void close() {}
        };
    AwsMembers tagged =
        new AwsMembers(Optional.empty(), Map.of("a", "b"), Optional.of(1), Duration.ofSeconds(5));
    assertEquals(
        "AWS took longer than 30 s to list all",
        problem(new AwsLister(tagged, endless, () -> nanos)));
  }

  @Test
  void whatIsNoInstanceOrAddressIsNoList() {
    aws.instance("i-1", "10.0.0.1; rm", "running").target("i-1", 8000);
    assertEquals(
        "Amazon EC2 lists an instance without a usable id or address", problem(lister(Map.of())));
  }

  @Test
  void aHugeAnswerIsNone() {
    String many = "<a>" + "<b/>".repeat(100_001) + "</a>";
    assertThrows(XMLStreamException.class, () -> XmlElement.read(in(many)));
    String deep = "<a>".repeat(60) + "</a>".repeat(60);
    assertThrows(XMLStreamException.class, () -> XmlElement.read(in(deep)));
  }

  private static InputStream in(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatAwsRefusesIsSaid() throws AwsProblem {
    aws.instance("i-1", "10.0.0.1", "running", "a", "b").target("i-1", 80);
    aws.answer(400, "Throttling");
    assertEquals(
        "Elastic Load Balancing answered 400 Throttling: a test", problem(lister(Map.of())));
    aws.answer(503, "RequestLimitExceeded");
    assertEquals(
        "Amazon EC2 answered 503 RequestLimitExceeded: a test",
        problem(lister(Map.of("a", "b"), 1)));
    aws.answer(200, "").withoutTargets().target("arn:aws:lambda:x", 0);
    assertEquals(
        "the target group has a target that is neither an instance nor an IP address",
        problem(lister(Map.of())));
    aws.close();
    assertTrue(problem(lister(Map.of())).startsWith("Elastic Load Balancing does not answer: "));
  }
}
