package dev.leadline.balancer.rules;

import io.netty.util.NetUtil;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A block of IP addresses, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}. Immutable. */
public final class Cidr {

  private final String text;
  private final byte[] address;
  private final int prefixBits;

  private Cidr(String text, byte[] address, int prefixBits) {
    this.text = text;
    this.address = address;
    this.prefixBits = prefixBits;
  }

  /**
   * Reads a block.
   *
   * @throws IllegalArgumentException if it is none, or an address of it is not its first one
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    byte @Nullable [] address = slash < 0 ? null : address(text.substring(0, slash));
    if (address == null || !text.substring(slash + 1).matches("\\d{1,3}")) {
      throw new IllegalArgumentException(text);
    }
    int prefixBits = Integer.parseInt(text.substring(slash + 1));
    if (prefixBits > address.length * 8) {
      throw new IllegalArgumentException(text);
    }
    for (int bit = prefixBits; bit < address.length * 8; bit++) {
      if ((address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
        throw new IllegalArgumentException(text);
      }
    }
    return new Cidr(text, address, prefixBits);
  }

  /** The bytes of an IP address, 4 or 16; null if the text is none. */
  static byte @Nullable [] address(String text) {
    return NetUtil.createByteArrayFromIpAddressString(text);
  }

  /** Whether this address, 4 or 16 bytes, is in the block. */
  public boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    int whole = prefixBits / 8;
    for (int i = 0; i < whole; i++) {
      if (other[i] != address[i]) {
        return false;
      }
    }
    int rest = prefixBits % 8;
    return rest == 0 || (other[whole] ^ address[whole]) >> (8 - rest) == 0;
  }

  /** Whether every address of another block is in this one. */
  boolean covers(Cidr other) {
    return other.prefixBits >= prefixBits && contains(other.address);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cidr cidr
        && cidr.prefixBits == prefixBits
        && Arrays.equals(cidr.address, address);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(address) + prefixBits;
  }

  @Override
  public String toString() {
    return text;
  }
}
