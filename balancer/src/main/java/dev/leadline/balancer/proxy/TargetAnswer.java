package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetResponse;
import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Passes the answer of a target on to the client. */
final class TargetAnswer implements BodyPump.Listener {

  /** Answers up to this size are collected and sent in one write: one packet, one system call. */
  private static final int SMALL_BYTES = 16 * 1024;

  private final ProxiedRequest request;
  private final Attempt attempt;
  private final TargetResponse answer;
  private @Nullable BodyPump pump;
  private boolean last;

  TargetAnswer(ProxiedRequest request, Attempt attempt, TargetResponse answer) {
    this.request = request;
    this.attempt = attempt;
    this.answer = answer;
  }

  /** Why this answer must not be passed on, or null if it may. */
  static @Nullable EndReason problem(TargetResponse answer) {
    if (answer.statusCode() < 200 || answer.statusCode() > 599) {
      return EndReason.ANSWER_STATUS;
    }
    List<String> codings = answer.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    boolean understood =
        codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"));
    return understood ? null : EndReason.ANSWER_ENCODING;
  }

  /** Whether the client does not read what is there for it. */
  boolean isBlocked() {
    return pump != null && pump.isBlocked();
  }

  /** Passes it on; the request hears when it is complete, and the attempt if it breaks off. */
  void passOn() {
    if (!mayHaveBody() || isSmall() || attempt.isHeadOnly()) {
      answer.whole(this::sendWhole);
      return;
    }
    if (!prepareHead()) {
      return;
    }
    request.headSent();
    HttpServerResponse response = toClient();
    if (!answer.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      delimit(response);
    }
    if (!isHttp10()) {
      response.writeHead(); // The first part of the body may be long in coming.
    }
    pump = new BodyPump(answer, ReadGate.NONE, response::write, this);
    pump.start();
  }

  private boolean mayHaveBody() {
    int status = answer.statusCode();
    return !HttpMethod.HEAD.equals(request.fromClient().method()) && status != 204 && status != 304;
  }

  /** Whether its body is announced to be so small that it is passed on in one piece. */
  private boolean isSmall() {
    String length = answer.headers().get(HttpHeaders.CONTENT_LENGTH);
    // At most five digits: the decoder has already refused what is not a number.
    return length != null && length.length() <= 5 && Integer.parseInt(length) <= SMALL_BYTES;
  }

  private void sendWhole(Buffer body) {
    if (attempt.isEnded()) {
      return;
    }
    if (body.length() == 0 && lacksBody()) {
      attempt.failed(EndReason.ANSWER_HTTP2);
      return;
    }
    if (prepareHead()) {
      if (!attempt.isRequestSent() && !Http2.carries(request.fromClient())) {
        toClient().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      }
      if (Http2.carries(request.fromClient()) && !passTrailersOn()) {
        return;
      }
      // Over HTTP/2 a client reads some things from a head only if it is the end too.
      Future<Void> end = body.length() == 0 ? toClient().end() : toClient().end(body);
      request.complete(attempt, answer);
      ended(end);
    }
  }

  /**
   * Whether an answer without a body announces one. Of HTTP/2 it can come so far: Netty takes it
   * for the answer to a HEAD.
   */
  private boolean lacksBody() {
    String length = answer.headers().get(HttpHeaders.CONTENT_LENGTH);
    return answer.version() == HttpVersion.HTTP_2
        && length != null
        && !length.equals("0")
        && mayHaveBody();
  }

  /** Puts the head together; false if that cannot be done, and the attempt has failed. */
  private boolean prepareHead() {
    HttpServerResponse response = toClient();
    HopByHop.Problem unfit =
        HopByHop.copyEndToEnd(answer.headers(), response.headers(), request.maxHeaders());
    if (unfit != null) {
      fail(unfit);
      return false;
    }
    String length = response.headers().get(HttpHeaders.CONTENT_LENGTH);
    if (length != null && length.length() > 1 && length.charAt(0) == '0') {
      // Some readers take 010 for eight.
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(Long.parseLong(length)));
    }
    request.addSessionCookie(attempt.target());
    response.setStatusCode(answer.statusCode());
    String phrase = answer.statusMessage();
    if (phrase != null && !phrase.equals(response.getStatusMessage()) && isPhrase(phrase)) {
      response.setStatusMessage(phrase);
    }
    if (request.isRetiring() && !Http2.carries(request.fromClient())) {
      last = true;
      request.last();
    }
    return true;
  }

  /** Whether it has only characters that RFC 9112 allows in a reason phrase. */
  private static boolean isPhrase(String text) {
    return text.chars().allMatch(c -> c == '\t' || (c >= ' ' && c <= 0xff && c != 0x7f));
  }

  /** An answer of unknown length ends with its last chunk, or on HTTP/1.0 with the connection. */
  private void delimit(HttpServerResponse response) {
    if (isHttp10()) {
      Answers.announceClose(response);
    } else {
      response.setChunked(true);
    }
  }

  @Override
  public void moved() {
    request.moved();
  }

  @Override
  public void ended() {
    if (request.isEnded()) {
      return;
    }
    if (toClient().bytesWritten() == 0 && lacksBody()) {
      attempt.failed(EndReason.ANSWER_HTTP2);
      return;
    }
    if (!passTrailersOn()) {
      return;
    }
    Future<Void> end = toClient().end();
    request.complete(attempt, answer);
    // Not before: where the client is told to stop sending, its request would look broken off.
    ended(end);
    if (isHttp10()) {
      end.onComplete(done -> request.fromClient().connection().close());
    }
  }

  /**
   * Passes on what an answer of unknown length may end with; false if that cannot be done, and the
   * attempt has failed.
   */
  private boolean passTrailersOn() {
    MultiMap trailers = answer.trailers();
    if (trailers.isEmpty() || isHttp10()) {
      return true;
    }
    trailers.remove(HttpHeaders.CONTENT_LENGTH);
    request.leaveReportOut(trailers);
    MultiMap fit = HttpHeaders.headers();
    HopByHop.Problem unfit = HopByHop.copyEndToEnd(trailers, fit, request.maxHeaders());
    if (unfit != null) {
      fail(unfit);
      return false;
    }
    toClient().trailers().addAll(fit);
    return true;
  }

  /** It cannot be passed on; what the client gets instead has nothing of its head. */
  private void fail(HopByHop.Problem unfit) {
    if (!toClient().headWritten()) {
      toClient().headers().clear();
    }
    attempt.failed(unfit.ofAnswer());
  }

  private void ended(Future<Void> answered) {
    if (Http2.carries(request.fromClient())) {
      request.ended(answered);
    } else if (last && attempt.isRequestSent()) {
      request.closeAfter(answered);
    }
  }

  @Override
  public void sourceFailed(Throwable cause) {
    attempt.failed(cause);
  }

  private boolean isHttp10() {
    return request.fromClient().version() == HttpVersion.HTTP_1_0;
  }

  private HttpServerResponse toClient() {
    return request.fromClient().response();
  }
}
