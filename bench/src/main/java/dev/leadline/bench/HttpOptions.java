package dev.leadline.bench;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.load.HttpSpec;
import dev.leadline.bench.plan.Expectation;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code run} that say what a request is. */
final class HttpOptions {
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([\\x20-\\x7e\\t]*)");
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");
  private static final Pattern DURATION = Pattern.compile("[0-9]+(ms|s|m|h)");
  private static final int MAX_BODY_BYTES = 10_000_000;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "'NAME: VALUE'",
      description = "A header of every request; may be repeated.")
  List<String> headers = new ArrayList<>();

  @Option(
      names = {"-m", "--method"},
      paramLabel = "METHOD",
      description = "Method of every request (GET; with -d POST).")
  @Nullable String method;

  @Option(
      names = {"-d", "--body"},
      paramLabel = "TEXT|@FILE",
      description = "Body of every request, as text or from a file.")
  @Nullable String body;

  @Option(
      names = "--http2",
      description = "Send HTTP/2: by ALPN to https, with prior knowledge to http.")
  boolean http2;

  @Option(
      names = {"--insecure", "-k"},
      description = "Accept any certificate, for example a self-signed one.")
  boolean insecure;

  @Option(
      names = "--expect",
      paramLabel = "any|status|json",
      description =
          "What counts as a success: any whole answer, a status from 200 to 299, or 200 with JSON"
              + " that names an instance_id (status; with --lab json).")
  @Nullable Expectation expected;

  /**
   * Checks all.
   *
   * @param ofLab whether the lab's own application answers
   * @throws BenchException naming the option that cannot be used
   */
  HttpSpec spec(boolean ofLab) {
    String sent = method != null ? method : body != null ? "POST" : "GET";
    if (!METHOD.matcher(sent).matches() || sent.equals("CONNECT")) {
      throw BenchException.usage("-m %s: it must be a method like GET or POST".formatted(sent));
    }
    return new HttpSpec(
        sent,
        headers.stream().map(HttpOptions::header).toList(),
        bytes(),
        http2,
        insecure,
        expected != null ? expected : ofLab ? Expectation.JSON : Expectation.STATUS);
  }

  private static Map.Entry<String, String> header(String text) {
    Matcher matcher = HEADER.matcher(text);
    if (!matcher.matches()) {
      throw BenchException.usage("-H '%s': it must be 'Name: value'".formatted(text));
    }
    return Map.entry(matcher.group(1), matcher.group(2).strip());
  }

  private Buffer bytes() {
    if (body != null && DURATION.matcher(body).matches()) {
      throw BenchException.usage("-d %s: -d is the body here; how long is -z".formatted(body));
    }
    if (body == null || !body.startsWith("@")) {
      return body == null ? Buffer.buffer() : Buffer.buffer(body);
    }
    Path file = Path.of(body.substring(1));
    try {
      if (Files.size(file) > MAX_BODY_BYTES) {
        throw BenchException.usage(
            "-d @%s: the file has more than %d bytes".formatted(file, MAX_BODY_BYTES));
      }
      return Buffer.buffer(Files.readAllBytes(file));
    } catch (IOException e) {
      throw BenchException.usage("-d @%s: the file cannot be read".formatted(file));
    }
  }
}
