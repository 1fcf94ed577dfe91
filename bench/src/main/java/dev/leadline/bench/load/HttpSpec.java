package dev.leadline.bench.load;

import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.record.Run.HttpRecord;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * What every request of a run is.
 *
 * @param headers in the order they were given; a name may occur several times
 * @param body empty: none
 * @param http2 HTTP/2 alone: by ALPN over TLS, with prior knowledge otherwise
 * @param insecure whether any certificate will do
 */
public record HttpSpec(
    String method,
    List<Map.Entry<String, String>> headers,
    Buffer body,
    boolean http2,
    boolean insecure,
    Expectation expected) {

  public HttpSpec {
    headers = List.copyOf(headers);
    body = body.copy();
  }

  public static HttpSpec get(Expectation expected) {
    return new HttpSpec("GET", List.of(), Buffer.buffer(), false, false, expected);
  }

  /** True where a request may be sent once more without asking (RFC 9110, 9.2.2). */
  boolean idempotent() {
    return List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE").contains(method);
  }

  /** For the run's file: values of headers may be secret. */
  public HttpRecord record() {
    return new HttpRecord(
        method,
        headers.stream().map(Map.Entry::getKey).distinct().toList(),
        body.length(),
        http2 ? "2" : "1.1",
        !insecure,
        expected);
  }
}
