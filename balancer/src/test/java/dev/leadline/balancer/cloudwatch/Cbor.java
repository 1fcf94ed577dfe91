package dev.leadline.balancer.cloudwatch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.thirdparty.jackson.core.JsonToken;
import software.amazon.awssdk.thirdparty.jackson.dataformat.cbor.CBORFactory;
import software.amazon.awssdk.thirdparty.jackson.dataformat.cbor.CBORGenerator;
import software.amazon.awssdk.thirdparty.jackson.dataformat.cbor.CBORParser;

/** CBOR as CloudWatch speaks it, with the Jackson that the AWS SDK brings: maps, lists, times. */
final class Cbor {
  private static final CBORFactory FACTORY = new CBORFactory();

  /** Says that a number is a time, in seconds. */
  private static final int TIME = 1;

  private Cbor() {}

  static Map<?, ?> decode(byte[] message) {
    try (CBORParser in = FACTORY.createParser(message)) {
      in.nextToken();
      return (Map<?, ?>) item(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object item(CBORParser in) throws IOException {
    boolean time = in.getCurrentTag() == TIME;
    switch (in.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
          String key = in.currentName();
          in.nextToken();
          map.put(key, item(in));
        }
        return map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          list.add(item(in));
        }
        return list;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (time) {
          return Instant.ofEpochMilli(Math.round(in.getDoubleValue() * 1000));
        }
        if (in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
          return in.getLongValue();
        }
        return in.getDoubleValue();
      }
      default -> {
        return in.getText();
      }
    }
  }

  static byte[] encode(Map<String, ?> message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CBORGenerator out = FACTORY.createGenerator(bytes)) {
      write(out, message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(CBORGenerator out, Object item) throws IOException {
    if (item instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(entry.getKey().toString());
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (item instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        write(out, element);
      }
      out.writeEndArray();
    } else if (item instanceof Instant time) {
      out.writeTag(TIME);
      out.writeNumber(time.toEpochMilli() / 1000.0);
    } else if (item instanceof Double number) {
      out.writeNumber(number);
    } else {
      out.writeString(item.toString());
    }
  }
}
