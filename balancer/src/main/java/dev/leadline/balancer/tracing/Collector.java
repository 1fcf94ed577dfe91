package dev.leadline.balancer.tracing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Makes the requests to a collector. Thread-safe. */
final class Collector {

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  // One for all collectors: its thread lasts until it is garbage.
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_LIMIT)
          .build();

  private Collector() {}

  /**
   * Sends a body of JSON. It has no time limit: whoever waits no longer cancels it, which closes
   * the connection.
   *
   * @return comes when the answer is complete, or its body is too long
   */
  static CompletableFuture<HttpResponse<Void>> post(URI endpoint, byte[] json) {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(json))
            .build();
    return CLIENT.sendAsync(request, head -> new Dropped());
  }

  /** The body of an answer. Only a connection whose answer was read can be used again. */
  private static final class Dropped implements BodySubscriber<Void> {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private Flow.@Nullable Subscription source;
    private long bytes;

    @Override
    public CompletionStage<Void> getBody() {
      return end;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      source = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> part) {
      for (ByteBuffer it : part) {
        bytes += it.remaining();
      }
      if (bytes > MAX_ANSWER_BYTES && source != null) {
        source.cancel();
        end.complete(null);
      }
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      end.complete(null);
    }
  }
}
