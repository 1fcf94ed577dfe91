package dev.leadline.balancer.proxy;

import dev.leadline.balancer.RawTarget;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A target that reads by the letter, keeps what it read, and reports what it should never have been
 * sent.
 */
final class StrictTarget implements AutoCloseable {

  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final List<String> order = new CopyOnWriteArrayList<>();
  private final Map<String, List<StrictHttp.Message>> requests = new ConcurrentHashMap<>();
  private final Function<StrictHttp.Message, String> answers;
  private final RawTarget target;

  /**
   * Begins to listen.
   *
   * @param answers the bytes that answer a request; one that ends in {@code (close)} without these,
   *     and with the end of the connection
   */
  StrictTarget(Function<StrictHttp.Message, String> answers) throws IOException {
    this.answers = answers;
    target = new RawTarget(this::serve);
  }

  /** An answer of 200 whose body is the request target. */
  static String echo(StrictHttp.Message request) {
    String body = request.startLine().startsWith("HEAD ") ? "" : request.target();
    return "HTTP/1.1 200 OK\r\nContent-Length: " + request.target().length() + "\r\n\r\n" + body;
  }

  RawTarget raw() {
    return target;
  }

  /** Requests for this path. */
  List<StrictHttp.Message> requests(String path) {
    return requests.getOrDefault(path, List.of());
  }

  /** All paths that were requested. */
  Set<String> paths() {
    return Set.copyOf(requests.keySet());
  }

  /** Request targets that have this text, in the order in which they came; they are forgotten. */
  List<String> takeOrder(String text) {
    List<String> found = order.stream().filter(it -> it.contains(text)).toList();
    order.removeAll(found);
    return found;
  }

  /** What came that is no HTTP/1.1. */
  List<String> faults() {
    return faults;
  }

  private void serve(RawTarget.Connection connection) throws IOException {
    StringBuilder unread = new StringBuilder();
    while (true) {
      StrictHttp reader = new StrictHttp(unread.toString());
      try {
        StrictHttp.Message request = reader.request();
        unread.delete(0, reader.position());
        if (!answer(connection, request)) {
          return;
        }
      } catch (StrictHttp.Malformed e) {
        faults.add(e.getMessage() + " in " + unread);
        return;
      } catch (StrictHttp.Unfinished e) {
        String more = connection.readSome();
        if (more.isEmpty()) {
          return;
        }
        unread.append(more);
      }
    }
  }

  private boolean answer(RawTarget.Connection connection, StrictHttp.Message request)
      throws IOException {
    if (request.target().equals("/health")) {
      connection.send(echo(request));
      return true;
    }
    requests.computeIfAbsent(request.path(), it -> new CopyOnWriteArrayList<>()).add(request);
    order.add(request.target());
    String answer = answers.apply(request);
    boolean close = answer.endsWith("(close)");
    connection.send(close ? answer.substring(0, answer.length() - 7) : answer);
    return !close;
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
