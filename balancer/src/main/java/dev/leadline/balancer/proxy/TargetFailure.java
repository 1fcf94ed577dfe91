package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.AnswerException;
import dev.leadline.balancer.connect.HandshakeFailure;
import dev.leadline.balancer.connect.NotHttp2Exception;
import dev.leadline.balancer.connect.UnsentException;
import dev.leadline.balancer.observe.EndReason;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.ContentLengthNotAllowedException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.TransferEncodingNotAllowedException;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Says why a target was not connected to, or why its answer could not be read. */
public final class TargetFailure {

  private static final long REFUSED_STREAM = 0x7;

  private TargetFailure() {}

  /** Why there is no connection. */
  public static EndReason ofConnecting(Throwable cause) {
    HandshakeFailure handshake = HandshakeFailure.in(cause);
    if (handshake != null) {
      return switch (handshake.problem()) {
        case LATE -> EndReason.CONNECT_TIMEOUT;
        case NOT_TRUSTED -> EndReason.TARGET_CERTIFICATE;
        case FAILED -> EndReason.HANDSHAKE;
      };
    }
    if (cause instanceof NotHttp2Exception) {
      return EndReason.NOT_HTTP2;
    }
    for (Throwable it = cause; it != null; it = it.getCause()) {
      if (it instanceof ConnectTimeoutException) {
        return EndReason.CONNECT_TIMEOUT;
      }
      if (it instanceof UnknownHostException || it instanceof IllegalArgumentException) {
        return EndReason.NAME_UNKNOWN;
      }
      String text = it.getMessage() == null ? "" : it.getMessage();
      // The operating system's words are all there is to tell these apart by.
      if (text.contains("Too many open files") || text.contains("Cannot assign requested")) {
        return EndReason.NO_SOCKET;
      }
      if (text.contains("refused")) {
        return EndReason.CONNECT_REFUSED;
      }
    }
    return EndReason.UNREACHABLE;
  }

  /**
   * Why an answer ended before its end.
   *
   * @param begun whether something of it has come
   * @param headRead whether its head was complete
   */
  static EndReason ofAnswer(Throwable cause, boolean begun, boolean headRead) {
    if (cause instanceof UnsentException) {
      return EndReason.NOT_SENT;
    }
    if (cause instanceof StreamResetException reset) {
      return headRead
          ? EndReason.ANSWER_BROKE_OFF
          : reset.getCode() == REFUSED_STREAM ? EndReason.STREAM_REFUSED : EndReason.STREAM_RESET;
    }
    if (cause instanceof Http2Exception.HeaderListSizeException) {
      return EndReason.ANSWER_HEAD_TOO_LONG;
    }
    if (cause instanceof Http2Exception) {
      return headRead ? EndReason.ANSWER_BROKE_OFF : EndReason.ANSWER_HTTP2;
    }
    if (cause instanceof HttpClosedException || cause instanceof IOException) {
      return headRead
          ? EndReason.ANSWER_BROKE_OFF
          : begun ? EndReason.HEAD_BROKE_OFF : EndReason.CONNECTION_CLOSED;
    }
    if (cause instanceof AnswerException bad) {
      return switch (bad.problem()) {
        case TLS -> EndReason.ANSWER_TLS;
        case NOT_HTTP -> EndReason.ANSWER_PROTOCOL;
        case TOO_MANY_INTERIM -> EndReason.ANSWER_INTERIM;
        case CUT_OFF -> EndReason.ANSWER_CUT_OFF;
      };
    }
    return headRead ? EndReason.ANSWER_BODY : ofHead(cause);
  }

  private static EndReason ofHead(Throwable cause) {
    if (cause instanceof PrematureChannelClosureException) {
      return EndReason.HEAD_BROKE_OFF;
    }
    if (cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException) {
      return EndReason.ANSWER_HEAD_TOO_LONG;
    }
    if (cause instanceof ContentLengthNotAllowedException || isOfLengths(cause.getMessage())) {
      return EndReason.ANSWER_LENGTHS;
    }
    if (cause instanceof TransferEncodingNotAllowedException) {
      return EndReason.ANSWER_ENCODING;
    }
    return EndReason.ANSWER_HEADER;
  }

  /** Netty has no exception of its own for them. */
  private static boolean isOfLengths(@Nullable String message) {
    return message != null && message.startsWith("Multiple Content-Length");
  }
}
