package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.probe.WarmUpRun;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/**
 * {@code rehearse}: the run whose classes {@link ArchiveCommand} writes down. A balancer on
 * loopback serves requests and shows its pages, and stops.
 */
@Command(name = "rehearse", hidden = true)
final class RehearseCommand implements Callable<Integer> {

  private static final int REQUESTS = 200;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Override
  public Integer call() throws Exception {
    Vertx vertx = ServeCommand.vertx(1, Transports.best());
    int answered =
        vertx
            .createHttpServer()
            .requestHandler(request -> request.response().end("ok"))
            .listen(0, "127.0.0.1")
            .compose(target -> rehearse(vertx, target))
            .toCompletionStage()
            .toCompletableFuture()
            .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    return answered == REQUESTS ? 0 : 1;
  }

  private static Future<Integer> rehearse(Vertx vertx, HttpServer target) {
    String yaml =
        """
        listener: {host: 127.0.0.1, port: 0}
        admin: {port: 0}
        warmUp: {url: "http://127.0.0.1:%1$d/", requests: 50, beforeListening: true}
        timeouts: {shutdownDelay: 0s}
        targetGroups:
          - {name: rehearsal, targets: [{id: target, address: 127.0.0.1, port: %1$d}]}
        rules: [{paths: ["*"], forward: rehearsal}]
        """
            .formatted(target.actualPort());
    Callable<BalancerConfig> config = () -> ConfigReader.parse("rehearsal", yaml);
    return Balancer.run(
            vertx, ConfigReader.parse("rehearsal", yaml), config, "rehearsal", "rehearsal")
        .compose(
            balancer ->
                new WarmUpRun(vertx, balancer.port(), "/", REQUESTS)
                    .run(LIMIT, () -> false)
                    .compose(answered -> look(vertx, balancer).map(answered))
                    .compose(answered -> balancer.drain().map(answered)));
  }

  private static Future<?> look(Vertx vertx, Balancer balancer) {
    HttpClient client = vertx.createHttpClient();
    return Future.all(
        get(client, balancer, "/ready"),
        get(client, balancer, "/status"),
        get(client, balancer, "/metrics"));
  }

  private static Future<?> get(HttpClient client, Balancer balancer, String path) {
    return client
        .request(HttpMethod.GET, balancer.adminPort(), "127.0.0.1", path)
        .compose(request -> request.send().compose(HttpClientResponse::body));
  }
}
