package dev.leadline.balancer.config;

import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables of docs/configuration.md, made from the descriptors of the options. */
final class ConfigurationTables {

  /** A policy's keys are in tables of their own. */
  private static final String POLICY = "targetGroups[].policy";

  private final Map<String, List<Shape.Field>> essential = new LinkedHashMap<>();
  private final Map<String, List<Shape.Field>> others = new LinkedHashMap<>();

  static String markdown() {
    ConfigurationTables tables = new ConfigurationTables();
    tables.collect("", BalancerForm.FORM.shape(), tables.essential);
    StringBuilder out = new StringBuilder();
    out.append("## Essential\n");
    tables.essential.forEach((path, fields) -> table(out, path, fields));
    out.append("\n## As needed\n");
    tables.others.forEach((path, fields) -> table(out, path, fields));
    out.append("\n## Policies\n\n");
    out.append(
        "`policy` is a policy's name, or a mapping with `name` and settings of the policy.\n");
    for (PolicyType type : Policies.all()) {
      List<Shape.Field> settings = PolicyForm.settings(type);
      out.append("\n### `%s`\n\n".formatted(type.name()));
      out.append(type.summary().substring(0, 1).toUpperCase(Locale.ROOT));
      out.append(type.summary().substring(1)).append(".\n");
      if (settings.isEmpty()) {
        out.append("It has no settings.\n");
      } else {
        rows(out, "", settings);
      }
    }
    return out.toString();
  }

  private void collect(String path, Shape shape, Map<String, List<Shape.Field>> into) {
    if (shape instanceof Shape.Mapping mapping) {
      List<Shape.Field> fields =
          mapping.fields().stream()
              .sorted(Comparator.comparing(field -> !field.isRequired()))
              .toList();
      into.put(path, fields);
      for (Shape.Field field : fields) {
        String below = path.isEmpty() ? field.key() : path + "." + field.key();
        if (!below.equals(POLICY)) {
          collect(below, field.shape(), field.isRequired() ? into : others);
        }
      }
    } else if (shape instanceof Shape.Items items) {
      collect(path + "[]", items.item(), into);
    } else if (shape instanceof Shape.AnyOf choice) {
      choice.shapes().forEach(one -> collect(path, one, into));
    }
  }

  private static void table(StringBuilder out, String path, List<Shape.Field> fields) {
    out.append(path.isEmpty() ? "\n### The file\n" : "\n### `%s`\n".formatted(path));
    rows(out, path, fields);
  }

  private static void rows(StringBuilder out, String path, List<Shape.Field> fields) {
    out.append("\n| key | type | unit | default | meaning |\n|---|---|---|---|---|\n");
    for (Shape.Field field : fields) {
      String below = path.isEmpty() ? field.key() : path + "." + field.key();
      String usual = field.usual();
      if (field.isRequired()) {
        usual = "required";
      } else if (!field.isUsualInWords()) {
        usual = usual.isEmpty() ? "empty" : "`" + usual + "`";
      }
      out.append(
          "| `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  field.key(), type(below, field.shape()), field.unit(), usual, field.meaning()));
    }
  }

  private static String type(String path, Shape shape) {
    if (path.equals(POLICY)) {
      return "a name or a mapping, see [policies](#policies)";
    }
    if (shape instanceof Shape.Mapping) {
      return "[mapping](#" + anchor(path) + ")";
    }
    if (shape instanceof Shape.Items items && items.item() instanceof Shape.Mapping) {
      return "[list](#" + anchor(path) + ")";
    }
    if (shape instanceof Shape.AnyOf choice) {
      Shape last = choice.shapes().get(choice.shapes().size() - 1);
      String word = choice.shapes().get(0).allowed().equals("off") ? "`off`" : "a name";
      return word + " or a " + type(path, last);
    }
    return shape.allowed();
  }

  /** As GitHub makes it of a heading. */
  private static String anchor(String path) {
    return path.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "");
  }
}
