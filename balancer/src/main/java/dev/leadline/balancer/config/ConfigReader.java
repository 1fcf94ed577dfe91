package dev.leadline.balancer.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the configuration file. */
public final class ConfigReader {

  /** Largest file, in bytes: a thousand targets take a tenth of it. */
  static final int MAX_BYTES = 1024 * 1024;

  private ConfigReader() {}

  /**
   * Reads a file.
   *
   * @throws ConfigException if it cannot be read or used; the message says what to change
   */
  public static BalancerConfig read(Path file) {
    return read(file, BalancerForm.FORM);
  }

  /** Reads a file that is written in this form. */
  static <T> T read(Path file, Form<T> form) {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": this is a directory; name a file");
    }
    try {
      return form.read(YamlNode.parse(file.toString(), text(file)));
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such file");
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": this user may not read it");
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + ": the file is not UTF-8 text");
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private static String text(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new ConfigException(file + ": the file is larger than 1 MB, the most that it may have");
    }
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /**
   * Reads a text.
   *
   * @param file how messages name it
   * @throws ConfigException if it cannot be used; the message says what to change
   */
  public static BalancerConfig parse(String file, String yaml) {
    return BalancerForm.FORM.read(YamlNode.parse(file, yaml));
  }
}
