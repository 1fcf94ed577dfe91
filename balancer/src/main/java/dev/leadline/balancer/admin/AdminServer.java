package dev.leadline.balancer.admin;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.observe.PrometheusText;
import dev.leadline.balancer.observe.Status;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.List;

/**
 * The operators' interface: {@code /health}, {@code /status} (JSON) and {@code /metrics}
 * (Prometheus). It only tells, nothing can be changed through it; still, let it listen on loopback
 * or a private network.
 */
public final class AdminServer {

  private final HttpServer server;

  /** Makes one that does not listen yet. */
  public AdminServer(
      Vertx vertx, Proxy proxy, List<ProxyGroup> groups, String version, String transport) {
    Router router = Router.router(vertx);
    router.get("/health").handler(context -> context.end("ready\n"));
    router
        .get("/status")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(
                        Status.of(version, transport, proxy.requestsInFlight(), groups)
                                .encodePrettily()
                            + "\n"));
    router
        .get("/metrics")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, PrometheusText.CONTENT_TYPE)
                    .end(PrometheusText.of(groups, proxy.requestsInFlight(), proxy.refused())));
    server = vertx.createHttpServer().requestHandler(router);
  }

  /** Opens it; the result is the port it has. */
  public Future<Integer> listen(Address address) {
    return server.listen(address.port(), address.host()).map(HttpServer::actualPort);
  }
}
