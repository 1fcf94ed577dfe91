package dev.leadline.bench.switching;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Setting;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.run.AroundBurst;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Sets before a burst what its balancer needs, by a POST to the address that the lab file names.
 * What is in force already is not set again. Whoever answers there also puts back what was in force
 * before the run. Not thread-safe.
 */
public final class Switcher implements AroundBurst {
  /** A policy is set by a command on an instance; Systems Manager may take its time. */
  private static final Duration LONGEST = Duration.ofMinutes(3);

  private final LabDescription lab;
  private final Map<String, String> inForce = new HashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .proxy(HttpClient.Builder.NO_PROXY)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  public Switcher(LabDescription lab) {
    this.lab = lab;
  }

  /**
   * Sets what the balancer of this burst needs, and returns when it is in force.
   *
   * @throws BenchException when it cannot be set: figures would be those of another policy
   */
  @Override
  public void prepare(PlannedBurst burst) throws InterruptedException {
    Setting setting = lab.balancer(burst.cell().balancer()).setting();
    if (setting == null || setting.value().equals(inForce.get(setting.of()))) {
      return;
    }
    inForce.remove(setting.of()); // unknown until it is answered
    String problem = set(setting);
    if (!problem.isEmpty()) {
      throw BenchException.failed(
          "%s could not be set to %s before %s: %s"
              .formatted(setting.of(), setting.value(), burst, problem));
    }
    inForce.put(setting.of(), setting.value());
  }

  /** What went wrong; empty where nothing did. */
  private String set(Setting setting) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(setting.url())
            .timeout(LONGEST)
            .POST(BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      return answer.statusCode() == 200
          ? ""
          : answer.body().isBlank() ? "status " + answer.statusCode() : answer.body().strip();
    } catch (IOException e) {
      return "%s does not answer (%s)".formatted(setting.url(), e);
    }
  }
}
