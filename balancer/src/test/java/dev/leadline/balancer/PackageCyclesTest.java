package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Packages depend on each other in one direction. Read from the imports of the sources. */
class PackageCyclesTest {
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([a-z.]+);");
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?(dev\\.leadline\\.balancer[a-z.]*)\\.[A-Z]");

  @Test
  void noPackageDependsOnItself() throws IOException {
    Map<String, Set<String>> uses = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        Matcher own = PACKAGE.matcher(source);
        assertTrue(own.find(), file.toString());
        Set<String> used = uses.computeIfAbsent(own.group(1), any -> new TreeSet<>());
        IMPORT.matcher(source).results().map(match -> match.group(1)).forEach(used::add);
        used.remove(own.group(1));
      }
    }
    assertTrue(uses.size() > 5, uses.toString());
    // What is left after this are the packages of a cycle, and those that depend on one.
    while (uses.values().removeIf(used -> used.stream().noneMatch(uses::containsKey))) {}
    assertEquals(Map.of(), uses, "packages that use each other");
  }
}
