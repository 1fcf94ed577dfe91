package dev.leadline.bench;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.load.BurstGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.TypeConversionException;

/** {@code java -jar bench.jar}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description =
        "Sends bursts of simultaneous requests through load balancers, reads what CloudWatch"
            + " counted, and writes reports.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; every request was answered and CloudWatch agrees, where it was read",
      "1:failed; what was measured is kept",
      "2:an option, the lab file or the run's files cannot be used",
      "3:done and reported, but measured requests failed",
      "4:done and reported, but CloudWatch counted otherwise, or could not be read",
      "5:done and reported, but a limit (--slo, --fail-if) is broken",
      "130:interrupted; what was measured is kept"
    })
public final class Main {
  /** How long an interrupted run may take to write its files. */
  private static final long SHUTDOWN_SECONDS = 20;

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  /** Whether a signal has ended the run: libraries fail in their own ways then. */
  private static volatile boolean stopping;

  private Main() {}

  public static void main(String[] args) {
    // Libraries log nothing: this program's own messages report what matters to its user.
    Logger.getLogger("").setLevel(Level.SEVERE);
    Thread main = Thread.currentThread();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endRun(main, finished)));
    int exitCode = ExitCode.FAILED;
    try {
      exitCode = commandLine(BurstGenerator.Routine.MEASURING).execute(args);
    } catch (OutOfMemoryError e) {
      System.err.printf(
          "bench: the %d MB of memory that Java may use are full. What was measured is on disk;"
              + " give more with java -Xmx%dm -jar bench.jar ...%n",
          Runtime.getRuntime().maxMemory() >> 20, Runtime.getRuntime().maxMemory() >> 19);
    }
    finished.countDown();
    System.exit(exitCode);
  }

  /**
   * Interrupts the main thread, which ends its run. The JVM then exits with 128 plus the signal's
   * number.
   */
  private static void endRun(Thread main, CountDownLatch finished) {
    if (finished.getCount() == 0) {
      return;
    }
    stopping = true;
    main.interrupt();
    try {
      finished.await(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The command line, for tests too. */
  static CommandLine commandLine(BurstGenerator.Routine routine) {
    // One way of writing numbers in every file and on every terminal, wherever this runs.
    Locale.setDefault(Locale.ROOT);
    return new CommandLine(new Main())
        .addSubcommand(new RunCommand(routine))
        .addSubcommand(new ReportCommand())
        .addSubcommand(new CompareCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .registerConverter(Duration.class, Main::duration)
        .setExecutionStrategy(
            parsed -> {
              // Some are read as an option of this program with a value: -disable-keepalive.
              String instead = OtherTools.instead(parsed.originalArgs());
              if (instead != null) {
                throw new ParameterException(parsed.commandSpec().commandLine(), instead);
              }
              return new RunLast().execute(parsed);
            })
        .setParameterExceptionHandler(
            (exception, arguments) -> {
              CommandLine failing = exception.getCommandLine();
              failing
                  .getErr()
                  .println(
                      "bench: "
                          + Objects.requireNonNullElse(
                              OtherTools.instead(List.of(arguments)), exception.getMessage()));
              failing
                  .getErr()
                  .println("Try '%s --help'".formatted(failing.getCommandSpec().qualifiedName()));
              return ExitCode.USAGE;
            })
        .setExecutionExceptionHandler(
            (exception, commandLine, parsed) -> {
              if (exception instanceof BenchException known) {
                commandLine.getErr().println("bench: " + known.getMessage());
                return known.exitCode();
              }
              if (stopping) {
                commandLine.getErr().println("bench: interrupted");
                return ExitCode.INTERRUPTED;
              }
              commandLine
                  .getErr()
                  .println("bench: a fault of this program, please report it: " + exception);
              return ExitCode.FAILED;
            });
  }

  private static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException("'" + text + "' is no duration like 500ms, 30s or 1m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofMinutes(amount);
    };
  }

  /** Answers {@code --version}. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"bench " + BuildInfo.version()};
    }
  }
}
