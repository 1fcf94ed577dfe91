package dev.leadline.balancer.discovery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The domains in which short names are looked up: what resolv.conf(5) says beside the servers.
 *
 * @param domains in their order, without a dot at the end
 * @param leastDots names with so many dots are looked up as they are first, others last
 */
record SearchList(List<String> domains, int leastDots) {

  static final Path SYSTEM = Path.of("/etc/resolv.conf");

  private static final int MOST_DOMAINS = 32;
  private static final int MOST_DOTS = 15;

  /** What this file says; a file that cannot be read says nothing. Blocks. */
  static SearchList read(Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return of(lines.toList());
    } catch (IOException | UncheckedIOException e) {
      return of(List.of());
    }
  }

  static SearchList of(List<String> lines) {
    List<String> domains = List.of();
    int leastDots = 1;
    for (String line : lines) {
      List<String> words = List.of(line.strip().split("\\s+"));
      List<String> rest = words.subList(1, words.size());
      switch (words.get(0)) {
        case "search", "domain" ->
            domains =
                rest.stream()
                    .map(it -> it.replaceFirst("\\.$", ""))
                    .filter(it -> !it.isEmpty())
                    .limit(MOST_DOMAINS)
                    .toList();
        case "options" -> leastDots = leastDots(rest, leastDots);
        default -> {} // Of no concern here.
      }
    }
    return new SearchList(domains, leastDots);
  }

  private static int leastDots(List<String> options, int otherwise) {
    int dots = otherwise;
    for (String option : options) {
      if (option.matches("ndots:\\d{1,6}")) {
        dots = Math.min(MOST_DOTS, Integer.parseInt(option.substring("ndots:".length())));
      }
    }
    return dots;
  }

  /** The names to look up for this one; the first that has an address counts. */
  List<String> candidates(String name) {
    if (name.endsWith(".")) {
      return List.of(name);
    }
    List<String> all = new ArrayList<>();
    domains.forEach(domain -> all.add(name + "." + domain));
    long dots = name.chars().filter(it -> it == '.').count();
    all.add(dots >= leastDots ? 0 : all.size(), name);
    return all;
  }
}
