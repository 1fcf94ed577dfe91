package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets come and go while the balancer runs. */
class ReloadTest {

  private static final String LISTENERS =
      "listener: {host: 127.0.0.1, port: 0}\nadmin: {host: 127.0.0.1, port: 0}\n";

  private static int targets(TestBalancer balancer) throws java.io.IOException {
    return balancer
        .status()
        .getJsonArray("targetGroups")
        .getJsonObject(0)
        .getJsonArray("targets")
        .size();
  }

  /** Catches a request that is cut off because its target was taken out. */
  @Test
  void aTargetThatIsTakenOutEndsWhatItHas(@TempDir Path dir) throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget old =
            new RawTarget(
                connection -> {
                  while (!connection.readHead().isEmpty()) {
                    try {
                      goOn.await();
                    } catch (InterruptedException e) {
                      return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
                  }
                });
        RawTarget fresh = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh");
        TestBalancer balancer = TestBalancer.before(old);
        RawClient first = balancer.client()) {
      Path file = Files.writeString(dir.resolve("b.yaml"), LISTENERS + TestBalancer.oneGroup(old));
      Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
      balancer.watch(file);
      first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);

      Files.writeString(
          file, LISTENERS + TestBalancer.oneGroup(fresh).replace("id: t0", "id: fresh"));
      TestBalancer.eventually(
          "it has joined", () -> balancer.target(0).getString("id").equals("fresh"));
      assertEquals(true, balancer.target(1).getBoolean("draining"));
      assertEquals("fresh", balancer.get("/").body());
      goOn.countDown();
      assertEquals("old", first.read().body());
      TestBalancer.eventually("it is gone", () -> targets(balancer) == 1);

      Path nonsense = Files.writeString(dir.resolve("n.yaml"), "listener: nonsense");
      Files.setLastModifiedTime(nonsense, FileTime.fromMillis(1000));
      balancer.watch(nonsense);
      Files.setLastModifiedTime(nonsense, FileTime.fromMillis(2000));
      Files.writeString(
          file, LISTENERS + TestBalancer.oneGroup(fresh, old).replace("id: t0", "id: fresh"));
      Files.setLastModifiedTime(file, FileTime.fromMillis(3000));
      TestBalancer.eventually(
          "what cannot be used changes nothing, and what can is taken over later",
          () -> targets(balancer) == 2);
      assertEquals("fresh", balancer.target(0).getString("id"));
    }
  }
}
