package dev.leadline.balancer.connect;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Handler;
import io.vertx.core.http.impl.HttpClientStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream that this side could not begin. */
class Http2TargetStreamTest {

  private final List<Throwable> seen = new ArrayList<>();
  private Handler<Throwable> failed = cause -> {};

  /** On Vert.x's stream with this id. */
  @SuppressWarnings({"unchecked", "NullAway"}) // Its connection is not asked for anything.
  private Http2TargetStream withId(long id) {
    HttpClientStream stream =
        (HttpClientStream)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {HttpClientStream.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("exceptionHandler")) {
                    failed = (Handler<Throwable>) arguments[0];
                    return proxy;
                  }
                  return id;
                });
    return new Http2TargetStream(null, stream);
  }

  @Test
  void nothingOfItWasSent() {
    Http2TargetStream stream = withId(-7);
    stream.exceptionHandler(seen::add);
    failed.handle(new IllegalStateException("no more streams"));
    assertInstanceOf(UnsentException.class, seen.get(0));
    assertTrue(stream.isUnsent());
  }

  @Test
  void aStreamThatHasBegunBreaksAsBefore() {
    Http2TargetStream stream = withId(7);
    stream.exceptionHandler(seen::add);
    failed.handle(new IllegalStateException("closed"));
    assertFalse(seen.get(0) instanceof UnsentException);
  }
}
