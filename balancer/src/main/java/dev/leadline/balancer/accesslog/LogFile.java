package dev.leadline.balancer.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the lines go to: a file that is appended to, or standard output. The file is opened anew
 * after it was renamed or removed. Not thread-safe.
 */
final class LogFile {

  private static final ByteBuffer LINE_FEED = ByteBuffer.wrap(new byte[] {'\n'});

  private final Optional<Path> path;
  private @Nullable FileChannel channel;
  private @Nullable Object key;
  private boolean made;
  private boolean withinLine;

  /**
   * @param path the file; absent: standard output
   */
  LogFile(Optional<Path> path) {
    this.path = path;
  }

  /** Its name in messages. */
  String name() {
    return path.map(Path::toString).orElse("standard output");
  }

  /** Opens it if it is not open, or if its name stands for another file or for none now. */
  void follow() throws IOException {
    if (path.isEmpty()) {
      if (channel == null) {
        channel = new FileOutputStream(FileDescriptor.out).getChannel();
      }
    } else if (channel == null || !isSame(path.get())) {
      open(path.get());
    }
  }

  private boolean isSame(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey().equals(key);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void open(Path file) throws IOException {
    boolean isNew = true;
    FileChannel opened;
    try {
      opened = open(file, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      isNew = false;
      opened = open(file, StandardOpenOption.CREATE);
    }
    close();
    channel = opened;
    made = isNew;
    key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    withinLine = false;
  }

  /** What clients sent is for the owner and its group only. */
  private static FileChannel open(Path file, StandardOpenOption how) throws IOException {
    return FileChannel.open(
        file,
        Set.of(how, StandardOpenOption.APPEND),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
  }

  /** Removes the file if it was made here, and is still empty. */
  void removeUnused() throws IOException {
    if (made && path.isPresent() && isSame(path.get()) && Files.size(path.get()) == 0) {
      Files.delete(path.get());
    }
  }

  /**
   * Writes all of it. What is left in the buffer after an exception was not written; a line of
   * which only a part was written is ended before the next one.
   */
  void write(ByteBuffer lines) throws IOException {
    if (channel == null) {
      follow();
    }
    if (channel == null) {
      throw new IOException("it is not open");
    }
    if (withinLine) {
      channel.write(LINE_FEED.duplicate());
      withinLine = false;
    }
    int start = lines.position();
    try {
      while (lines.hasRemaining()) {
        channel.write(lines);
      }
    } finally {
      int end = lines.position();
      withinLine = end > start && lines.get(end - 1) != '\n';
    }
  }

  /** Closes the file; standard output stays open for others. */
  void close() throws IOException {
    FileChannel open = channel;
    channel = null;
    if (open != null && path.isPresent()) {
      open.close();
    }
  }
}
