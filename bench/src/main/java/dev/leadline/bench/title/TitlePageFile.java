package dev.leadline.bench.title;

import dev.leadline.bench.error.BenchException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads {@code report.yaml}; errors name file, line and key. */
public final class TitlePageFile {
  /** Read when no other file is named, from the working directory. */
  public static final Path DEFAULT = Path.of("report.yaml");

  private static final int MAX_BYTES = 65_536;
  private static final int MAX_TEXT = 200;
  private static final int MAX_TEAM = 20;

  private final Path file;
  private final Set<String> seen = new HashSet<>();
  private @Nullable String title;
  private String course = "";
  private List<String> team = List.of();
  private @Nullable LocalDate date;
  private Language language = Language.EN;

  private TitlePageFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @param named on the command line; null: {@link #DEFAULT} if it exists, or else {@link
   *     TitlePage#NONE}
   * @throws BenchException with file, line and key of the first mistake
   */
  public static TitlePage read(@Nullable Path named) {
    if (named == null && !Files.exists(DEFAULT)) {
      return TitlePage.NONE;
    }
    return new TitlePageFile(named == null ? DEFAULT : named).read();
  }

  private TitlePage read() {
    Node root;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw BenchException.usage("%s is larger than %d bytes".formatted(file, MAX_BYTES));
      }
      root = new Yaml(new LoaderOptions()).compose(Files.newBufferedReader(file));
    } catch (MarkedYAMLException e) {
      throw BenchException.usage(
          "%s, line %d: not YAML: %s"
              .formatted(
                  file,
                  e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1,
                  e.getProblem()));
    } catch (CharacterCodingException | YAMLException e) {
      throw BenchException.usage("%s is no text in UTF-8".formatted(file));
    } catch (IOException e) {
      throw BenchException.usage("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
    if (root instanceof MappingNode mapping) {
      mapping.getValue().forEach(this::read);
    } else if (root != null) {
      throw error(root, "must be keys with values, such as `course: LOG8415E`");
    }
    return new TitlePage(title, course, team, date, language);
  }

  private void read(NodeTuple entry) {
    Node keyNode = entry.getKeyNode();
    Node value = entry.getValueNode();
    String key = keyNode instanceof ScalarNode scalar ? scalar.getValue() : "";
    if (!seen.add(key)) {
      throw error(keyNode, "key %s stands twice".formatted(key));
    }
    switch (key) {
      case "title" -> title = text(key, value);
      case "course" -> course = text(key, value);
      case "team" -> team = team(value);
      case "language" -> language = language(value);
      case "date" -> date = date(value);
      default ->
          throw error(
              keyNode,
              "key %s is unknown; allowed are title, team, course, language and date"
                  .formatted(key));
    }
  }

  private List<String> team(Node value) {
    if (!(value instanceof SequenceNode names) || names.getValue().size() > MAX_TEAM) {
      throw error(value, "team must be a list of %d names at most".formatted(MAX_TEAM));
    }
    return names.getValue().stream().map(name -> text("team", name)).toList();
  }

  private Language language(Node value) {
    return Language.of(text("language", value))
        .orElseThrow(() -> error(value, "language must be en or fr"));
  }

  private LocalDate date(Node value) {
    try {
      return LocalDate.parse(text("date", value));
    } catch (DateTimeParseException e) {
      throw error(value, "date must be a day such as 2026-03-01");
    }
  }

  private String text(String key, Node value) {
    String text = value instanceof ScalarNode scalar ? scalar.getValue().strip() : "";
    if (text.isEmpty() || text.length() > MAX_TEXT) {
      throw error(value, "%s must be text of 1 to %d characters".formatted(key, MAX_TEXT));
    }
    return text;
  }

  private BenchException error(Node where, String what) {
    return BenchException.usage(
        "%s, line %d: %s".formatted(file, where.getStartMark().getLine() + 1, what));
  }
}
