package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.target.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** A file that lists the targets of a group, as {@code targets} in the configuration does. */
public final class TargetsFile {

  /** Most targets of a file. */
  public static final int MAX_TARGETS = 2_000;

  /** How its name is written. */
  static final Form<Path> NAME =
      Form.scalar(
          ScalarType.text(Pattern.compile("[^\\x00-\\x1f]+"), "the name of a file")
              .as(Path::of, Path::toString),
          Path.of("/etc/leadline/web.yaml"));

  private static final Form<List<Target>> FORM =
      GroupForm.targets()
          .check(
              (node, targets) -> {
                if (targets.size() > MAX_TARGETS) {
                  throw node.error(
                      "has " + targets.size() + " targets; allowed: at most " + MAX_TARGETS);
                }
              });

  private TargetsFile() {}

  /**
   * Reads one; blocks.
   *
   * @throws ConfigException if it cannot be read or used; the message says what to change
   */
  public static List<Target> read(Path file) {
    return ConfigReader.read(file, FORM);
  }
}
