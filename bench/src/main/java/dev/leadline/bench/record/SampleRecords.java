package dev.leadline.bench.record;

import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.CsvRecords.MalformedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records of {@code samples.csv} as samples. */
final class SampleRecords {
  /** In the order of the record's components; a file may have them in another order. */
  private static final List<String> COLUMNS =
      List.of(
          "phase",
          "round",
          "path",
          "balancer",
          "index",
          "intended_nanos",
          "start_nanos",
          "sent_nanos",
          "first_byte_nanos",
          "end_nanos",
          "status",
          "instance_id",
          "error");

  private static final int PHASE = 0;
  private static final int ROUND = 1;
  private static final int PATH = 2;
  private static final int BALANCER = 3;
  private static final int INDEX = 4;
  private static final int INTENDED = 5;
  private static final int START = 6;
  private static final int SENT = 7;
  private static final int FIRST_BYTE = 8;
  private static final int END = 9;
  private static final int STATUS = 10;
  private static final int INSTANCE = 11;
  private static final int ERROR = 12;

  private final CsvRecords csv;
  private final int[] columns;
  private final int columnsOfFile;
  private PlannedBurst burst = new PlannedBurst(Phase.WARM_UP, 0, new Cell("", ""));

  private SampleRecords(CsvRecords csv, int[] columns, int columnsOfFile) {
    this.csv = csv;
    this.columns = columns;
    this.columnsOfFile = columnsOfFile;
  }

  /** Reads the header line. */
  static SampleRecords ofFile(CsvRecords csv) throws IOException, MalformedException {
    int[] columns = new int[COLUMNS.size()];
    Arrays.fill(columns, -1);
    int found = csv.next() ? csv.fields() : 0;
    for (int field = 0; field < found; field++) {
      int column = COLUMNS.indexOf(String.valueOf(csv.text(field)));
      if (column < 0 || columns[column] >= 0) {
        throw new MalformedException(
            "column '%s' is unknown or there twice; the columns are %s"
                .formatted(csv.text(field), String.join(",", COLUMNS)));
      }
      columns[column] = field;
    }
    for (int column = 0; column < columns.length; column++) {
      if (columns[column] < 0) {
        throw new MalformedException("there is no column " + COLUMNS.get(column));
      }
    }
    return new SampleRecords(csv, columns, found);
  }

  /** The records of a part of the same file. */
  SampleRecords ofPart(CsvRecords part) {
    return new SampleRecords(part, columns, columnsOfFile);
  }

  /** Goes to the next record; false at the end. */
  boolean next() throws IOException, MalformedException {
    return csv.next();
  }

  /** Whether the record was not written to its end. */
  boolean cut() {
    return csv.cut();
  }

  long line() {
    return csv.line();
  }

  long position() {
    return csv.position();
  }

  /** The burst this record belongs to: the same object as before where it is the same burst. */
  PlannedBurst burst() throws MalformedException {
    if (csv.fields() != columnsOfFile) {
      throw new MalformedException(
          "%d columns instead of %d".formatted(csv.fields(), columnsOfFile));
    }
    Phase phase = phase();
    int round = (int) number(ROUND, Integer.MAX_VALUE);
    String path = text(PATH, burst.cell().path());
    String balancer = text(BALANCER, burst.cell().balancer());
    boolean same =
        phase == burst.phase()
            && round == burst.round()
            && path.equals(burst.cell().path())
            && balancer.equals(burst.cell().balancer());
    if (!same) {
      burst = new PlannedBurst(phase, round, new Cell(path, balancer));
    }
    return burst;
  }

  Sample sample() throws MalformedException {
    PlannedBurst of = burst();
    Sample sample =
        new Sample(
            of.phase(),
            of.round(),
            of.cell().path(),
            of.cell().balancer(),
            (int) number(INDEX, Integer.MAX_VALUE),
            number(INTENDED, Long.MAX_VALUE),
            number(START, Long.MAX_VALUE),
            optional(SENT),
            optional(FIRST_BYTE),
            number(END, Long.MAX_VALUE),
            csv.isEmpty(columns[STATUS]) ? null : Integer.valueOf((int) number(STATUS, 999)),
            csv.text(columns[INSTANCE]),
            csv.text(columns[ERROR]));
    if (sample.endNanos() < sample.intendedNanos()) {
      throw new MalformedException("end_nanos is before intended_nanos");
    }
    return sample;
  }

  private Phase phase() throws MalformedException {
    String label = csv.text(columns[PHASE], burst.phase().label());
    for (Phase phase : Phase.values()) {
      if (phase.label().equals(label)) {
        return phase;
      }
    }
    throw new MalformedException(
        "phase '%s' is neither warm-up nor measured nor void".formatted(label));
  }

  private String text(int column, String likely) throws MalformedException {
    String text = csv.text(columns[column], likely);
    if (text == null) {
      throw new MalformedException(COLUMNS.get(column) + " is empty");
    }
    return text;
  }

  private @Nullable Long optional(int column) throws MalformedException {
    return csv.isEmpty(columns[column]) ? null : Long.valueOf(number(column, Long.MAX_VALUE));
  }

  private long number(int column, long max) throws MalformedException {
    long number;
    try {
      number = csv.number(columns[column]);
    } catch (MalformedException e) {
      throw new MalformedException(COLUMNS.get(column) + ": " + e.getMessage());
    }
    if (number < 0 || number > max) {
      throw new MalformedException(
          "%s is %d, but must be from 0 to %d".formatted(COLUMNS.get(column), number, max));
    }
    return number;
  }
}
