package dev.leadline.bench.browser;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leadline.bench.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium with one page, steered over the DevTools protocol: what a reader's browser
 * does with a file. Not thread-safe.
 */
public final class Chromium {
  private static final long SECONDS = 60;
  private static final Map<String, Integer> KEYS = Map.of("Tab", 9, "End", 35, "Home", 36);

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final List<String> errors = new ArrayList<>();
  private final String session;
  private int commands;

  /**
   * Starts a browser.
   *
   * @param program such as {@code /usr/bin/chromium}
   * @param profile a directory of its own
   */
  public Chromium(Path program, Path profile) throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox", // which needs rights that a container lacks; only own files are
                // opened
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> address = address(profile.resolve("DevToolsActivePort"));
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:%s%s".formatted(address.get(0), address.get(1))),
                new Reader())
            .join();
    String target =
        send(null, "Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
    session =
        send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      command(domain + ".enable", Map.of());
    }
  }

  /** The browser of this machine, if there is one. */
  public static Optional<Path> find() {
    return Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
        .flatMap(
            directory ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private List<String> address(Path file) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (System.nanoTime() < end && process.isAlive()) {
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file);
        if (lines.size() == 2) {
          return lines;
        }
      }
      Thread.sleep(10); // Between two looks at the condition.
    }
    throw new IOException("the browser did not say where it listens");
  }

  /** Shows a file in a window of this size, for a reader who likes it light or dark. */
  public void open(Path file, int width, int height, String scheme) throws InterruptedException {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    command(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    command("Page.navigate", Map.of("url", file.toUri().toString()));
    await("Page.loadEventFired");
  }

  /** The value of a JavaScript expression in the page. */
  public JsonNode evaluate(String expression) throws InterruptedException {
    JsonNode answer =
        command("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(answer.path("exceptionDetails").toString());
    }
    return answer.path("result").path("value");
  }

  /** Presses a key of {@link #KEYS}. */
  public void press(String key) throws InterruptedException {
    for (String type : List.of("keyDown", "keyUp")) {
      command(
          "Input.dispatchKeyEvent",
          Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", KEYS.get(key)));
    }
  }

  /** The whole page as a PNG. */
  public void screenshot(Path file) throws IOException, InterruptedException {
    JsonNode answer =
        command("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
  }

  /** What the console showed as an error, and what was thrown, since the browser began. */
  public List<String> errors() {
    return List.copyOf(errors);
  }

  private JsonNode command(String method, Map<String, ?> parameters) throws InterruptedException {
    return send(session, method, parameters);
  }

  private JsonNode send(@Nullable String to, String method, Map<String, ?> parameters)
      throws InterruptedException {
    int id = ++commands;
    var message = Json.MAPPER.createObjectNode().put("id", id).put("method", method);
    message.set("params", Json.MAPPER.valueToTree(parameters));
    if (to != null) {
      message.put("sessionId", to);
    }
    socket.sendText(message.toString(), true).join();
    while (true) {
      JsonNode answer = next(method);
      if (answer.path("id").asInt() == id) {
        if (answer.has("error")) {
          throw new IllegalStateException(method + ": " + answer.path("error"));
        }
        return answer.path("result");
      }
    }
  }

  private void await(String event) throws InterruptedException {
    while (!next(event).path("method").asText().equals(event)) {}
  }

  private JsonNode next(String awaited) throws InterruptedException {
    JsonNode message = messages.poll(SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new IllegalStateException("the browser says nothing of " + awaited);
    }
    JsonNode parameters = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> errors.add(parameters.toString());
      case "Runtime.consoleAPICalled" -> {
        if (List.of("error", "warning", "assert").contains(parameters.path("type").asText())) {
          errors.add(parameters.toString());
        }
      }
      case "Log.entryAdded" -> {
        if (parameters.at("/entry/level").asText().equals("error")) {
          errors.add(parameters.toString());
        }
      }
      default -> {}
    }
    return message;
  }

  /** Ends the browser. */
  public void close() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.waitFor(SECONDS, TimeUnit.SECONDS);
  }

  /** Puts the parts of a message together. */
  private final class Reader implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          messages.add(Objects.requireNonNull(Json.MAPPER.readTree(text.toString())));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }
}
