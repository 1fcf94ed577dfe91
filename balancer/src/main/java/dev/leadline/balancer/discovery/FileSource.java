package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.ConfigException;
import dev.leadline.routing.target.Target;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A file that lists the targets of a group, or the peers. It is read when it has changed and two
 * looks in a row have seen the same: half a list, written at this moment, would take targets out.
 */
final class FileSource implements MemberSource {

  /** What tells one state of the file from another. */
  private record Stamp(@Nullable FileTime changed, long bytes, @Nullable Object key) {
    static final Stamp NONE = new Stamp(null, 0, null);

    static Stamp of(Path file) {
      try {
        BasicFileAttributes it = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(it.lastModifiedTime(), it.size(), it.fileKey());
      } catch (IOException e) {
        return NONE;
      }
    }
  }

  /** What a look came to: nothing to read yet, or a list, or why there is none. */
  private record Look(Stamp stamp, @Nullable List<Target> targets, @Nullable String problem) {}

  private final Vertx vertx;
  private final Path file;
  private final Function<Path, List<Target>> reader;
  private final Duration interval;
  private @Nullable Stamp seen;
  private @Nullable Stamp taken;
  private long timer = -1;
  private boolean looking;
  private boolean stopped;

  /**
   * @param reader reads the file, or throws a {@link ConfigException}; may block
   * @param interval time between two looks
   */
  FileSource(Vertx vertx, Path file, Function<Path, List<Target>> reader, Duration interval) {
    this.vertx = vertx;
    this.file = file;
    this.reader = reader;
    this.interval = interval;
  }

  @Override
  public void start(Listener listener) {
    timer = vertx.setPeriodic(interval.toMillis(), fired -> look(listener));
  }

  @Override
  public void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  private void look(Listener listener) {
    if (looking) {
      return;
    }
    looking = true;
    Stamp before = seen;
    Stamp known = taken;
    vertx
        .executeBlocking(() -> look(before, known))
        .onComplete(
            look -> {
              looking = false;
              if (!stopped) {
                take(look, listener);
              }
            },
            cause -> {
              looking = false;
              listener.failed(file + ": " + cause);
            });
  }

  private Look look(@Nullable Stamp before, @Nullable Stamp known) {
    Stamp now = Stamp.of(file);
    if (now.equals(known) || !now.equals(before)) {
      return new Look(now, null, null);
    }
    try {
      return new Look(now, reader.apply(file), null);
    } catch (ConfigException e) {
      return new Look(now, null, Objects.requireNonNull(e.getMessage()));
    }
  }

  private void take(Look look, Listener listener) {
    seen = look.stamp;
    if (look.problem != null) {
      taken = look.stamp;
      listener.failed(look.problem);
    } else if (look.targets != null) {
      taken = look.stamp;
      listener.listed(look.targets);
    }
  }
}
