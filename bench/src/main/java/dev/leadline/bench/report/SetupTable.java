package dev.leadline.bench.report;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.record.Run.Client;
import dev.leadline.bench.record.Run.HttpRecord;
import dev.leadline.bench.record.Run.Settings;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How the run was made: what somebody needs who wants to repeat it. */
final class SetupTable {
  private SetupTable() {}

  static Table of(Report report) {
    Settings settings = report.run().settings();
    Client client = report.run().client();
    List<Row> rows = new ArrayList<>();
    add(
        rows,
        "Order",
        "Every round ran each cell once, in an order of its own drawn with seed %d; --seed %d repeats it."
            .formatted(settings.seed(), settings.seed()));
    add(
        rows,
        "Load",
        ReportFormat.sentence(settings.load().summary())
            + " "
            + (settings.load().caution().isEmpty() ? "" : settings.load().caution() + " ")
            + (report.run().lab().switched()
                    ? "%d warm-up bursts before each measured burst are not counted. "
                    : "%d warm-up rounds of each cell are not counted. ")
                .formatted(settings.warmUps())
            + "Timeout %s s from the intended send, pace %s."
                .formatted(
                    ReportFormat.seconds(settings.timeoutMillis() * 1_000_000),
                    settings.pace().label()));
    if (report.run().lab().switched()) {
      add(
          rows,
          "Policies",
          "Set in turn on the same balancers, without a restart: a round takes all of them once, in an order drawn by lot, and measures every path with one before it sets the next.");
    }
    add(rows, "Connections", connections(settings));
    HttpRecord http = settings.http();
    if (http != null) {
      add(rows, "Request", request(http));
    }
    add(
        rows,
        "Client",
        "bench %s, Vert.x %s, %s, %s, %d processors, %s open files allowed."
            .formatted(
                report.run().benchVersion(),
                client.vertx(),
                client.java(),
                client.os(),
                client.processors(),
                ReportFormat.count(client.openFileLimit())));
    Map<String, Object> ofLab = new TreeMap<>(report.run().lab().settings());
    Object work = ofLab.remove("workMillis");
    if (work != null) {
      add(
          rows,
          "Work",
          "Each request costs its target the work of about %s ms of a vCPU (workMillis)."
              .formatted(work));
    }
    ofLab.forEach((key, value) -> rows.add(Row.of(Cell.of(key), Cell.code(String.valueOf(value)))));
    report
        .run()
        .lab()
        .compared()
        .forEach(
            balancer ->
                rows.add(Row.of(Cell.of(balancer.title()), Cell.code(addresses(balancer)))));
    return new Table(
        "How the run was made",
        List.of(),
        List.of(Column.left("What"), Column.wrapped("Value")),
        rows);
  }

  /** Its URL, or one for each path. */
  private static String addresses(Balancer balancer) {
    return balancer.urls().isEmpty()
        ? balancer.url().toString()
        : balancer.urls().entrySet().stream()
            .map(it -> it.getKey() + " at " + it.getValue())
            .collect(Collectors.joining(", "));
  }

  private static String connections(Settings settings) {
    Load load = settings.load();
    String kept =
        load.reuse()
            ? "At most %s, each kept and used again"
                .formatted(ReportFormat.count(load.connections()))
            : load.streams() > 1
                ? "%s, new for each burst".formatted(ReportFormat.count(load.connections()))
                : "One for each request";
    return "%s; %s."
        .formatted(
            kept
                + (load.streams() > 1
                    ? ", with up to %d requests at once".formatted(load.streams())
                    : ""),
            settings.preConnected()
                ? "opened before the burst began: latency does not include it"
                : "opened when a request needed it: its latency includes it");
  }

  private static String request(HttpRecord http) {
    return "%s over HTTP/%s%s%s. %s%s"
        .formatted(
            http.method(),
            http.version(),
            http.bodyBytes() == 0
                ? ""
                : ", with a body of %s bytes".formatted(ReportFormat.count(http.bodyBytes())),
            http.headers().isEmpty()
                ? ""
                : ", with the headers %s".formatted(ReportFormat.list(http.headers())),
            switch (http.expected()) {
              case ANY -> "Every whole answer counts as a success, whatever its status.";
              case STATUS -> "An answer with a status from 200 to 299 counts as a success.";
              case JSON ->
                  "An answer with status 200 that names its instance in JSON counts as a success.";
            },
            http.verified() ? "" : " Certificates were not checked (--insecure).");
  }

  private static void add(List<Row> rows, String name, String value) {
    rows.add(Row.of(Cell.of(name), Cell.of(value)));
  }
}
