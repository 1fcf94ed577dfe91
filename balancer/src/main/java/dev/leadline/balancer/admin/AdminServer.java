package dev.leadline.balancer.admin;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.observe.Explanation;
import dev.leadline.balancer.observe.PrometheusText;
import dev.leadline.balancer.observe.Status;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.RouterAccess;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The operators' interface: {@code /} (a dashboard for the browser), {@code /health}, {@code
 * /status} (JSON), {@code /metrics} (Prometheus) and {@code /explain?group=NAME} (why the last
 * requests went where they went). It only tells, nothing can be changed through it; still, let it
 * listen on loopback or a private network. A browser that a page elsewhere has sent here gets
 * nothing ({@link HostCheck}).
 */
public final class AdminServer {

  /** Nothing of the dashboard comes from elsewhere, and nothing else may show it as its own. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final HostCheck hosts;
  private final Address address;

  /**
   * Makes one that does not listen yet.
   *
   * @param address where it will listen, and the host it answers to beside loopback
   * @param clock tells how long it has been up
   */
  public AdminServer(
      Vertx vertx,
      RouterAccess access,
      Address address,
      List<Proxy> proxies,
      List<ProxyGroup> groups,
      String version,
      String transport,
      NanoClock clock) {
    this.address = address;
    hosts = new HostCheck(address.host());
    long start = clock.nanoTime();
    Router router = Router.router(vertx);
    router.route().handler(this::admit);
    for (DashboardFile file : DashboardFile.values()) {
      Buffer content = file.read();
      router
          .get(file.path())
          .handler(
              context ->
                  context.response().putHeader(HttpHeaders.CONTENT_TYPE, file.type()).end(content));
    }
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
                        Status.of(version, transport, clock.nanoTime() - start, proxies, groups)
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
                            groups, Proxy.requestsInFlight(proxies), Proxy.refused(proxies))));
    router.get("/explain").handler(context -> explain(context, groups));
    server = vertx.createHttpServer().requestHandler(router);
  }

  /** Opens it; the result is the port it has. */
  public Future<Integer> listen() {
    return server.listen(address.port(), address.host()).map(HttpServer::actualPort);
  }

  private void admit(RoutingContext context) {
    context
        .response()
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (hosts.admits(context.request().headers().getAll(HttpHeaders.HOST))) {
      context.next();
    } else {
      context
          .response()
          .setStatusCode(421)
          .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
          .end(
              "the Host of this request is no name of the balancer's admin port; use "
                  + hosts.admitted()
                  + "\n");
    }
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
