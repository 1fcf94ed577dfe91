package dev.leadline.balancer.admin;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.Explanation;
import dev.leadline.balancer.observe.PrometheusPage;
import dev.leadline.balancer.observe.Status;
import dev.leadline.balancer.proxy.ProxyHeaders;
import dev.leadline.routing.explain.Decision;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.TcpServerConfig;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/**
 * The operators' interface: {@code /} (a dashboard for the browser), {@code /health}, {@code
 * /status} (JSON), {@code /catalogue} (which metrics there are), {@code /metrics} (Prometheus) and
 * {@code /explain?group=NAME} (why the last requests went where they went), {@code /ready} for who
 * sends requests here, and {@code POST /reload}. Let it listen on loopback or a private network. A
 * browser that a page elsewhere has sent here gets nothing ({@link HostCheck}).
 */
public final class AdminServer {

  /** Nothing of the dashboard comes from elsewhere, and nothing else may show it as its own. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /**
   * What the balancer says of itself.
   *
   * @param version of the balancer
   * @param transport name of the transport
   */
  public record About(String version, String transport) {}

  /** What there is to see of the balancer. Its answers come on the event loop that asks. */
  public interface View {
    /** Name of each group's policy by the group's name, in the order of the configuration. */
    Map<String, String> policies();

    /** Everything at one moment. */
    Future<BalancerSnapshot> snapshot();

    /** Whether requests are welcome: not before the warm-up has ended, nor after SIGTERM. */
    boolean isReady();

    /** Reads the configuration again and takes it over; fails with what is wrong with it. */
    Future<String> reload();

    /** The last choices of a group on each event loop, at most {@code most} of each. */
    Future<List<List<Decision>>> decisions(String group, int most);
  }

  private final HttpServer server;
  private final HostCheck hosts;
  private final Address address;

  /**
   * Makes one that does not listen yet.
   *
   * @param address where it will listen, and the host it answers to beside loopback
   * @param headers of balancers in front, whose health checks come here
   */
  public AdminServer(
      Vertx vertx, Address address, ProxyHeaders headers, About about, View balancer) {
    this.address = address;
    hosts = new HostCheck(address.host());
    long start = System.nanoTime();
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
    router.get("/health").handler(context -> context.end("alive\n"));
    router.get("/ready").handler(context -> ready(context, balancer.isReady()));
    router.post("/reload").handler(context -> reload(context, balancer));
    router
        .get("/status")
        .handler(
            context ->
                answer(
                    context,
                    "application/json",
                    balancer
                        .snapshot()
                        .map(
                            it ->
                                Status.of(
                                            about.version(),
                                            about.transport(),
                                            System.nanoTime() - start,
                                            it)
                                        .encodePrettily()
                                    + "\n")));
    router
        .get("/catalogue")
        .handler(
            context ->
                answer(
                    context,
                    "application/json",
                    Future.succeededFuture(Status.catalogue().encodePrettily() + "\n")));
    router.get("/metrics").handler(context -> metrics(context, balancer));
    router.get("/explain").handler(context -> explain(context, balancer));
    HttpServerConfig config = new HttpServerConfig(new HttpServerOptions());
    TcpServerConfig tcp = config.getTcpConfig();
    tcp.setTransportConfig(headers.skippedBy(tcp.getTransportConfig()));
    server = vertx.httpServerBuilder().with(config).build().requestHandler(router);
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

  private static void ready(RoutingContext context, boolean isReady) {
    context.response().setStatusCode(isReady ? 200 : 503).end(isReady ? "ready\n" : "not ready\n");
  }

  /**
   * A page elsewhere can make a browser post here, and its Host is then ours; browsers say in
   * Origin where the page is from.
   */
  private static void reload(RoutingContext context, View balancer) {
    String origin = context.request().getHeader(HttpHeaders.ORIGIN);
    if (origin != null && !origin.equals("http://" + context.request().authority())) {
      context.response().setStatusCode(403).end("only pages of this port may reload\n");
      return;
    }
    balancer
        .reload()
        .onComplete(
            changes -> context.end("configuration reloaded: " + changes + "\n"),
            cause -> {
              if (cause instanceof ConfigException) {
                String text = "the former configuration stays: " + cause.getMessage() + "\n";
                context.response().setStatusCode(422).end(text);
              } else {
                context.fail(cause);
              }
            });
  }

  private static void answer(RoutingContext context, String type, Future<String> text) {
    text.onComplete(
        it -> context.response().putHeader(HttpHeaders.CONTENT_TYPE, type).end(it), context::fail);
  }

  /** Not on the event loop: with many targets it takes as long as many requests. */
  private static void metrics(RoutingContext context, View balancer) {
    String accept = context.request().getHeader(HttpHeaders.ACCEPT);
    balancer
        .snapshot()
        .compose(it -> context.vertx().executeBlocking(() -> PrometheusPage.of(it, accept)))
        .onComplete(
            page ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, page.contentType())
                    .end(page.content()),
            context::fail);
  }

  private static void explain(RoutingContext context, View balancer) {
    Map<String, String> policies = balancer.policies();
    String names = String.join(", ", policies.keySet());
    String name = context.request().getParam("group");
    String limit = context.request().getParam("limit", "10");
    if (name == null || !limit.matches("[1-9]\\d{0,2}")) {
      context
          .response()
          .setStatusCode(400)
          .end("use /explain?group=NAME&limit=1 to 999; groups: " + names + "\n");
      return;
    }
    String policy = policies.get(name);
    if (policy == null) {
      context.response().setStatusCode(404).end("no group has this name; groups: " + names + "\n");
      return;
    }
    int most = Integer.parseInt(limit);
    answer(
        context,
        "application/json",
        balancer
            .decisions(name, most)
            .map(loops -> Explanation.of(name, policy, loops, most).encodePrettily() + "\n"));
  }
}
