package dev.leadline.bench.report;

import dev.leadline.bench.record.Run.Client;
import dev.leadline.bench.record.Run.Settings;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Row;
import java.util.ArrayList;
import java.util.List;

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
        "Bursts",
        "%s requests, each on a connection of its own, %s. %d warm-up bursts of each cell are not counted. Timeout %s s, pace %s."
            .formatted(
                ReportFormat.count(settings.requests()),
                settings.preConnected()
                    ? "opened before the burst began: latency does not include it"
                    : "opened within the burst: latency includes it",
                settings.warmUps(),
                ReportFormat.seconds(settings.timeoutMillis() * 1_000_000),
                settings.pace().label()));
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
    report
        .run()
        .lab()
        .settings()
        .forEach((key, value) -> rows.add(Row.of(Cell.of(key), Cell.code(String.valueOf(value)))));
    report
        .run()
        .lab()
        .compared()
        .forEach(
            balancer ->
                rows.add(Row.of(Cell.of(balancer.title()), Cell.code(balancer.url().toString()))));
    return new Table(
        "How the run was made",
        List.of(),
        List.of(Column.left("What"), Column.wrapped("Value")),
        rows);
  }

  private static void add(List<Row> rows, String name, String value) {
    rows.add(Row.of(Cell.of(name), Cell.of(value)));
  }
}
