package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.leadline.balancer.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents say of the configuration what the code does. */
class ConfigurationDocumentsTest {

  private static final Path ROOT = Path.of("..");
  private static final Path PAGE = ROOT.resolve("docs/configuration.md");
  private static final Path SCHEMA = ROOT.resolve("docs/balancer.schema.json");
  private static final String BEGIN = "<!-- begin -->\n";
  private static final String END = "<!-- end -->\n";
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");

  /** Writes the documents anew where the property {@code configuration.write} is set. */
  private static void assertWritten(Path file, String expected) throws IOException {
    if (Boolean.getBoolean("configuration.write")) {
      Files.writeString(file, expected);
    }
    assertEquals(
        expected,
        Files.readString(file),
        file + " is out of date: run this test with -Dconfiguration.write=true");
  }

  @Test
  void theSchemaIsTheCodes() throws IOException {
    assertWritten(SCHEMA, JsonSchema.text());
  }

  @Test
  void theTablesAreTheCodes() throws IOException {
    String page = Files.readString(PAGE);
    String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
    String after = page.substring(page.indexOf(END));
    assertWritten(PAGE, before + "\n" + ConfigurationTables.markdown() + "\n" + after);
  }

  /** Every configuration that is shown, by the file that shows it. */
  static Stream<Arguments> shown() throws IOException {
    List<Arguments> shown = new ArrayList<>();
    List<Path> files = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    for (String folder : List.of("docs", "examples")) {
      try (Stream<Path> below = Files.walk(ROOT.resolve(folder))) {
        below.sorted().forEach(files::add);
      }
    }
    for (Path file : files) {
      if (file.toString().endsWith(".yaml")) {
        shown.add(Arguments.of(file.toString(), Files.readString(file)));
      } else if (file.toString().endsWith(".md")) {
        Matcher block = YAML.matcher(Files.readString(file));
        while (block.find()) {
          shown.add(Arguments.of(file.toString(), block.group(1)));
        }
      }
    }
    shown.removeIf(it -> !String.valueOf(it.get()[1]).contains("targetGroups:"));
    return shown.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shown")
  void whatIsShownCanBeUsed(String file, String yaml, @TempDir Path dir) throws Exception {
    String usable = yaml;
    if (yaml.contains("certificate:")) {
      Path certificate = dir.resolve("certificate.pem");
      Path key = dir.resolve("key.pem");
      TestCertificates.make("leadline", certificate, key);
      usable =
          yaml.replaceAll("certificate: [^,}\\s]+", "certificate: " + certificate)
              .replaceAll("\\bkey: [^,}\\s]+", "key: " + key);
    }
    if (yaml.contains("secretFile:")) {
      Path secret = Files.writeString(dir.resolve("secret"), "a-secret-of-a-group");
      usable = usable.replaceAll("secretFile: [^,}\\s]+", "secretFile: " + secret);
    }
    BalancerConfig config = ConfigReader.parse(file, usable);
    assertTrue(config.isTcp() || !config.rules().list().isEmpty());
    assertEquals(List.of(), problems(usable));
  }

  @ParameterizedTest
  @CsvSource({
    "resources/balancer.yaml, 4",
    "snapshots/rules.balancer.yaml, 10",
    "snapshots/group.balancer.yaml, 4"
  })
  void theLabsConfigurationCanBeUsed(String file, int rules, @TempDir Path home)
      throws IOException {
    Files.writeString(home.resolve("group.secret"), "a-secret-of-a-group");
    String[] parts =
        Files.readString(ROOT.resolve("infra/src/test").resolve(file))
            .replaceAll("@[A-Z]+_HOST@", "127.0.0.1")
            .replace("@INSTANCE_ID@", "i-0123")
            .replace("@HOME@", home.toString())
            .split("i-0123456789abcdef0", -1);
    StringBuilder yaml = new StringBuilder(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      yaml.append("i-").append(i).append(parts[i]);
    }
    assertEquals(rules, ConfigReader.parse(file, yaml.toString()).rules().list().size());
    assertEquals(List.of(), problems(withoutReferences(yaml.toString())));
  }

  /** The library that proves schemas takes a reference for a word. */
  private static String withoutReferences(String yaml) {
    Matcher anchor = Pattern.compile("&(\\w+) (\\{[^}]*\\})").matcher(yaml);
    String without = yaml;
    while (anchor.find()) {
      without =
          without.replaceAll(
              "\\*" + anchor.group(1) + "\\b", Matcher.quoteReplacement(anchor.group(2)));
    }
    return without;
  }

  @Test
  void examplesAreFound() throws IOException {
    List<String> files = shown().map(it -> String.valueOf(it.get()[0])).toList();
    for (String file :
        List.of("../README.md", "../docs/configuration.md", "../examples/tls.yaml")) {
      assertTrue(files.contains(file), file + " is not among " + files);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          listener: {port: 80}                      | listener: {prot: 80}
          listener: {port: 80}                      | listener: {port: 65536}
          policy: {name: fastest, hysteresis: 0.2}  | policy: {name: fastest, tau: 1s}
          policy: {name: fastest, hysteresis: 0.2}  | policy: quickest
          weight: 2                                 | weight: two
          interval: 10s                             | interval: 10
          ejection: off                             | ejection: on
          """)
  void theSchemaFindsMistakes(String right, String wrong) throws IOException {
    String yaml =
        """
        listener: {port: 80}
        targetGroups:
          - name: a
            policy: {name: fastest, hysteresis: 0.2}
            healthCheck: {interval: 10s}
            ejection: off
            targets: [{id: t, address: localhost, port: 1, weight: 2}]
        rules: [{paths: ["*"], forward: a}]
        """;
    assertEquals(List.of(), problems(yaml));
    assertTrue(yaml.contains(right), right);
    assertTrue(!problems(yaml.replace(right, wrong)).isEmpty(), wrong);
  }

  private static List<Error> problems(String yaml) throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
            .getSchema(JsonSchema.text(), InputFormat.JSON);
    // As YAML 1.2 has it, and editors: "off" is a word.
    YAMLFactory yaml12 =
        YAMLFactory.builder()
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build();
    return schema.validate(new ObjectMapper(yaml12).readTree(yaml));
  }
}
