package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Reads the configuration again when its file has changed, and has its targets taken over. A file
 * that cannot be used, or that changes more than targets, changes nothing: the log says why, once
 * for each change.
 */
final class ConfigWatch {

  private static final Logger LOG = Logger.getLogger(ConfigWatch.class.getName());
  private static final long INTERVAL_MILLIS = 500;

  private final Vertx vertx;
  private final Path file;
  private final Function<BalancerConfig, String> apply;
  private FileTime seen;

  /**
   * @param apply takes a configuration over, on the event loop; says what it did
   */
  ConfigWatch(Vertx vertx, Path file, Function<BalancerConfig, String> apply) {
    this.vertx = vertx;
    this.file = file;
    this.apply = apply;
    seen = modified();
  }

  /** Starts watching; call on the event loop. */
  void start() {
    vertx.setPeriodic(INTERVAL_MILLIS, timer -> look());
  }

  private void look() {
    FileTime now = modified();
    if (now.equals(seen)) {
      return;
    }
    seen = now;
    try {
      LOG.log(
          Level.INFO,
          "{0} has changed: {1}",
          new Object[] {file, apply.apply(ConfigReader.read(file))});
    } catch (ConfigException e) {
      LOG.log(Level.WARNING, "the former configuration stays: {0}", e.getMessage());
    }
  }

  /** When the file last changed; the beginning of time if it cannot be seen just now. */
  private FileTime modified() {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }
}
