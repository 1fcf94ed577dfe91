package dev.leadline.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** One {@code --balancer NAME=URL}. A map would keep the last of two with one name, silently. */
record NamedUrl(String name, String url) {

  /** Reads the option's value. */
  static final class Converter implements ITypeConverter<NamedUrl> {
    @Override
    public NamedUrl convert(String value) {
      int equals = value.indexOf('=');
      if (equals < 1) {
        throw new TypeConversionException(
            "'" + value + "' is no NAME=URL, such as one=http://127.0.0.1:8080");
      }
      return new NamedUrl(value.substring(0, equals), value.substring(equals + 1));
    }
  }
}
