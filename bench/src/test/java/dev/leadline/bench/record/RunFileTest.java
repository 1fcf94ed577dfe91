package dev.leadline.bench.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.leadline.bench.Samples;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.plan.Load;
import org.junit.jupiter.api.Test;

final class RunFileTest {
  @Test
  void aRunIsReadAsItWasWritten() throws JsonProcessingException {
    Run run = Samples.run(Samples.lab(), 2);
    assertEquals(run, Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(run), Run.class));
  }

  /** Version 0.1 wrote neither the load nor what the client found out about itself. */
  @Test
  void settingsAndBurstsOfOlderFilesAreBurstsOfGet() throws JsonProcessingException {
    Run.Settings settings =
        Json.MAPPER.readValue(
            """
            {"seed": 7, "requests": 1000, "rounds": 5, "warmUps": 1, "pace": "none",
             "timeoutMillis": 30000, "preConnected": false}
            """,
            Run.Settings.class);
    assertEquals(Load.burst(1000), settings.load());
    assertNull(settings.http());

    Run.BurstRecord burst =
        Json.MAPPER.readValue(
            """
            {"phase": "measured", "round": 1, "path": "/p", "balancer": "b",
             "startedAt": "2026-03-01T12:00:10Z", "maxInFlight": 1000, "maxAwaitingAnswer": 990,
             "addresses": ["127.0.0.1"]}
            """,
            Run.BurstRecord.class);
    assertNull(burst.audit());
    assertFalse(burst.spoiled());
    assertEquals(0, burst.steps().size());
  }
}
