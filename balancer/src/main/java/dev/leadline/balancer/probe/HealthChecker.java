package dev.leadline.balancer.probe;

import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.connect.HandshakeFailure;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.balancer.connect.UnresolvedException;
import dev.leadline.routing.target.Target;
import io.netty.channel.Channel;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Checks every target of a group at its interval, from the start on. Each check has a connection of
 * its own: whether a target still accepts connections is part of the question.
 */
public final class HealthChecker {

  /** Hears how checks end. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A check of this target ended.
     *
     * @param failure why it failed, in words; empty if it succeeded
     */
    void checked(Target target, Optional<String> failure);
  }

  private static final String USER_AGENT = "Leadline-HealthChecker/1.0";

  // The checks of a large group are spread over the interval: all at once, they would be felt by
  // the requests.
  private static final int MOST_PARTS = 100;
  private static final int LEAST_STEP_MILLIS = 50;

  private final Vertx vertx;
  private final HealthCheck check;
  private final TargetWire wire;
  private final Supplier<List<Target>> targets;
  private final Listener listener;
  private final TargetClient client;
  private final RequestOptions get;
  private final Optional<Buffer> grpcQuestion;
  private final int parts;
  private int part;
  private long timer;

  /**
   * Makes a checker.
   *
   * @param wire how the targets are spoken to
   * @param targets the targets of the group, whenever it looks
   * @param listener hears the results, on the event loop that {@link #start} was called on
   */
  public HealthChecker(
      Vertx vertx,
      HealthCheck check,
      TargetWire wire,
      Supplier<List<Target>> targets,
      Listener listener) {
    this.vertx = vertx;
    this.check = check;
    this.wire = wire;
    this.targets = targets;
    this.listener = listener;
    parts =
        (int) Math.max(1, Math.min(MOST_PARTS, check.interval().toMillis() / LEAST_STEP_MILLIS));
    client = new TargetClient(vertx, check.timeout());
    client.beginWith(wire.proxyHeader());
    boolean grpc = wire.protocol() == Protocol.GRPC;
    grpcQuestion = grpc ? Optional.of(GrpcHealth.question(check.service())) : Optional.empty();
    get =
        grpc
            ? GrpcHealth.head(USER_AGENT)
            : TimedGet.get(check.path(), USER_AGENT).setMethod(HttpMethod.valueOf(check.method()));
    if (wire.protocol() == Protocol.HTTP1) {
      get.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
  }

  /** Starts checking; the result comes when every target has been checked once. */
  public Future<?> start() {
    timer = vertx.setPeriodic(check.interval().toMillis() / parts, fired -> checkNext());
    return Future.join(checkAll()).otherwiseEmpty();
  }

  /** Checks no more; what is on its way is heard of. */
  public void stop() {
    vertx.cancelTimer(timer);
    client.close();
  }

  /** Checks every target of the group now, beside the interval: there may be new ones. */
  public List<Future<?>> checkAll() {
    return targets.get().stream().<Future<?>>map(this::check).toList();
  }

  private void checkNext() {
    part(targets.get(), part, parts).forEach(this::check);
    part = (part + 1) % parts;
  }

  /** One of so many parts of a list, which differ by one element at most. */
  static <T> List<T> part(List<T> all, int number, int parts) {
    return all.subList(all.size() * number / parts, all.size() * (number + 1) / parts);
  }

  private Future<?> check(Target target) {
    int port = check.port().orElse(target.port());
    Target checked = new Target(target.id(), target.address(), port, target.weight());
    if (check.connectOnly()) {
      return client
          .connectSocket(client.addressOf(checked, TargetWire.PLAIN))
          .onSuccess(HealthChecker::close)
          .onComplete(
              connected -> listener.checked(target, Optional.empty()),
              cause -> listener.checked(target, Optional.of(failure(cause))));
    }
    Future<TargetConnection> connecting = client.connect(client.addressOf(checked, wire));
    return TimedGet.send(vertx, connecting, get, grpcQuestion, check.timeout())
        .onComplete(done -> connecting.onSuccess(TargetConnection::close))
        .onComplete(
            answer -> listener.checked(target, failure(answer)),
            cause -> listener.checked(target, Optional.of(failure(cause))));
  }

  private static void close(Channel connection) {
    var unused = connection.close();
  }

  private Optional<String> failure(TimedGet.Answer answer) {
    if (grpcQuestion.isPresent()) {
      return answer.grpcFailure();
    }
    return check.successCodes().contain(answer.status())
        ? Optional.empty()
        : Optional.of("%s answered %d".formatted(question(), answer.status()));
  }

  private String question() {
    if (check.connectOnly()) {
      return "a connection";
    }
    return get.getMethod() + " " + get.getURI();
  }

  private String failure(Throwable cause) {
    HandshakeFailure handshake = HandshakeFailure.in(cause);
    if (handshake != null) {
      return handshake.text();
    }
    if (cause instanceof TimeoutException || cause instanceof ConnectTimeoutException) {
      double seconds = check.timeout().toMillis() / 1000.0;
      return "%s was not answered within %s s".formatted(question(), seconds).replace(".0 s", " s");
    }
    if (cause instanceof UnresolvedException unresolved) {
      return String.valueOf(unresolved.getMessage());
    }
    if (cause instanceof UnknownHostException) {
      return "its name does not resolve";
    }
    if (cause instanceof ConnectException
        && String.valueOf(cause.getMessage()).contains("refused")) {
      return "connection refused";
    }
    return "%s: %s".formatted(question(), cause.getMessage());
  }
}
