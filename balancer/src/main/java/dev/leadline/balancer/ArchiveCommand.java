package dev.leadline.balancer;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code archive}: writes the classes of a balancer that runs into a file beside the jar, in the
 * form in which this Java loads them fastest. Java checks at its start that the file belongs to it
 * and to the jar, and does without where it does not.
 */
@Command(
    name = "archive",
    description = {
      "Makes FILE.jsa beside the balancer's FILE.jar: with it the balancer starts in half the time.",
      "Start it with: java -XX:SharedArchiveFile=FILE.jsa -jar FILE.jar serve ...",
      "Make the archive again for another Java or jar; without a new one they start as without any."
    },
    mixinStandardHelpOptions = true)
final class ArchiveCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, URISyntaxException {
    Path jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (!jar.toString().endsWith(".jar")) {
      return failed(jar + " is no jar");
    }
    Path archive = Path.of(jar.toString().replaceFirst("jar$", "jsa"));
    // Java breaks down on an archive that is not whole: it gets its name when it is.
    Path part = Path.of(archive + ".part");
    Files.deleteIfExists(part);
    Process rehearsal =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:ArchiveClassesAtExit=" + part,
                "-XX:+UseSerialGC",
                "-Xlog:disable",
                "-Xlog:all=error",
                "-jar",
                jar.toString(),
                "rehearse")
            .redirectErrorStream(true)
            .start();
    String said =
        new String(rehearsal.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int status = rehearsal.waitFor();
    if (status != 0 || !Files.exists(part)) {
      return failed("this Java made none (status " + status + "): " + said);
    }
    Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
    spec.commandLine().getOut().println(archive);
    return 0;
  }

  private int failed(String why) {
    spec.commandLine().getErr().println("no archive of classes: " + why);
    return 1;
  }
}
