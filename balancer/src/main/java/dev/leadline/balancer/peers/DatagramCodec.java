package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads datagrams. Numbers are big-endian and unsigned:
 *
 * <pre>
 * bytes  what
 *     4  "LEAD"
 *     1  version: 1
 *     1  flags: 1 the sender leaves, 2 the counts of all targets begin, 4 they end, 8 the next
 *        datagram belongs to this one; the others are 0, and are not looked at
 *     8  sender: drawn at random when it started
 *     8  boot: when it started, in milliseconds since 1970
 *     8  sequence: grows with each datagram of a boot
 *     8  when it was sent, in nanoseconds of a clock that begins anywhere
 *     2  number of targets
 *    12  of each target: its key (8), requests in flight (2), those that are awake (2)
 *    16  the first half of the HMAC-SHA256 of all bytes before, by the secret of the group
 * </pre>
 *
 * Not thread-safe: it belongs to one event loop.
 */
final class DatagramCodec {

  static final int VERSION = 1;
  static final int MAGIC = 0x4c454144;
  static final int SIGNATURE_BYTES = 16;

  private static final int HEAD_BYTES = 40;
  private static final int TARGET_BYTES = 12;
  private static final int COUNT_AT = 38;
  private static final int LEAVES = 1;
  private static final int BEGINS_ALL = 2;
  private static final int ENDS_ALL = 4;
  private static final int CONTINUES = 8;
  private static final String ALGORITHM = "HmacSHA256";

  /** Longest datagram. */
  static final int MOST_BYTES = HEAD_BYTES + TARGET_BYTES * Datagram.MOST_TARGETS + SIGNATURE_BYTES;

  private final byte[] bytes = new byte[MOST_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
  private final byte[] signature = new byte[32];
  private final Mac mac;

  DatagramCodec(PeerSecret secret) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret.text().getBytes(StandardCharsets.US_ASCII), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /** Appends a datagram. */
  void write(Datagram datagram, ByteBuf out) {
    buffer.clear();
    buffer.putInt(MAGIC).put((byte) VERSION).put((byte) flags(datagram));
    buffer.putLong(datagram.sender).putLong(datagram.boot).putLong(datagram.sequence);
    buffer.putLong(datagram.sentNanos);
    buffer.putShort((short) datagram.size);
    for (int i = 0; i < datagram.size; i++) {
      buffer.putLong(datagram.keys[i]);
      buffer.putShort((short) datagram.inFlight[i]).putShort((short) datagram.awake[i]);
    }
    int length = buffer.position();
    sign(length);
    out.writeBytes(bytes, 0, length).writeBytes(signature, 0, SIGNATURE_BYTES);
  }

  private static int flags(Datagram datagram) {
    return (datagram.leaves ? LEAVES : 0)
        + (datagram.beginsAll ? BEGINS_ALL : 0)
        + (datagram.endsAll ? ENDS_ALL : 0)
        + (datagram.continues ? CONTINUES : 0);
  }

  private void sign(int length) {
    mac.update(bytes, 0, length);
    try {
      mac.doFinal(signature, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the signature has room", e);
    }
  }

  /**
   * Reads a datagram; what comes out is only to be believed if nothing is wrong with it. Never
   * throws, whatever the bytes are.
   *
   * @return what is wrong; null: nothing
   */
  @Nullable PeerRefusal read(ByteBuf in, Datagram into) {
    int length = in.readableBytes();
    int signed = length - SIGNATURE_BYTES;
    if (length > MOST_BYTES || signed < HEAD_BYTES) {
      return PeerRefusal.LENGTH;
    }
    in.getBytes(in.readerIndex(), bytes, 0, length);
    buffer.clear();
    if (buffer.getInt() != MAGIC || buffer.get() != VERSION) {
      return PeerRefusal.VERSION;
    }
    if (Short.toUnsignedInt(buffer.getShort(COUNT_AT)) * TARGET_BYTES != signed - HEAD_BYTES) {
      return PeerRefusal.LENGTH;
    }
    sign(signed);
    return isSigned(signed) ? content(into) : PeerRefusal.SIGNATURE;
  }

  /** Looks at every byte, so that the time says nothing about the first one that is wrong. */
  private boolean isSigned(int length) {
    int difference = 0;
    for (int i = 0; i < SIGNATURE_BYTES; i++) {
      difference |= bytes[length + i] ^ signature[i];
    }
    return difference == 0;
  }

  private @Nullable PeerRefusal content(Datagram into) {
    int flags = buffer.get();
    into.leaves = (flags & LEAVES) != 0;
    into.beginsAll = (flags & BEGINS_ALL) != 0;
    into.endsAll = (flags & ENDS_ALL) != 0;
    into.continues = (flags & CONTINUES) != 0;
    into.sender = buffer.getLong();
    into.boot = buffer.getLong();
    into.sequence = buffer.getLong();
    into.sentNanos = buffer.getLong();
    into.size = Short.toUnsignedInt(buffer.getShort());
    if (into.boot < 0 || into.sequence < 1) {
      return PeerRefusal.CONTENT;
    }
    for (int i = 0; i < into.size; i++) {
      into.keys[i] = buffer.getLong();
      into.inFlight[i] = Short.toUnsignedInt(buffer.getShort());
      into.awake[i] = Short.toUnsignedInt(buffer.getShort());
      if (into.awake[i] > into.inFlight[i]) {
        return PeerRefusal.CONTENT;
      }
    }
    return null;
  }
}
