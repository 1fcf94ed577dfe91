package dev.leadline.bench.record;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.FileError;
import dev.leadline.bench.json.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The directory of one run, {@code <results>/<yyyymmddThhmmssZ>-<profile>}, and its files. */
public record ResultsDirectory(Path path) {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String LATEST = "latest";

  /** Makes a new directory; two runs that begin in one second get different ones. */
  public static ResultsDirectory create(Path results, Instant now, String profile) {
    try {
      Files.createDirectories(results);
      for (int attempt = 1; ; attempt++) {
        String name = STAMP.format(now) + "-" + profile + (attempt == 1 ? "" : "-" + attempt);
        try {
          return new ResultsDirectory(Files.createDirectory(results.resolve(name)));
        } catch (FileAlreadyExistsException e) {
          if (attempt == 100) {
            throw e;
          }
        }
      }
    } catch (IOException e) {
      throw BenchException.usage(
          "--results %s: no directory can be made there: %s"
              .formatted(results, FileError.reason(e)));
    }
  }

  /** The directory of an earlier run, which may be given as the link {@code latest}. */
  public static ResultsDirectory open(Path path) {
    if (!Files.isDirectory(path)) {
      throw BenchException.usage("%s is no directory of a run".formatted(path));
    }
    ResultsDirectory directory = new ResultsDirectory(path);
    if (!Files.isRegularFile(directory.run())) {
      throw BenchException.usage("%s is no directory of a run: it has no run.json".formatted(path));
    }
    return directory;
  }

  public Path samples() {
    return path.resolve("samples.csv");
  }

  public Path run() {
    return path.resolve("run.json");
  }

  public Path cloudWatch() {
    return path.resolve("cloudwatch.json");
  }

  /** What was done to targets; there only if something was. */
  public Path disturbances() {
    return path.resolve("disturbances.json");
  }

  /** What the user's machine measured; there only beside a run of the lab's load generator. */
  public Path farView() {
    return path.resolve("far-view.json");
  }

  public Path reportJson() {
    return path.resolve("report.json");
  }

  public Path reportHtml() {
    return path.resolve("report.html");
  }

  public Path reportTex() {
    return path.resolve("report.tex");
  }

  /** The directory of the HdrHistogram logs. */
  public Path histograms() {
    return path.resolve("hlog");
  }

  public Path reportPdf() {
    return path.resolve("report.pdf");
  }

  /**
   * Writes a whole file or none: a reader never sees half of one.
   *
   * @throws BenchException with the reason when it cannot be written
   */
  public static void write(Path file, String content) {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      // Not a channel: an interruption would close it, and what was measured must be written.
      try (OutputStream out = new FileOutputStream(partial.toFile())) {
        out.write(content.getBytes(StandardCharsets.UTF_8));
      }
      Files.move(partial, file, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      partial.toFile().delete();
      throw BenchException.failed("%s cannot be written: %s".formatted(file, FileError.reason(e)));
    }
  }

  public static void writeJson(Path file, Object value) {
    write(file, Json.text(value));
  }

  /** Points {@code latest} beside this directory at it, in one step. */
  public void becomeLatest() {
    Path link = path.resolveSibling(LATEST);
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
      throw BenchException.failed(
          "%s is there and is no symbolic link, so it cannot point at this run: %s has all of it"
              .formatted(link, path));
    }
    Path fresh = path.resolveSibling(LATEST + "." + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(fresh);
      Files.createSymbolicLink(fresh, path.getFileName());
      Files.move(fresh, link, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      throw BenchException.failed(
          "the link %s cannot be made: %s; %s has all of this run"
              .formatted(link, FileError.reason(e), path));
    }
  }
}
