package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.Certificate;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One burst under way. Belongs to one event loop, but for {@link #intendNow}. */
final class Burst {
  /** Longer than any request may take. */
  private static final int MAX_HANDSHAKE_MINUTES = 15;

  private final HttpClientAgent client;
  private final PlannedBurst planned;
  private final Balancer balancer;
  private final List<InetAddress> addresses;
  private final RequestOptions request;
  private final ClientSSLOptions trust;
  private final List<BurstRequest> exchanges = new ArrayList<>();
  private final List<Future<HttpClientConnection>> connections = new ArrayList<>();
  private final Promise<Void> allEnded = Promise.promise();

  private volatile Instant startedAt = Instant.EPOCH;
  private volatile long intendedNanoTime;
  private int inFlight;
  private int awaitingAnswer;
  private int maxInFlight;
  private int maxAwaitingAnswer;
  private int ended;

  Burst(
      HttpClientAgent client,
      PlannedBurst planned,
      Balancer balancer,
      List<InetAddress> addresses,
      int requests,
      boolean ofLab) {
    this.client = client;
    this.planned = planned;
    this.balancer = balancer;
    this.addresses = addresses;
    this.trust = trust(balancer.certificate());
    this.request =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(balancer.url().getHost())
            .setPort(balancer.port())
            .setSsl(balancer.secure())
            .setURI(planned.cell().path());
    for (int index = 0; index < requests; index++) {
      exchanges.add(new BurstRequest(this, index, ofLab));
    }
  }

  /** Opens every connection ahead of the burst; one that fails is an exchange that fails later. */
  Future<?> connect() {
    for (int index = 0; index < exchanges.size(); index++) {
      connections.add(open(index));
    }
    return Future.join(connections);
  }

  /** Declares that every request is to be sent now. */
  void intendNow() {
    startedAt = Instant.now();
    intendedNanoTime = System.nanoTime();
  }

  /** Begins every exchange; the answer completes when each of them has ended. */
  Future<?> send() {
    boolean preConnected = !connections.isEmpty();
    for (BurstRequest exchange : exchanges) {
      exchange.begin();
      if (!preConnected) {
        connections.add(open(exchange.index()));
      }
      exchange.continueOn(connections.get(exchange.index()), request);
    }
    return allEnded.future();
  }

  void giveUp(Duration timeout) {
    exchanges.forEach(exchange -> exchange.giveUp(timeout));
  }

  Future<?> close() {
    List<Future<Void>> closing = new ArrayList<>();
    for (Future<HttpClientConnection> connection : connections) {
      if (connection.succeeded()) {
        closing.add(connection.result().close());
      } else {
        // Still being opened when the burst was given up: nothing else would close it.
        connection.onSuccess(HttpClientConnection::close);
      }
    }
    return Future.join(closing);
  }

  /** Only once {@link #send} has completed. */
  BurstGenerator.Result result() {
    BurstRecord record =
        new BurstRecord(
            planned.phase(),
            planned.round(),
            planned.cell().path(),
            planned.cell().balancer(),
            startedAt,
            maxInFlight,
            maxAwaitingAnswer,
            addresses.stream().map(InetAddress::getHostAddress).toList(),
            exchanges.size());
    return new BurstGenerator.Result(
        record, exchanges.stream().map(exchange -> exchange.sample(planned)).toList());
  }

  long now() {
    return System.nanoTime() - intendedNanoTime;
  }

  void begun() {
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
  }

  void written() {
    awaitingAnswer++;
    maxAwaitingAnswer = Math.max(maxAwaitingAnswer, awaitingAnswer);
  }

  void ended(boolean wasWritten) {
    inFlight--;
    awaitingAnswer -= wasWritten ? 1 : 0;
    if (++ended == exchanges.size()) {
      allEnded.complete();
    }
  }

  /**
   * A connection of its own for each request, spread over all addresses: a client that asks the
   * resolver once sends everything to one node of a load balancer that has several.
   */
  private Future<HttpClientConnection> open(int index) {
    if (addresses.isEmpty()) {
      return Future.failedFuture(new UnknownHostException(balancer.url().getHost()));
    }
    String address = addresses.get(index % addresses.size()).getHostAddress();
    HttpConnectOptions options =
        new HttpConnectOptions()
            .setServer(SocketAddress.inetSocketAddress(balancer.port(), address))
            .setHost(balancer.url().getHost())
            .setPort(balancer.port())
            .setSsl(balancer.secure());
    if (balancer.secure()) {
      options.setSslOptions(trust);
    }
    return client.connect(options);
  }

  /** Which certificates are accepted. An empty algorithm turns off the check of the name. */
  private static ClientSSLOptions trust(@Nullable Certificate certificate) {
    boolean any = certificate == Certificate.ANY;
    boolean anyName = any || certificate == Certificate.OTHER_NAME;
    ClientSSLOptions options = new ClientSSLOptions();
    // A slow handshake ends with its request: a limit of its own would pass for a bad certificate.
    options.setSslHandshakeTimeout(MAX_HANDSHAKE_MINUTES);
    options.setSslHandshakeTimeoutUnit(TimeUnit.MINUTES);
    return options.setTrustAll(any).setHostnameVerificationAlgorithm(anyName ? "" : "HTTPS");
  }
}
