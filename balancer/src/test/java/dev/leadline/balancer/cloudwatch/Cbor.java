package dev.leadline.balancer.cloudwatch;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** As much of CBOR (RFC 8949) as CloudWatch speaks: its numbers, texts, lists, maps and times. */
final class Cbor {

  private static final int BREAK = 0xff;

  private Cbor() {}

  static Map<?, ?> decode(byte[] message) {
    return (Map<?, ?>) Objects.requireNonNull(item(ByteBuffer.wrap(message)));
  }

  private static @Nullable Object item(ByteBuffer in) {
    int head = in.get() & 0xff;
    int info = head & 0x1f;
    return switch (head >> 5) {
      case 0 -> argument(in, info);
      case 1 -> -1 - argument(in, info);
      case 3 -> text(in, (int) argument(in, info));
      case 4 -> list(in, info);
      case 5 -> map(in, info);
      case 6 -> time(in, info);
      default -> simple(in, info);
    };
  }

  private static String text(ByteBuffer in, int bytes) {
    byte[] text = new byte[bytes];
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static List<@Nullable Object> list(ByteBuffer in, int info) {
    List<@Nullable Object> list = new ArrayList<>();
    for (long left = count(in, info); more(in, left); left--) {
      list.add(item(in));
    }
    return list;
  }

  private static Map<@Nullable Object, @Nullable Object> map(ByteBuffer in, int info) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (long left = count(in, info); more(in, left); left--) {
      map.put(item(in), item(in));
    }
    return map;
  }

  /** The only tag there is says that a number is a time, in seconds. */
  private static Instant time(ByteBuffer in, int info) {
    long tag = argument(in, info);
    if (tag != 1) {
      throw new IllegalArgumentException("CBOR tag " + tag);
    }
    Number seconds = (Number) Objects.requireNonNull(item(in));
    return Instant.ofEpochMilli(Math.round(seconds.doubleValue() * 1000));
  }

  private static @Nullable Object simple(ByteBuffer in, int info) {
    return switch (info) {
      case 20 -> false;
      case 21 -> true;
      case 22 -> null;
      case 26 -> (double) in.getFloat();
      case 27 -> in.getDouble();
      default -> throw new IllegalArgumentException("CBOR simple value " + info);
    };
  }

  private static long argument(ByteBuffer in, int info) {
    return switch (info) {
      case 24 -> in.get() & 0xff;
      case 25 -> in.getShort() & 0xffff;
      case 26 -> in.getInt() & 0xffff_ffffL;
      case 27 -> in.getLong();
      default -> info;
    };
  }

  /** Below 0 where the end is marked instead. */
  private static long count(ByteBuffer in, int info) {
    return info == 31 ? -1 : argument(in, info);
  }

  private static boolean more(ByteBuffer in, long left) {
    if (left >= 0) {
      return left > 0;
    }
    if ((in.get(in.position()) & 0xff) != BREAK) {
      return true;
    }
    in.get();
    return false;
  }

  static byte[] encode(Map<String, ?> message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(new DataOutputStream(bytes), message);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, Object item) throws IOException {
    if (item instanceof Map<?, ?> map) {
      head(out, 5, map.size());
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        write(out, entry.getKey());
        write(out, entry.getValue());
      }
    } else if (item instanceof List<?> list) {
      head(out, 4, list.size());
      for (Object element : list) {
        write(out, element);
      }
    } else if (item instanceof Instant time) {
      head(out, 6, 1);
      write(out, time.toEpochMilli() / 1000.0);
    } else if (item instanceof Double number) {
      out.writeByte(0xfb);
      out.writeDouble(number);
    } else {
      byte[] text = item.toString().getBytes(StandardCharsets.UTF_8);
      head(out, 3, text.length);
      out.write(text);
    }
  }

  private static void head(DataOutputStream out, int kind, int argument) throws IOException {
    out.writeByte((kind << 5) | 26);
    out.writeInt(argument);
  }
}
