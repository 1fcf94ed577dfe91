package dev.leadline.balancer;

import dev.leadline.balancer.observe.Logging;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 could not do it, 2 wrong usage or configuration. */
@Command(
    name = "balancer",
    description = "Leadline, a latency-aware HTTP load balancer.",
    subcommands = {
      ServeCommand.class,
      CheckCommand.class,
      PoliciesCommand.class,
      SchemaCommand.class,
      ArchiveCommand.class,
      RehearseCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
public final class Main implements Runnable {

  /** Exit code for wrong usage and configuration. */
  static final int EXIT_USAGE = CommandLine.ExitCode.USAGE;

  @Spec
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: serve, check, policies, schema or archive");
  }

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    tune();
    Logging.configure();
    System.exit(new CommandLine(new Main()).execute(args));
  }

  /**
   * What Vert.x and Netty read when their classes are loaded: about 10% of a request's cost. Each
   * can be overridden with {@code -D}. Header validation stays on.
   */
  private static void tune() {
    setDefault("vertx.disableMetrics", "true");
    setDefault("vertx.disableTCCL", "true");
    setDefault("vertx.disableContextTimings", "true");
    setDefault("vertx.disableWebsockets", "true");
    setDefault("io.netty.buffer.checkBounds", "false");
    setDefault("io.netty.buffer.checkAccessible", "false");
    // Netty's newer allocator does not find the free parts of most of its chunks again: a third of
    // its memory was free, and thousands of stalled bodies took half as much again.
    setDefault("io.netty.allocator.type", "pooled");
    setDefault("java.util.logging.manager", "dev.leadline.balancer.observe.Logging$Manager");
  }

  private static void setDefault(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  /** The version the build wrote down. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"balancer " + number()};
    }

    static String number() {
      Properties properties = new Properties();
      try (InputStream in = Main.class.getResourceAsStream("version.properties")) {
        properties.load(in);
      } catch (IOException e) {
        throw new IllegalStateException("version.properties cannot be read", e);
      }
      return properties.getProperty("version");
    }
  }
}
