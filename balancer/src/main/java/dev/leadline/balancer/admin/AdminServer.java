package dev.leadline.balancer.admin;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.observe.Explanation;
import dev.leadline.balancer.observe.PrometheusText;
import dev.leadline.balancer.observe.Status;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.RouterAccess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The operators' interface: {@code /health}, {@code /status} (JSON), {@code /metrics} (Prometheus)
 * and {@code /explain?group=NAME} (why the last requests went where they went). It only tells,
 * nothing can be changed through it; still, let it listen on loopback or a private network.
 */
public final class AdminServer {

  private final HttpServer server;

  /** Makes one that does not listen yet. */
  public AdminServer(
      Vertx vertx,
      RouterAccess access,
      List<Proxy> proxies,
      List<ProxyGroup> groups,
      String version,
      String transport) {
    Router router = Router.router(vertx);
    // Every answer is one look at everything, at one moment.
    router.route().handler(context -> access.run(context::next));
    router.get("/health").handler(context -> context.end("ready\n"));
    router
        .get("/status")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(
                        Status.of(version, transport, requestsInFlight(proxies), groups)
                                .encodePrettily()
                            + "\n"));
    router
        .get("/metrics")
        .handler(
            context ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, PrometheusText.CONTENT_TYPE)
                    .end(
                        PrometheusText.of(
                            groups,
                            requestsInFlight(proxies),
                            proxies.stream().mapToLong(Proxy::refused).sum())));
    router.get("/explain").handler(context -> explain(context, groups));
    server = vertx.createHttpServer().requestHandler(router);
  }

  /** Opens it; the result is the port it has. */
  public Future<Integer> listen(Address address) {
    return server.listen(address.port(), address.host()).map(HttpServer::actualPort);
  }

  private static int requestsInFlight(List<Proxy> proxies) {
    return proxies.stream().mapToInt(Proxy::requestsInFlight).sum();
  }

  private static void explain(RoutingContext context, List<ProxyGroup> groups) {
    String names = groups.stream().map(it -> it.meter().group()).collect(Collectors.joining(", "));
    String name = context.request().getParam("group");
    String limit = context.request().getParam("limit", "10");
    var group = groups.stream().filter(it -> it.meter().group().equals(name)).findFirst();
    if (name == null || !limit.matches("[1-9]\\d{0,2}")) {
      context
          .response()
          .setStatusCode(400)
          .end("use /explain?group=NAME&limit=1 to 999; groups: " + names + "\n");
    } else if (group.isEmpty()) {
      context.response().setStatusCode(404).end("no group has this name; groups: " + names + "\n");
    } else {
      context
          .response()
          .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
          .end(Explanation.of(group.get(), Integer.parseInt(limit)).encodePrettily() + "\n");
    }
  }
}
