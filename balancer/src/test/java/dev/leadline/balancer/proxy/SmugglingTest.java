package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.LoggedExceptions;
import dev.leadline.balancer.RawClient;
import dev.leadline.balancer.TestBalancer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * No request can be read by a target in another way than by the balancer: each is either refused,
 * and its connection closed, or it arrives as exactly one request in its plain form, and the next
 * one after it. The target looks at the bytes, by the letter of RFC 9112.
 *
 * <p>The vectors come from RFC 9110 and RFC 9112; J. Kettle's "HTTP Desync Attacks" (2019),
 * "Browser-Powered Desync Attacks" (2022) and "HTTP/1.1 must die" (2025) with PortSwigger's list of
 * obfuscated Transfer-Encodings; what Jabiyev and others found with T-Reqs (CCS 2021), Shen and
 * others with HDiff (DSN 2022), and Kallus and others with the HTTP Garden (2024); and the
 * advisories of Netty, HAProxy, nginx, Apache and gunicorn that name any of them.
 */
class SmugglingTest {

  private static final int BATCH = 500; // Connections at a time.
  private static final String BODY = "5\r\nhello\r\n0\r\n\r\n";

  /**
   * A request, and what has to become of it.
   *
   * @param body of the request that arrives
   */
  private record Vector(String path, String expected, String bytes, String body) {
    String followUp() {
      return path + "/next";
    }

    /** Whether the connection ends after it. */
    boolean isLast() {
      return bytes.contains(" HTTP/1.0") || bytes.contains("Connection: close");
    }
  }

  private final List<Vector> vectors = new ArrayList<>();
  private final StrictTarget target;
  private final TestBalancer balancer;

  SmugglingTest() throws Exception {
    target = new StrictTarget(StrictTarget::echo);
    balancer = TestBalancer.before(target.raw());
  }

  @AfterEach
  void close() throws Exception {
    balancer.close();
    target.close();
  }

  private void add(Vectors.Row row, String expected, String before, String after, String body) {
    String path = "/v" + vectors.size();
    String bytes = before.replace("{}", path) + row.bytes(path) + after;
    vectors.add(new Vector(path, expected, bytes, expected.equals("one") ? body : ""));
  }

  private void add(Vectors.Row row, String before, String after, String body) {
    add(row, row.expected(), before, after, body);
  }

  private static List<Vectors.Row> rows(Map<String, List<Vectors.Row>> table, String section) {
    return Objects.requireNonNull(table.get(section), section);
  }

  private void makeVectors() throws IOException {
    Map<String, List<Vectors.Row>> table = Vectors.read("smuggling.txt");
    for (Vectors.Row row : rows(table, "line")) {
      add(row, "", "\r\nHost: a\r\n\r\n", "");
    }
    for (Vectors.Row row : rows(table, "host")) {
      add(row, "GET {} HTTP/1.1\r\n", "\r\n\r\n", "");
    }
    for (Vectors.Row row : rows(table, "header")) {
      add(row, "GET {} HTTP/1.1\r\nHost: a\r\n", "\r\n\r\n", "");
      add(row, "POST {} HTTP/1.1\r\nContent-Length: 5\r\n", "\r\nHost: a\r\n\r\nhello", "hello");
    }
    for (Vectors.Row row : rows(table, "length")) {
      for (String method : List.of("GET", "POST")) {
        String head = method + " {} HTTP/1.1\r\nHost: a\r\nContent-Length:";
        add(row, head, "\r\n\r\nhello", "hello");
        add(row, "400", head, "\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY, "");
      }
    }
    for (Vectors.Row row : rows(table, "coding")) {
      for (String method : List.of("GET", "POST")) {
        String line = method + " {} HTTP/1.1\r\n";
        String coding = "transfer-encoding:";
        add(row, line + "Host: a\r\n" + coding, "\r\n\r\n" + BODY, "hello");
        add(row, line + coding, "\r\nX: y\r\nHost: a\r\n\r\n" + BODY, "hello");
        for (String length : List.of("5", "15", "0")) {
          String header = "Content-Length: " + length + "\r\n";
          add(row, "400", line + "Host: a\r\n" + header + coding, "\r\n\r\n" + BODY, "");
          add(row, "400", line + coding, "\r\nHost: a\r\n" + header + "\r\n" + BODY, "");
        }
        String old = method + " {} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" + coding;
        add(row, "400", old, "\r\n\r\n" + BODY, "");
      }
    }
    for (Vectors.Row row : rows(table, "chunks")) {
      for (String method : List.of("GET", "POST")) {
        String head = method + " {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        add(row, head, "", "hello");
        // The same in the middle of a body.
        add(row, head + "3\r\nabc\r\n", "", "abchello");
      }
    }
    for (Vectors.Row row : rows(table, "whole")) {
      add(row, "", "", "");
    }
  }

  @Test
  void noRequestIsAmbiguous() throws Exception {
    makeVectors();
    List<String> ambiguous = new ArrayList<>();
    try (LoggedExceptions logged = new LoggedExceptions()) {
      for (int i = 0; i < vectors.size(); i += BATCH) {
        ambiguous.addAll(send(vectors.subList(i, Math.min(i + BATCH, vectors.size()))));
      }
      logged.assertNone();
    }
    Set<String> expected = new TreeSet<>();
    for (Vector vector : vectors) {
      if (vector.expected().equals("one")) {
        expected.add(vector.path());
        if (!vector.isLast()) {
          expected.add(vector.followUp());
        }
      }
    }
    assertEquals("", String.join("\n", ambiguous), ambiguous.size() + " of " + vectors.size());
    assertEquals(List.of(), target.faults());
    assertEquals(expected, new TreeSet<>(target.paths()));
    assertTrue(vectors.size() > 1000, vectors.size() + " vectors");
  }

  /** Sends each on a connection of its own, all at once; the result is what was wrong. */
  private List<String> send(List<Vector> batch) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (Vector vector : batch) {
      String next =
          "GET " + vector.followUp() + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      clients.add(balancer.client().send(vector.bytes() + next));
    }
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Vector vector = batch.get(i);
      try (RawClient client = clients.get(i)) {
        String problem =
            vector.expected().equals("one")
                ? problemOfOne(vector, client)
                : problemOfRefused(vector, client);
        if (!problem.isEmpty()) {
          problems.add(problem + " <- " + shown(vector.bytes()));
        }
      }
    }
    return problems;
  }

  /** Refused by its status, and nothing after it is looked at: that may be anything. */
  private static String problemOfRefused(Vector vector, RawClient client) throws IOException {
    RawClient.Answer answer = client.read();
    boolean refused =
        answer.status() == Integer.parseInt(vector.expected())
            && answer.head().startsWith("HTTP/1.")
            && answer.header("connection").equals(Optional.of("close"))
            && answer.complete();
    return refused && client.isEnded() ? "" : "not " + vector.expected() + ": " + answer;
  }

  private String problemOfOne(Vector vector, RawClient client) throws IOException {
    RawClient.Answer answer = client.read();
    if (answer.status() == 100) {
      answer = client.read();
    }
    if (answer.status() != 200) {
      return "refused: " + answer;
    }
    if (!vector.isLast() && !client.read().body().equals(vector.followUp())) {
      return "the follow-up got another answer";
    }
    if (!client.isEnded()) {
      return "more than two answers";
    }
    List<String> bodies = target.requests(vector.path()).stream().map(it -> it.body()).toList();
    return bodies.equals(List.of(vector.body())) ? "" : "arrived with bodies " + bodies;
  }

  private static String shown(String bytes) {
    String text = bytes.length() > 500 ? bytes.substring(0, 500) + "..." : bytes;
    return text.replace("\r", "\\r").replace("\n", "\\n");
  }
}
