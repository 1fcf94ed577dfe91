package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * A value in the configuration file. Every error names file, line and key.
 *
 * @param file how messages name the file
 * @param path where the value stands, such as {@code targetGroups[0].name}
 */
record YamlNode(String file, String path, Node yaml) {

  /**
   * Parses a file.
   *
   * @throws ConfigException if this is not YAML, or not exactly one document
   */
  static YamlNode parse(String file, String text) {
    try {
      Iterator<Node> documents =
          new Yaml(new LoaderOptions()).composeAll(new StringReader(text)).iterator();
      if (!documents.hasNext()) {
        throw new ConfigException(file + ": the file is empty");
      }
      YamlNode root = new YamlNode(file, "", documents.next());
      if (documents.hasNext()) {
        throw new YamlNode(file, "", documents.next()).error("has a second document; keep one");
      }
      return root;
    } catch (MarkedYAMLException e) {
      throw notYaml(file, e.getProblemMark().getLine() + 1, e.getProblem());
    } catch (ReaderException e) {
      long newLines = text.codePoints().limit(e.getPosition()).filter(it -> it == '\n').count();
      throw notYaml(file, newLines + 1, e.getMessage());
    } catch (YAMLException e) {
      throw notYaml(file, 1, e.getMessage());
    }
  }

  private static ConfigException notYaml(String file, long line, @Nullable String problem) {
    String firstLine = String.valueOf(problem).lines().findFirst().orElse("");
    return new ConfigException(file + ", line " + line + ": this is not valid YAML: " + firstLine);
  }

  /** What is wrong here: {@code balancer.yaml, line 3: listener.port ...}. */
  ConfigException error(String problem) {
    int line = yaml.getStartMark().getLine() + 1;
    String subject = path.isEmpty() ? "the file" : path;
    return new ConfigException(file + ", line " + line + ": " + subject + " " + problem);
  }

  boolean isScalar() {
    return yaml instanceof ScalarNode;
  }

  /** The value of a single word or number. */
  <T> T scalar(ScalarType<T> type) {
    String text = yaml instanceof ScalarNode scalar ? scalar.getValue() : " ";
    // What is empty is an absent value, unless an empty text is a value here.
    if (!text.isBlank() || (text.isEmpty() && type.parser().apply(text).isPresent())) {
      return type.parser().apply(text).orElseThrow(() -> error(type.problem(text)));
    }
    throw wrongShape(type.allowed());
  }

  /** The items of a list. */
  List<YamlNode> items(String allowed) {
    if (!(yaml instanceof SequenceNode sequence)) {
      throw wrongShape(allowed);
    }
    List<YamlNode> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(new YamlNode(file, path + "[" + items.size() + "]", item));
    }
    return items;
  }

  /** The values of a mapping by key. */
  Map<String, YamlNode> entries(String allowed) {
    if (!(yaml instanceof MappingNode mapping)) {
      throw wrongShape(allowed);
    }
    Map<String, YamlNode> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw error("has a key that is a list or a mapping; allowed: " + allowed);
      }
      String below = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
      YamlNode value = new YamlNode(file, below, tuple.getValueNode());
      if (entries.putIfAbsent(key.getValue(), value) != null) {
        throw value.error("is there twice; keep one of them");
      }
    }
    return entries;
  }

  /**
   * Checks that this mapping has one of these keys, and no second one.
   *
   * @param allowed the keys with what they say, in words that can follow "either"
   */
  void exactlyOne(List<String> keys, String allowed) {
    List<String> found = new ArrayList<>(keys);
    found.retainAll(entries("a mapping").keySet());
    if (found.size() != 1) {
      throw error(
          (found.isEmpty()
                  ? "lacks the key '" + keys.get(0) + "'"
                  : "has both '" + found.get(0) + "' and '" + found.get(1) + "'")
              + ": it needs either "
              + allowed);
    }
  }

  /** The value of a key that is there. */
  YamlNode at(String key) {
    return Objects.requireNonNull(entries("a mapping").get(key));
  }

  /** An item that is there. */
  YamlNode item(int index) {
    return items("a list").get(index);
  }

  private ConfigException wrongShape(String allowed) {
    String found = yaml instanceof SequenceNode ? "a list" : "a mapping";
    if (yaml instanceof ScalarNode scalar) {
      found = scalar.getValue().isBlank() ? "empty" : "'" + scalar.getValue() + "'";
    }
    return error("is " + found + "; allowed: " + allowed);
  }
}
