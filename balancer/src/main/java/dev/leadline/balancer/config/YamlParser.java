package dev.leadline.balancer.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.StringReader;

/** Reads YAML into {@link YamlNode}s, so that every value keeps its line and its path. */
final class YamlParser {

  private final String file;
  private final JsonParser parser;

  private YamlParser(String file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /**
   * @param file how messages name the file
   * @param yaml its content
   * @throws ConfigException if this is not YAML, or more than one document
   */
  static YamlNode parse(String file, String yaml) {
    try (JsonParser parser = new YAMLFactory().createParser(new StringReader(yaml))) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new ConfigException(file + ": the file is empty");
      }
      YamlNode root = new YamlParser(file, parser).value("");
      if (parser.nextToken() != null) {
        throw new ConfigException(
            file
                + ", line "
                + parser.currentTokenLocation().getLineNr()
                + ": the file has a second document; keep one");
      }
      return root;
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new ConfigException(file + where + ": this is not valid YAML: " + problem);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private YamlNode value(String path) throws IOException {
    int line = parser.currentTokenLocation().getLineNr();
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      YamlNode.Mapping mapping = new YamlNode.Mapping(file, line, path);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        mapping.put(key, value(YamlNode.below(path, key)));
      }
      return mapping;
    }
    if (token == JsonToken.START_ARRAY) {
      YamlNode.Sequence sequence = new YamlNode.Sequence(file, line, path);
      for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        sequence.add(value(path + "[" + i + "]"));
      }
      return sequence;
    }
    return new YamlNode.Scalar(file, line, path, parser.getText());
  }
}
