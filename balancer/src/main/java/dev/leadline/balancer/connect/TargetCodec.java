package dev.leadline.balancer.connect;

import dev.leadline.balancer.connect.AnswerException.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.impl.headers.HeadersAdaptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on the wire to a target, one request at a time. It is stricter than the codec of Vert.x:
 * bytes that belong to no request close the connection at once, heads are limited, and interim
 * answers are counted and kept away from the final one. Not thread-safe: it belongs to one event
 * loop.
 */
final class TargetCodec
    extends CombinedChannelDuplexHandler<HttpResponseDecoder, HttpRequestEncoder> {

  private static final int MAX_HEAD_BYTES = 32 * 1024; // as an Application Load Balancer has it
  private static final int MAX_INTERIM_ANSWERS = 100;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;
  private static final int USUAL_HEAD_BYTES = 256;
  private static final int SWITCHING_PROTOCOLS = 101;

  /** How far the exchange on the connection is. */
  private enum Stage {
    /** No answer is due. */
    IDLE,
    /** A request was sent; nothing has come back. */
    ASKED,
    /** The answer has begun. */
    ANSWERING
  }

  private final Decoder decoder = new Decoder();
  private Stage stage = Stage.IDLE;
  private boolean answerIsBodiless;
  private int interimAnswers;
  private TargetConnection.@Nullable InterimListener interimListener;

  TargetCodec() {
    init(decoder, new Encoder());
  }

  void listenTo(TargetConnection.@Nullable InterimListener listener) {
    interimListener = listener;
  }

  /** Whether something of the answer to the last request has come, if only an interim answer. */
  boolean hasAnswerBegun() {
    return stage == Stage.ANSWERING;
  }

  /** Whether more has come than the answers to the requests so far. */
  boolean hasSurplus() {
    return decoder.unread() > 0;
  }

  @Override
  public void channelRead(ChannelHandlerContext channel, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    if (stage == Stage.IDLE) {
      ReferenceCountUtil.release(bytes);
      close(channel);
      return;
    }
    Problem problem = stage == Stage.ASKED ? beginningProblem(bytes) : null;
    if (problem != null) {
      ReferenceCountUtil.release(bytes);
      channel.fireExceptionCaught(new AnswerException(problem));
      return;
    }
    super.channelRead(channel, bytes);
    if (stage == Stage.IDLE && hasSurplus()) {
      close(channel);
    }
  }

  private static void close(ChannelHandlerContext channel) {
    var unused = channel.close(); // Whoever uses the connection hears of its end.
  }

  /** Looks at the first bytes of an answer: a wrong protocol need not send a whole line. */
  private @Nullable Problem beginningProblem(ByteBuf bytes) {
    for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
      byte first = bytes.getByte(i);
      if (first == '\r' || first == '\n') {
        continue; // An empty line before the answer is tolerated (RFC 9112, section 2.2).
      }
      stage = Stage.ANSWERING;
      boolean tls = first >= 0x14 && first <= 0x17;
      return first == 'H' ? null : tls ? Problem.TLS : Problem.NOT_HTTP;
    }
    return null;
  }

  private final class Encoder extends HttpRequestEncoder {
    @Override
    protected void encode(ChannelHandlerContext channel, Object message, List<Object> out)
        throws Exception {
      if (message instanceof HttpRequest request) {
        stage = Stage.ASKED;
        answerIsBodiless = HttpMethod.HEAD.equals(request.method());
        interimAnswers = 0;
      }
      super.encode(channel, message, out);
    }
  }

  private final class Decoder extends HttpResponseDecoder {

    Decoder() {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_HEAD_BYTES)
              .setMaxHeaderSize(MAX_HEAD_BYTES)
              .setMaxChunkSize(MAX_CHUNK_BYTES)
              .setInitialBufferSize(USUAL_HEAD_BYTES));
    }

    int unread() {
      return actualReadableBytes();
    }

    /**
     * Netty cuts a name at its first space and ignores the rest. Only spaces before the colon may
     * be ignored (RFC 9112, section 5.1).
     */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
      int end = start + length;
      while (end < line.length && (line[end] == ' ' || line[end] == '\t')) {
        end++;
      }
      if (end == line.length || line[end] != ':') {
        throw new IllegalArgumentException("a header's name has a space");
      }
      return super.splitHeaderName(line, start, length);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage answer) {
      return super.isContentAlwaysEmpty(answer)
          || (answerIsBodiless && !isInterim((HttpResponse) answer));
    }

    @Override
    protected void decode(ChannelHandlerContext channel, ByteBuf in, List<Object> out)
        throws Exception {
      int before = out.size();
      super.decode(channel, in, out);
      int after = out.size();
      if (after == before) {
        return;
      }
      if (out.get(before) instanceof HttpResponse head && !head.decoderResult().isFailure()) {
        if (isInterim(head)) {
          interim(head, before, out);
          return;
        } else if (head.status().code() == SWITCHING_PROTOCOLS) {
          return; // What follows is of another protocol.
        }
      }
      if (out.get(after - 1) instanceof LastHttpContent) {
        stage = Stage.IDLE;
      }
    }

    private void interim(HttpResponse head, int position, List<Object> out) {
      if (++interimAnswers > MAX_INTERIM_ANSWERS) {
        fail(head, Problem.TOO_MANY_INTERIM);
        return;
      }
      while (out.size() > position) {
        out.remove(out.size() - 1);
      }
      TargetConnection.InterimListener listener = interimListener;
      if (listener != null) {
        listener.interim(head.status().code(), new HeadersAdaptor(head.headers()));
      }
    }

    private boolean isInterim(HttpResponse head) {
      return head.status().codeClass() == HttpStatusClass.INFORMATIONAL
          && head.status().code() != SWITCHING_PROTOCOLS;
    }

    private void fail(HttpResponse head, Problem problem) {
      head.setDecoderResult(DecoderResult.failure(new AnswerException(problem)));
    }
  }
}
