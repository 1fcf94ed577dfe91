package dev.leadline.bench.record;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.FileError;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.CsvRecords.MalformedException;
import dev.leadline.bench.record.Run.BurstRecord;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The samples in {@code samples.csv}: checked once against {@code run.json}, then read burst by
 * burst from the disk as often as somebody looks at them.
 */
public final class RecordedSamples implements RunSamples {
  /** How many samples are read between two looks at whether the thread was interrupted. */
  private static final int INTERRUPTION_MASK = 0xffff;

  /** The lines of one burst. */
  private record Part(long position, long line, int samples) {}

  private final Path file;
  private final SampleRecords header;
  private final Map<PlannedBurst, Part> parts;

  private RecordedSamples(Path file, SampleRecords header, Map<PlannedBurst, Part> parts) {
    this.file = file;
    this.header = header;
    this.parts = parts;
  }

  /**
   * Checks that a file holds exactly the samples of a run: of each burst every request once, and
   * nothing of another run. Lines of the burst that was under way when the run was stopped are
   * passed over, the last of them also where it was not written to its end.
   *
   * @throws BenchException naming the line that does not belong there, or the burst that lacks one
   */
  public static RecordedSamples open(Path file, Run run) {
    try (InputStream in = new FileInputStream(file.toFile())) {
      CsvRecords csv = new CsvRecords(in, 0, 1);
      try {
        SampleRecords records = SampleRecords.ofFile(csv);
        Map<PlannedBurst, Part> parts = new Check(run, records).parts();
        for (BurstRecord burst : run.bursts()) {
          if (burst.requestsOf(run.settings()) > 0 && !parts.containsKey(burst.planned())) {
            throw new MalformedException(
                "the file ends without %s, which run.json lists".formatted(burst.planned()));
          }
        }
        return new RecordedSamples(file, records, parts);
      } catch (MalformedException e) {
        throw malformed(file, csv.line(), e);
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  @Override
  public int count(BurstRecord burst) {
    Part part = parts.get(burst.planned());
    return part == null ? 0 : part.samples();
  }

  @Override
  public void forEach(BurstRecord burst, Consumer<Sample> reader) {
    Part part = parts.get(burst.planned());
    if (part == null) {
      return;
    }
    try (InputStream in = new FileInputStream(file.toFile())) {
      in.skipNBytes(part.position());
      CsvRecords csv = new CsvRecords(in, part.position(), part.line());
      SampleRecords records = header.ofPart(csv);
      try {
        for (int i = 0; i < part.samples(); i++) {
          stopIfInterrupted(file, i);
          if (!records.next()) {
            throw new MalformedException("the file has become shorter");
          }
          reader.accept(records.sample());
        }
      } catch (MalformedException e) {
        throw malformed(file, csv.line(), e);
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static void stopIfInterrupted(Path file, int count) {
    if ((count & INTERRUPTION_MASK) == 0 && Thread.currentThread().isInterrupted()) {
      throw BenchException.interrupted(
          "interrupted while reading %s, which is whole: `bench report` makes the report"
              .formatted(file));
    }
  }

  private static BenchException malformed(Path file, long line, MalformedException e) {
    return BenchException.usage("%s, line %d: %s".formatted(file, line, e.getMessage()));
  }

  private static BenchException unreadable(Path file, IOException e) {
    return BenchException.usage("%s cannot be read: %s".formatted(file, FileError.reason(e)));
  }

  /** One pass over the file. */
  private static final class Check {
    private final SampleRecords records;
    private final Map<PlannedBurst, Integer> requests = new HashMap<>();
    private final Map<PlannedBurst, Part> parts = new HashMap<>();
    private final @Nullable Cell underWay;
    private @Nullable PlannedBurst current;
    private int expected;
    private long position;
    private long line;
    private int samples;
    private final BitSet indexes = new BitSet();

    Check(Run run, SampleRecords records) {
      this.records = records;
      run.bursts()
          .forEach(burst -> requests.put(burst.planned(), burst.requestsOf(run.settings())));
      this.underWay =
          run.plan().stream()
              .filter(burst -> !requests.containsKey(burst))
              .findFirst()
              .map(PlannedBurst::cell)
              .orElse(null);
    }

    Map<PlannedBurst, Part> parts() throws IOException, MalformedException {
      while (records.next()) {
        boolean allBegun = parts.size() + (expected > 0 ? 1 : 0) == requests.size();
        if (allBegun && underWay != null && records.cut()) {
          break;
        }
        PlannedBurst burst = records.burst();
        if (!burst.equals(current)) {
          end();
          begin(burst);
        }
        if (expected > 0) {
          add(records.sample());
        }
      }
      end();
      return parts;
    }

    private void begin(PlannedBurst burst) throws MalformedException {
      Part before = parts.get(burst);
      if (before != null) {
        throw new MalformedException(
            "%s is there for the second time, after line %d".formatted(burst, before.line()));
      }
      if (!requests.containsKey(burst) && !burst.cell().equals(underWay)) {
        throw new MalformedException("%s is no burst of this run".formatted(burst));
      }
      current = burst;
      expected = requests.getOrDefault(burst, 0);
      position = records.position();
      line = records.line();
      samples = 0;
      indexes.clear();
    }

    private void add(Sample sample) throws MalformedException {
      stopIfInterrupted(Path.of("samples.csv"), samples);
      if (sample.index() >= expected) {
        throw new MalformedException(
            "index is %d, but %s had %d requests".formatted(sample.index(), current, expected));
      }
      if (indexes.get(sample.index())) {
        throw new MalformedException(
            "index %d of %s is there twice".formatted(sample.index(), current));
      }
      indexes.set(sample.index());
      samples++;
    }

    private void end() throws MalformedException {
      if (current != null && expected > 0) {
        if (samples < expected) {
          throw new MalformedException(
              "%d of the %d requests of %s are missing before this line"
                  .formatted(expected - samples, expected, current));
        }
        parts.put(current, new Part(position, line, samples));
      }
      expected = 0;
    }
  }
}
