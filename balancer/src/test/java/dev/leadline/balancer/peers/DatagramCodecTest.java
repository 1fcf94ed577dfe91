package dev.leadline.balancer.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.leadline.balancer.config.PeerSecret;
import dev.leadline.balancer.observe.PeerRefusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatagramCodecTest {

  static final PeerSecret SECRET = new PeerSecret(Optional.empty(), "0123456789abcdef");

  private final DatagramCodec codec = new DatagramCodec(SECRET);

  private static Datagram datagram(int targets) {
    Datagram it = new Datagram();
    it.sender = -5;
    it.boot = 1_790_000_000_000L;
    it.sequence = 7;
    it.sentNanos = -2;
    it.beginsAll = true;
    for (int i = 0; i < targets; i++) {
      it.add(Long.MIN_VALUE + i, 3 * i, 2 * i);
    }
    return it;
  }

  private byte[] written(Datagram datagram) {
    ByteBuf out = Unpooled.buffer();
    codec.write(datagram, out);
    return Arrays.copyOf(out.array(), out.readableBytes());
  }

  private @Nullable PeerRefusal read(byte[] bytes) {
    return codec.read(Unpooled.wrappedBuffer(bytes), new Datagram());
  }

  /** Signs all but the last 16 bytes as RFC 2104 has it, and cuts it as RFC 2104 allows. */
  private static void sign(byte[] datagram) throws GeneralSecurityException {
    int signed = datagram.length - DatagramCodec.SIGNATURE_BYTES;
    if (signed >= 0) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.text().getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
      mac.update(datagram, 0, signed);
      System.arraycopy(mac.doFinal(), 0, datagram, signed, DatagramCodec.SIGNATURE_BYTES);
    }
  }

  /** Another program reads what this one writes: the bytes are fixed. */
  @Test
  void theBytesAreThoseOfTheProtocol() {
    Datagram it = datagram(0);
    it.add(0x1122334455667788L, 70_000, 9);
    assertEquals(
        "4c454144"
            + "01"
            + "02"
            + "fffffffffffffffb"
            + "000001a0c4506c00"
            + "0000000000000007"
            + "fffffffffffffffe"
            + "0001"
            + "1122334455667788"
            + "ffff"
            + "0009"
            + "SIGNATURE",
        HexFormat.of().formatHex(written(it)).replaceFirst(".{32}$", "SIGNATURE"));
  }

  @Test
  void theSignatureIsThatOfTheStandard() throws GeneralSecurityException {
    byte[] bytes = written(datagram(5));
    byte[] again = bytes.clone();
    sign(again);
    assertArrayEquals(again, bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, Datagram.MOST_TARGETS})
  void whatIsWrittenIsRead(int targets) {
    Datagram it = datagram(targets);
    Datagram back = new Datagram();
    assertNull(codec.read(Unpooled.wrappedBuffer(written(it)), back));
    assertEquals(it.sender, back.sender);
    assertEquals(it.boot, back.boot);
    assertEquals(it.sequence, back.sequence);
    assertEquals(it.sentNanos, back.sentNanos);
    assertEquals(true, back.beginsAll);
    assertEquals(false, back.endsAll);
    assertEquals(false, back.leaves);
    assertEquals(targets, back.size);
    assertArrayEquals(it.keys, back.keys);
    assertArrayEquals(it.inFlight, back.inFlight);
    assertArrayEquals(it.awake, back.awake);
  }

  @Test
  void anotherLengthIsRefused() {
    byte[] whole = written(datagram(3));
    for (int length = 0; length < whole.length; length++) {
      assertEquals(PeerRefusal.LENGTH, read(Arrays.copyOf(whole, length)), length + " bytes");
    }
    assertEquals(PeerRefusal.LENGTH, read(Arrays.copyOf(whole, whole.length + 1)));
    assertEquals(PeerRefusal.LENGTH, read(Arrays.copyOf(whole, DatagramCodec.MOST_BYTES + 1)));
    assertEquals(PeerRefusal.LENGTH, read(Arrays.copyOf(whole, 65_507)));
  }

  @Test
  void anotherVersionIsRefused() {
    byte[] bytes = written(datagram(1));
    bytes[4]++;
    assertEquals(PeerRefusal.VERSION, read(bytes));
    assertEquals(PeerRefusal.VERSION, read(new byte[200]));
  }

  @Test
  void anotherSecretIsRefusedAndSoIsEveryChangedBit() {
    Datagram it = datagram(2);
    byte[] bytes = written(it);
    DatagramCodec other = new DatagramCodec(new PeerSecret(Optional.empty(), "0123456789abcdeg"));
    assertEquals(PeerRefusal.SIGNATURE, other.read(Unpooled.wrappedBuffer(bytes), new Datagram()));
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertNotNull(read(changed), "bit " + bit);
    }
  }

  /** The signature is right: a peer with a fault, or of somebody who knows the secret. */
  @Test
  void countsThatCannotBeAreRefused() {
    for (Consumer<Datagram> fault :
        Arrays.<Consumer<Datagram>>asList(
            it -> it.awake[1] = it.inFlight[1] + 1,
            it -> it.sequence = 0,
            it -> it.sequence = -1,
            it -> it.boot = -1)) {
      Datagram it = datagram(2);
      fault.accept(it);
      assertEquals(PeerRefusal.CONTENT, read(written(it)));
    }
  }

  /**
   * Damaged datagrams, and noise, some with a right signature: nothing is thrown, and nothing is
   * believed that is not as long as it says. Runs for {@code -Dfuzz.seconds}, from {@code
   * -Dfuzz.seed} on.
   */
  @Test
  void noBytesMakeItThrow() throws GeneralSecurityException {
    SplittableRandom random = new SplittableRandom(Long.getLong("fuzz.seed", 1));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("fuzz.seconds", 1));
    Datagram into = new Datagram();
    do {
      for (int round = 0; round < 1000; round++) {
        byte[] bytes = written(datagram(random.nextInt(Datagram.MOST_TARGETS + 1)));
        for (int change = random.nextInt(8); change > 0; change--) {
          bytes[random.nextInt(Math.min(bytes.length, 56))] = (byte) random.nextInt();
        }
        int length = random.nextInt(4) > 0 ? bytes.length : random.nextInt(1500);
        byte[] damaged = Arrays.copyOf(bytes, length);
        if (random.nextBoolean()) {
          sign(damaged);
        }
        if (codec.read(Unpooled.wrappedBuffer(damaged), into) == null) {
          assertEquals(length, 56 + 12 * into.size);
        }
      }
    } while (System.nanoTime() < end);
  }
}
