package dev.leadline.balancer.discovery;

import io.netty.resolver.HostsFileEntriesProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file of host names of this machine, read again when it has changed. Thread-safe; blocks. */
final class HostsFile {

  private static final FileTime NEVER = FileTime.fromMillis(0);

  private final Path file;
  private @Nullable FileTime seen;
  private @Nullable HostsFileEntriesProvider entries;

  HostsFile(Path file) {
    this.file = file;
  }

  /** All addresses of this name, IPv4 first; none if the file does not have it. */
  synchronized List<InetAddress> addresses(String name) {
    HostsFileEntriesProvider now = entriesNow();
    String key = name.toLowerCase(Locale.ROOT);
    return Stream.of(now.ipv4Entries(), now.ipv6Entries())
        .flatMap(it -> it.getOrDefault(key, List.of()).stream())
        .toList();
  }

  private HostsFileEntriesProvider entriesNow() {
    FileTime changed;
    try {
      changed = Files.getLastModifiedTime(file);
    } catch (IOException e) {
      changed = NEVER;
    }
    HostsFileEntriesProvider known = entries;
    if (known == null || !changed.equals(seen)) {
      seen = changed;
      known = HostsFileEntriesProvider.parser().parseSilently(file.toFile());
      entries = known;
    }
    return known;
  }
}
