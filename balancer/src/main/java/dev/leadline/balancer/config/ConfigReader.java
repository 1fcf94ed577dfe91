package dev.leadline.balancer.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the configuration file. */
public final class ConfigReader {

  private ConfigReader() {}

  /**
   * Reads a file.
   *
   * @throws ConfigException if it cannot be read or used; the message says what to change
   */
  public static BalancerConfig read(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": this is a directory; name a file");
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such file");
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": this user may not read it");
    } catch (MalformedInputException e) {
      throw new ConfigException(file + ": the file is not UTF-8 text");
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
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
