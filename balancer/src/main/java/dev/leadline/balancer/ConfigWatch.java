package dev.leadline.balancer;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.function.Supplier;

/**
 * Reloads when the configuration or one of the files that it names has changed, once for each
 * change.
 */
final class ConfigWatch {

  private static final long INTERVAL_MILLIS = 500;

  private final Vertx vertx;
  private final Supplier<List<Path>> files;
  private final Supplier<Future<?>> reload;
  private List<FileTime> seen;
  private boolean busy;

  /**
   * @param files what to watch, whenever it looks
   * @param reload is called on the event loop
   */
  ConfigWatch(Vertx vertx, Supplier<List<Path>> files, Supplier<Future<?>> reload) {
    this.vertx = vertx;
    this.files = files;
    this.reload = reload;
    seen = changed(files.get());
  }

  /** Starts watching; call on the event loop. */
  void start() {
    vertx.setPeriodic(INTERVAL_MILLIS, timer -> look());
  }

  private void look() {
    if (busy) {
      return;
    }
    List<FileTime> now = changed(files.get());
    if (now.equals(seen)) {
      return;
    }
    busy = true;
    // A configuration that was taken over may name other files.
    reload
        .get()
        .onComplete(
            done -> {
              busy = false;
              seen = files.get().size() == now.size() ? now : changed(files.get());
            });
  }

  /** When each was last changed; the beginning of time if it cannot be seen just now. */
  private static List<FileTime> changed(List<Path> files) {
    return files.stream().map(ConfigWatch::changed).toList();
  }

  private static FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }
}
