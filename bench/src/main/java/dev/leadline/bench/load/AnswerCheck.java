package dev.leadline.bench.load;

import dev.leadline.bench.plan.Expectation;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says whether a whole answer is a success, and who gave it. Belongs to one event loop. */
final class AnswerCheck {
  /** An instance's answer has some hundred bytes; whatever is longer is another answer. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  private static final int OK = 200;
  private static final int MAX_REMEMBERED = 1000;

  private final Expectation expected;

  /** An instance gives the same body each time: to look it up costs less than to parse it. */
  private final Map<Buffer, String> instances = new HashMap<>();

  AnswerCheck(Expectation expected) {
    this.expected = expected;
  }

  boolean readsBody() {
    return expected == Expectation.JSON;
  }

  /** What is wrong with the status; null: nothing. */
  @Nullable String failure(int status) {
    boolean wanted =
        switch (expected) {
          case ANY -> true;
          case STATUS -> status >= 200 && status < 300;
          case JSON -> status == OK;
        };
    return wanted ? null : "status " + status;
  }

  /** The instance that a body names; null when it names none. */
  @Nullable String instance(Buffer body) {
    String known = instances.get(body);
    if (known != null) {
      return known;
    }
    String instance = InstanceAnswer.instanceId(body);
    if (instance != null && instances.size() < MAX_REMEMBERED) {
      instances.put(body, instance);
    }
    return instance;
  }
}
