package dev.leadline.bench.record;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedWriter;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Appends to {@code samples.csv}: comma-separated, with a header line, empty is null. {@link
 * RecordedSamples} reads it.
 */
public final class SampleFile implements AutoCloseable {
  private static final CsvMapper MAPPER =
      CsvMapper.builder().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).build();
  private static final CsvSchema SCHEMA = MAPPER.schemaFor(Sample.class).withHeader();

  private final BufferedWriter file;
  private final SequenceWriter lines;

  private SampleFile(BufferedWriter file, SequenceWriter lines) {
    this.file = file;
    this.lines = lines;
  }

  public static SampleFile create(Path path) throws IOException {
    // Not a channel: an interruption would close it in the middle of a line.
    BufferedWriter file =
        new BufferedWriter(
            new OutputStreamWriter(new FileOutputStream(path.toFile()), StandardCharsets.UTF_8));
    return new SampleFile(file, MAPPER.writer(SCHEMA).writeValues(file));
  }

  /** Writes through to the file, so that a crash later does not lose these samples. */
  public void append(List<Sample> samples) throws IOException {
    lines.writeAll(samples);
    lines.flush();
    file.flush();
  }

  @Override
  public void close() throws IOException {
    lines.close();
    file.close();
  }
}
