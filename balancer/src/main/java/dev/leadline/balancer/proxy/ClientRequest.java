package dev.leadline.balancer.proxy;

import dev.leadline.balancer.rules.RuleRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What rules see of the request that is being decided about. There is one for all requests of an
 * event loop, as a decision is made at once. Not thread-safe.
 */
final class ClientRequest implements RuleRequest {

  private @Nullable HttpServerRequest request;

  /** From now on this is about another request. */
  void look(HttpServerRequest next) {
    request = next;
  }

  HttpServerRequest http() {
    return Objects.requireNonNull(request);
  }

  @Override
  public String target() {
    return http().uri();
  }

  @Override
  public String method() {
    return http().method().name();
  }

  @Override
  public @Nullable String host() {
    return http().headers().get(HttpHeaders.HOST);
  }

  @Override
  public List<String> headers(String name) {
    return http().headers().getAll(name);
  }

  @Override
  public String clientAddress() {
    return http().remoteAddress() == null ? "" : http().remoteAddress().hostAddress();
  }
}
