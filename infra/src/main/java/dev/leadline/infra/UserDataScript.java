package dev.leadline.infra;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import software.amazon.awscdk.Aws;
import software.amazon.awscdk.services.ec2.UserData;

/**
 * One instance's script, made of the files in userdata/ by concatenation, less comments and
 * indentation. What is the same for every instance is compressed.
 */
final class UserDataScript {
  /**
   * What EC2 takes, less the instance's own settings and what the names of bucket, jar and secret
   * are longer than their tokens; those of targets become shorter.
   */
  private static final int MOST_BYTES = 16 * 1024 - 256;

  private static final int BASE64_LINE = 1000;
  private static final String FIRST_LINE = "#!/bin/bash\n";
  private static final String END = "END_OF_FILE";

  private UserDataScript() {}

  /**
   * The script.
   *
   * @param settings become {@code NAME='value'} lines; a value may hold tokens
   * @param platformFiles names in userdata/platform
   * @param packedFiles name on the instance, and content without tokens; they travel compressed
   * @param files name on the instance, and content
   * @param role the file in userdata that does the work, last
   * @throws ConfigurationException where the script would be larger than EC2 takes
   */
  static UserData render(
      Map<String, String> settings,
      List<String> platformFiles,
      Map<String, String> packedFiles,
      Map<String, String> files,
      String role) {
    StringBuilder functions = new StringBuilder(commands("common.sh"));
    platformFiles.forEach(file -> functions.append(commands("platform/" + file)));
    functions.append("run_role() {\n").append(commands(role)).append("}\n");
    StringBuilder script = new StringBuilder(FIRST_LINE).append(lines(settings));
    script.append(commands("start.sh").replace("FUNCTIONS\n", packed(functions.toString())));
    packedFiles.forEach(
        (name, content) ->
            script
                .append("base64 --decode <<'%s' | gunzip | write_file %s\n".formatted(END, name))
                .append(packed(content))
                .append(END)
                .append("\n"));
    files.forEach(
        (name, content) -> {
          if (content.lines().anyMatch(END::equals)) {
            throw new IllegalArgumentException(END + " is a line of " + name);
          }
          script.append("write_file ").append(name).append(" <<'").append(END).append("'\n");
          script
              .append(content)
              .append(content.endsWith("\n") ? "" : "\n")
              .append(END)
              .append("\n");
        });
    script.append("run_role\n");
    int bytes = script.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MOST_BYTES) {
      throw new ConfigurationException(
          "the topology makes a start script (%s) of %d bytes; allowed: %d, so fewer targets"
              .formatted(role, bytes, MOST_BYTES));
    }
    return UserData.custom(script.toString());
  }

  private static String packed(String content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    byte[] newline = {'\n'};
    return Base64.getMimeEncoder(BASE64_LINE, newline).encodeToString(bytes.toByteArray()) + "\n";
  }

  /** A script of userdata/ without indentation, empty lines and comments: EC2 takes little. */
  static String commands(String name) {
    return resource(name).replaceAll("(?m)^[ \\t]*(#.*)?\\R|^[ \\t]+", "");
  }

  /** A program of userdata/ without its comments, and with empty docstrings: EC2 takes little. */
  static String python(String name) {
    return resource(name)
        .replaceAll("(?m)^ *#.*\\R", "")
        .replaceAll("(?ms)^( *)\"\"\".*?\"\"\"$", "$1\"\"");
  }

  /** The script with more settings before its own; they may be of the instance that runs it. */
  static String withSettings(UserData script, Map<String, String> settings) {
    return FIRST_LINE + lines(settings) + script.render().substring(FIRST_LINE.length());
  }

  /**
   * What a script says to its stack with.
   *
   * @param logicalId of the resource that waits for the signal
   */
  static Map<String, String> whomToSignal(String logicalId) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("STACK_NAME", Aws.STACK_NAME);
    settings.put("RESOURCE_ID", logicalId);
    settings.put("REGION", Aws.REGION);
    return settings;
  }

  private static String lines(Map<String, String> settings) {
    StringBuilder lines = new StringBuilder();
    settings.forEach(
        (name, value) -> {
          if (value.indexOf('\'') >= 0) {
            throw new IllegalArgumentException("a quote in the setting " + name);
          }
          lines.append(name).append("='").append(value).append("'\n");
        });
    return lines.toString();
  }

  /** A file of userdata/, with LF at the end of its lines. */
  static String resource(String name) {
    try (InputStream file = UserDataScript.class.getResourceAsStream("/userdata/" + name)) {
      if (file == null) {
        throw new IllegalArgumentException("userdata/" + name + " is not packaged");
      }
      // Bash takes the CR of an editor on Windows for a part of the last word.
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
