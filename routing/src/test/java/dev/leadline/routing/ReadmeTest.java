package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The example of routing/README.md compiles and runs, and docs/concepts.md has every policy. */
class ReadmeTest {

  private static String example() {
    // README begins
    TargetGroup group =
        new TargetGroup(
            "web", List.of(new Target("a", "10.0.0.1", 80, 1), new Target("b", "10.0.0.2", 80, 1)));
    GroupRouter router =
        new GroupRouter(
            group,
            GroupSettings.of(Policies.DEFAULT),
            System::nanoTime,
            new SplittableRandom(),
            ProbeRequests.NONE,
            RoutingObserver.NONE);
    StringBuilder log = new StringBuilder();
    router.route(
        new PendingRequest() {
          @Override
          public void forward(RequestInFlight inFlight) {
            log.append("send it to ").append(inFlight.target().target().address());
            inFlight.succeeded(); // when the target has answered
          }

          @Override
          public void refuse(Refusal reason) {
            log.append("answer 503: ").append(reason);
          }
        });
    // README ends
    return log.toString();
  }

  @Test
  void theExampleSendsTheRequestToATarget() {
    assertTrue(example().matches("send it to 10\\.0\\.0\\.[12]"), example());
  }

  @Test
  void theReadmeShowsThisExample() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String source = Files.readString(Path.of("src/test/java/dev/leadline/routing/ReadmeTest.java"));
    assertEquals(
        between(source, "// README begins\n", "    // README ends").indent(-4),
        between(readme, "```java\n", "```"));
  }

  private static String between(String text, String before, String after) {
    int begin = text.indexOf(before) + before.length();
    return text.substring(begin, text.indexOf(after, begin));
  }

  @Test
  void theConceptsDescribeEveryPolicy() throws IOException {
    String concepts = Files.readString(Path.of("../docs/concepts.md"));
    Policies.all()
        .forEach(
            type ->
                assertTrue(
                    concepts.contains("| `" + type.name() + "`"),
                    "docs/concepts.md has no row for " + type.name()));
  }
}
