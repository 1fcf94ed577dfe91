package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.transport.Transport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serve}: runs the balancer until SIGTERM or SIGINT. */
@Command(
    name = "serve",
    description =
        "Runs the balancer until SIGTERM or SIGINT; then lets requests in flight end. SIGHUP"
            + " reloads the configuration.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  private static final Logger LOG = Logger.getLogger(ServeCommand.class.getName());

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration (YAML).")
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private Path config;

  @Option(
      names = "--watch",
      description = "Reload when FILE or a file that it names changes; SIGHUP reloads in any case.")
  private boolean watch;

  @Override
  public Integer call() throws InterruptedException {
    BalancerConfig parsed;
    try {
      parsed = ConfigReader.read(config);
    } catch (ConfigException e) {
      LOG.severe(e.getMessage());
      return Main.EXIT_USAGE;
    }
    Transport transport = Transports.best();
    String version = Main.Version.number();
    LOG.log(Level.INFO, "balancer {0}, transport {1}", new Object[] {version, transport.name()});
    Vertx vertx = vertx(parsed.loops(), transport);
    try {
      Balancer balancer =
          Balancer.run(vertx, parsed, () -> ConfigReader.read(config), version, transport.name())
              .toCompletionStage()
              .toCompletableFuture()
              .get();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(vertx, balancer), "stop"));
      HangUp.handle(() -> balancer.reload());
      if (watch) {
        balancer.watch(config);
      }
      balancer.warm().onSuccess(warm -> sayReady(balancer));
    } catch (ExecutionException e) {
      LOG.log(
          Level.SEVERE,
          e.getCause() instanceof StartException start ? start.getMessage() : "cannot start",
          e.getCause() instanceof StartException ? null : e.getCause());
      vertx.close();
      return 1;
    }
    new CountDownLatch(1).await(); // The shutdown hook ends the process.
    return 0;
  }

  static Vertx vertx(int loops, Transport transport) {
    return Vertx.builder()
        .with(new VertxOptions().setEventLoopPoolSize(loops).setPreferNativeTransport(false))
        .withTransport(transport)
        .build();
  }

  private static void sayReady(Balancer balancer) {
    if (balancer.isReady()) {
      LOG.info("ready");
    }
  }

  private static void stop(Vertx vertx, Balancer balancer) {
    Timeouts timeouts = balancer.current().timeouts();
    long seconds = timeouts.shutdown().toSeconds();
    LOG.log(
        Level.INFO,
        "stopping: requests in flight {0}, time to end {1} s; the listener closes in {2} s",
        new Object[] {
          Integer.toString(balancer.requestsInFlight()),
          Long.toString(seconds),
          Double.toString(balancer.shutdownDelay().toMillis() / 1000.0)
        });
    try {
      balancer
          .drain()
          .toCompletionStage()
          .toCompletableFuture()
          .get(seconds + timeouts.shutdownDelay().toSeconds() + 5, TimeUnit.SECONDS);
      balancer.flush();
      vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Level.WARNING, "not everything could be stopped in order: {0}", e.toString());
    }
    LOG.info("stopped");
    // A signal would make the exit code 143; being asked to stop and stopping is a success.
    Runtime.getRuntime().halt(0);
  }
}
