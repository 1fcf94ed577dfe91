package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The core has no I/O, clock, random source or thread of its own. Read from the compiled classes,
 * where nothing can hide: every class a class refers to is in its constant pool.
 */
class PurityTest {

  private static final Pattern ALLOWED =
      Pattern.compile(
          "dev/leadline/routing/.*"
              + "|org/jspecify/annotations/.*"
              + "|java/lang/(Object|Record|Enum|String|StringBuilder|CharSequence|Math|Integer|Long"
              + "|Double|Boolean|Number|Iterable|Runnable|Override|FunctionalInterface|MatchException"
              + "|NoSuchFieldError|NumberFormatException|IncompatibleClassChangeError|IllegalArgumentException"
              + "|IllegalStateException|RuntimeException|IndexOutOfBoundsException|NullPointerException|Class)"
              + "|java/lang/invoke/.*"
              + "|java/lang/runtime/.*"
              + "|java/util/(ArrayDeque|ArrayList|Arrays|BitSet|HashMap|HashSet|IdentityHashMap|Iterator|LinkedHashMap|List|Map"
              + "|Objects|Optional|OptionalDouble|OptionalLong|Set|Collection|Collections)"
              + "|java/util/regex/(Pattern|Matcher)"
              + "|java/util/function/.*"
              + "|java/util/stream/.*"
              + "|java/util/random/RandomGenerator"
              + "|java/time/Duration");

  @Test
  void theCoreRefersToNothingImpure() throws IOException, URISyntaxException {
    Path classes = classes();
    TreeSet<String> impure = new TreeSet<>();
    int read = 0;
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        read++;
        try (InputStream in = Files.newInputStream(file)) {
          for (String reference : references(in)) {
            if (!ALLOWED.matcher(reference).matches()) {
              impure.add(file.getFileName() + " refers to " + reference);
            }
          }
        }
      }
    }
    assertTrue(read > 20, "the classes of the module were not found in " + classes);
    assertEquals(new TreeSet<>(), impure);
  }

  /**
   * The packages form layers: none of them needs, directly or through others, one that needs it.
   */
  @Test
  void packagesDependOneWay() throws IOException, URISyntaxException {
    Map<String, Set<String>> needs = new TreeMap<>();
    Path classes = classes();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String from = packageOf(classes.relativize(file).toString());
        Matcher names = OWN.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        while (names.find()) {
          String to = packageOf(names.group());
          if (!to.equals(from)) {
            needs.computeIfAbsent(from, name -> new TreeSet<>()).add(to);
          }
        }
      }
    }
    assertTrue(needs.size() > 4, "packages were not found: " + needs);
    assertEquals(List.of(), circle(needs));
  }

  @Test
  void aCircleOfPackagesWouldBeSeen() {
    assertEquals(
        List.of("b", "c", "b"),
        circle(new TreeMap<>(Map.of("a", Set.of("b"), "b", Set.of("c"), "c", Set.of("b")))));
  }

  private static final Pattern OWN = Pattern.compile("dev/leadline/routing/[A-Za-z/]+");

  private static String packageOf(String className) {
    return className.substring(0, className.lastIndexOf('/'));
  }

  /** A way through the packages that returns to where it began; empty if there is none. */
  private static List<String> circle(Map<String, Set<String>> needs) {
    for (String start : needs.keySet()) {
      Deque<List<String>> ways = new ArrayDeque<>(List.of(List.of(start)));
      Set<String> visited = new HashSet<>();
      while (!ways.isEmpty()) {
        List<String> way = ways.remove();
        for (String next : needs.getOrDefault(way.get(way.size() - 1), Set.of())) {
          List<String> longer = Stream.concat(way.stream(), Stream.of(next)).toList();
          if (next.equals(start)) {
            return longer;
          }
          if (visited.add(next)) {
            ways.add(longer);
          }
        }
      }
    }
    return List.of();
  }

  private static Path classes() throws URISyntaxException {
    return Path.of(GroupRouter.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** The guard of the guard: what the test exists to find is found. */
  @Test
  void impurityWouldBeSeen() throws IOException {
    String own = "/" + Impure.class.getName().replace('.', '/') + ".class";
    try (InputStream in = PurityTest.class.getResourceAsStream(own)) {
      List<String> references = references(java.util.Objects.requireNonNull(in));
      for (String impure :
          List.of("java/lang/System", "java/lang/Thread", "java/util/Random", "java/io/File")) {
        assertTrue(references.contains(impure), impure);
        assertEquals(false, ALLOWED.matcher(impure).matches(), impure);
      }
    }
  }

  /** Does all that is forbidden; never runs. */
  static final class Impure {
    static Object sin() {
      return new Object[] {
        System.nanoTime(), Thread.currentThread(), new java.util.Random(), new java.io.File("x")
      };
    }
  }

  /** Names of all classes in a class file's constant pool (JVM specification, section 4.4). */
  private static List<String> references(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    data.readInt(); // magic
    data.readInt(); // version
    int size = data.readUnsignedShort();
    String[] utf8 = new String[size];
    List<Integer> classes = new ArrayList<>();
    for (int i = 1; i < size; i++) {
      int tag = data.readUnsignedByte();
      switch (tag) {
        case 1 -> utf8[i] = data.readUTF();
        case 7 -> classes.add(data.readUnsignedShort());
        case 8, 16, 19, 20 -> data.readUnsignedShort();
        case 3, 4, 9, 10, 11, 12, 17, 18 -> data.readInt();
        case 5, 6 -> {
          data.readLong();
          i++; // takes two entries
        }
        case 15 -> data.skipBytes(3);
        default -> throw new IOException("unknown constant " + tag);
      }
    }
    return classes.stream()
        .map(index -> utf8[index])
        .map(name -> name.replaceFirst("^\\[+L?", "").replace(";", ""))
        .filter(name -> name.length() > 1)
        .toList();
  }
}
