package dev.leadline.bench.error;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why a file or directory cannot be read or written, in words instead of names of classes. */
public final class FileError {
  /** {@code /path/file (No space left on device)}, as the classes of java.io have it. */
  private static final Pattern IN_BRACKETS = Pattern.compile(".*\\(([^()]+)\\)");

  private FileError() {}

  /** A few words, without the file's name where the system gives a reason of its own. */
  public static String reason(IOException e) {
    String said = Objects.requireNonNullElse(e.getMessage(), "no reason given");
    if (e instanceof NoSuchFileException) {
      return said + " does not exist";
    }
    if (e instanceof FileAlreadyExistsException) {
      return said + " is there already and is no directory";
    }
    if (e instanceof NotDirectoryException) {
      return said + " is no directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException system && system.getReason() != null) {
      return lowerFirst(system.getReason());
    }
    Matcher brackets = IN_BRACKETS.matcher(said);
    return lowerFirst(
        e instanceof FileNotFoundException && brackets.matches() ? brackets.group(1) : said);
  }

  private static String lowerFirst(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
