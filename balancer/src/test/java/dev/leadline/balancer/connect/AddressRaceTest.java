package dev.leadline.balancer.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One connection to a host of which some addresses do not answer. */
class AddressRaceTest {

  private static final Future<TargetConnection> REFUSED =
      Future.failedFuture(new ConnectException("refused"));

  private final Vertx vertx = Vertx.vertx();
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private final List<String> closed = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private TargetConnection connection(String address) {
    return (TargetConnection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {TargetConnection.class},
            (proxy, method, args) -> {
              if (method.getName().equals("close")) {
                closed.add(address);
                return Future.succeededFuture();
              }
              return method.getName().equals("toString") ? address : null;
            });
  }

  /** Which address took the connection. */
  private String run(AddressList addresses, Promise<TargetConnection> silent) throws Exception {
    Promise<TargetConnection> result = Promise.promise();
    vertx.runOnContext(
        now ->
            new AddressRace<>(
                    vertx,
                    addresses,
                    address -> {
                      tried.add(address);
                      if (address.startsWith("refuses")) {
                        return REFUSED;
                      }
                      return address.equals("silent")
                          ? silent.future()
                          : Future.succeededFuture(connection(address));
                    },
                    TargetConnection::close)
                .run()
                .onComplete(result));
    return result
        .future()
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS)
        .toString();
  }

  @Test
  void theNextAddressIsTriedAndRemembered() throws Exception {
    AddressList addresses = new AddressList(List.of("refuses", "silent", "takes"));
    Promise<TargetConnection> silent = Promise.promise();
    assertEquals("takes", run(addresses, silent));
    assertEquals("takes", run(addresses, silent));
    assertEquals(List.of("refuses", "silent", "takes", "takes"), tried);
    silent.complete(connection("silent"));
    assertEquals(List.of("silent"), closed, "a connection that comes too late is not kept");
  }

  @Test
  void noConnectionTriesMoreThanSoMany() {
    List<String> many = new ArrayList<>();
    IntStream.range(0, 20).forEach(i -> many.add("refuses" + i));
    AddressList addresses = new AddressList(many);
    assertThrows(ExecutionException.class, () -> run(addresses, Promise.promise()));
    assertThrows(ExecutionException.class, () -> run(addresses, Promise.promise()));
    assertEquals(many.subList(0, 2 * AddressRace.MOST_TRIED), tried);
  }
}
