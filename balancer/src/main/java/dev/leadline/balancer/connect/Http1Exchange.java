package dev.leadline.balancer.connect;

import dev.leadline.balancer.connect.AnswerException.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.headers.Http1xHeaders;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer on a connection of HTTP/1.1. The head goes out with the first part of
 * the body, in one buffer. A body that has not the length that its head announces never leaves a
 * connection that could be used again. Not thread-safe.
 */
final class Http1Exchange implements TargetRequest {

  private static final int USUAL_HEAD_BYTES = 512;
  private static final int CHUNK_FRAME_BYTES = 12; // eight digits and two line ends

  private static final byte[] VERSION = ascii(" HTTP/1.1\r\n");
  private static final byte[] HOST = ascii("host: ");
  private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
  private static final byte[] LINE_END = ascii("\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n");

  private final Http1Codec codec;
  private final Listener listener;
  private final Http1xHeaders headers = Http1xHeaders.httpHeaders();
  private HttpMethod method = HttpMethod.GET;
  private String uri = "";
  private boolean chunked;
  private long unsentBytes;
  private boolean headSent;
  private boolean requestOver;
  private boolean requestComplete;
  private boolean answerBegun;
  private int interimAnswers;
  private boolean interimEnds;
  private @Nullable Http1Answer answer;
  private boolean mayGoOn;
  private boolean answerComplete;

  Http1Exchange(Http1Codec codec, Listener listener) {
    this.codec = codec;
    this.listener = listener;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public MultiMap headers() {
    return headers;
  }

  @Override
  public void send(HttpMethod requestMethod, String requestUri, boolean hasBody) {
    method = requestMethod;
    uri = requestUri;
    headers.remove(HttpHeaders.TRANSFER_ENCODING);
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    chunked = hasBody && length == null;
    unsentBytes = length == null ? 0 : Long.parseLong(length);
    if (!isWord(method.name()) || !isWord(uri)) {
      breakOff(new IllegalArgumentException("a request line must have three words"));
    } else if (!codec.channel().isActive()) {
      breakOff(new ClosedChannelException());
    } else if (!hasBody) {
      end(NO_TRAILERS);
    }
  }

  /** Whether it is one word of visible ASCII: nothing else may stand in a request line. */
  private static boolean isWord(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  @Override
  public Future<Void> write(Buffer part) {
    int length = part.length();
    if (!codec.isAt(this) || requestOver) {
      return Future.failedFuture(new ClosedChannelException());
    }
    if (length == 0) {
      return Future.succeededFuture(); // An empty chunk would end the body.
    }
    if (!chunked && length > unsentBytes) {
      Throwable cause = wrongLength();
      breakOff(cause);
      return Future.failedFuture(cause);
    }
    ByteBuf out = codec.buffer(headBytes() + length + CHUNK_FRAME_BYTES);
    if (!headSent) {
      writeHead(out);
    }
    if (chunked) {
      out.writeCharSequence(Integer.toHexString(length), StandardCharsets.US_ASCII);
      out.writeBytes(LINE_END);
    } else {
      unsentBytes -= length;
    }
    out.writeBytes(((BufferInternal) part).getByteBuf());
    if (chunked) {
      out.writeBytes(LINE_END);
    }
    return codec.write(out);
  }

  @Override
  public void end(MultiMap trailers) {
    if (!codec.isAt(this) || requestOver) {
      return;
    }
    if (unsentBytes > 0) {
      breakOff(wrongLength());
      return;
    }
    requestOver = true;
    requestComplete = true;
    if (headSent && !chunked) {
      return;
    }
    ByteBuf out = codec.buffer(headBytes() + CHUNK_FRAME_BYTES);
    if (!headSent) {
      writeHead(out);
    }
    if (chunked) {
      out.writeBytes(LAST_CHUNK);
      if (!trailers.isEmpty()) {
        Http1xHeaders lines = Http1xHeaders.httpHeaders();
        lines.addAll(trailers);
        lines.encode(out, false);
      }
      out.writeBytes(LINE_END);
    }
    codec.send(out);
  }

  private static Throwable wrongLength() {
    return new IllegalStateException("the body has not its announced length");
  }

  /** Nothing more is sent; the listener hears why, but not within what it does now. */
  private void breakOff(Throwable cause) {
    requestOver = true;
    codec.failSoon(this, cause);
  }

  private int headBytes() {
    return headSent ? 0 : USUAL_HEAD_BYTES;
  }

  private void writeHead(ByteBuf out) {
    headSent = true;
    ByteBufUtil.writeAscii(out, method.name());
    out.writeByte(' ');
    ByteBufUtil.writeAscii(out, uri);
    out.writeBytes(VERSION);
    headers.encode(out, false);
    if (!headers.contains(HttpHeaders.HOST)) {
      out.writeBytes(HOST);
      ByteBufUtil.writeAscii(out, codec.authority());
      out.writeBytes(LINE_END);
    }
    if (chunked) {
      out.writeBytes(CHUNKED);
    }
    out.writeBytes(LINE_END);
  }

  @Override
  public void reset() {
    if (codec.isAt(this) && !headSent) {
      codec.ended(true);
    } else if (codec.isAt(this) || (headSent && !requestComplete)) {
      codec.resetConnection();
    }
  }

  @Override
  public boolean hasAnswerBegun() {
    return answerBegun;
  }

  @Override
  public boolean isUnprocessed() {
    return false; // HTTP/1.1 has no way to say so.
  }

  @Override
  public boolean isHeadOnly() {
    return false; // The headers say what comes.
  }

  boolean isSent() {
    return headSent;
  }

  boolean isHead() {
    return HttpMethod.HEAD.equals(method);
  }

  /** Looks at the first bytes of an answer: a wrong protocol need not send a whole line. */
  @Nullable Problem begin(ByteBuf bytes) {
    for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
      byte first = bytes.getByte(i);
      if (first == '\r' || first == '\n') {
        continue; // An empty line before the answer is tolerated (RFC 9112, section 2.2).
      }
      answerBegun = true;
      boolean tls = first >= 0x14 && first <= 0x17;
      return first == 'H' ? null : tls ? Problem.TLS : Problem.NOT_HTTP;
    }
    return null;
  }

  /** The head of an answer was decoded; what is wrong with it, if something is. */
  @Nullable AnswerException head(HttpResponse head) {
    if (isInterim(head)) {
      if (++interimAnswers > AnswerLimits.INTERIM_ANSWERS) {
        return new AnswerException(Problem.TOO_MANY_INTERIM);
      }
      interimEnds = true;
      listener.interim(head.status().code(), (MultiMap) head.headers());
      return null;
    }
    boolean current = head.protocolVersion().equals(HttpVersion.HTTP_1_1);
    if (!current && !head.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return new AnswerException(Problem.NOT_HTTP);
    }
    mayGoOn = current && HttpUtil.isKeepAlive(head);
    Http1Answer begun = new Http1Answer(this, codec, head);
    answer = begun;
    listener.answered(begun);
    return null;
  }

  static boolean isInterim(HttpResponse head) {
    return head.status().codeClass() == HttpStatusClass.INFORMATIONAL
        && head.status().code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
  }

  /** A part of the body was decoded, or the end of it, or that of an interim answer. */
  void content(HttpContent content) {
    Http1Answer begun = answer;
    if (interimEnds || begun == null) {
      interimEnds = false;
      return;
    }
    if (content.content().isReadable()) {
      begun.part(content.content());
    }
    if (content instanceof LastHttpContent last && codec.isAt(this)) {
      begun.trailers(last.trailingHeaders());
      answerComplete = true;
      if (!codec.isPaused()) {
        goOn();
      }
    }
  }

  boolean isAnswerComplete() {
    return answerComplete;
  }

  /** The answer is not paused: if only its end is left, this is it. */
  void goOn() {
    Http1Answer begun = answer;
    if (answerComplete && begun != null) {
      codec.ended(mayGoOn && requestComplete);
      begun.end();
    }
  }

  void failed(Throwable cause) {
    listener.failed(cause);
  }
}
