package dev.leadline.bench.record;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.leadline.bench.error.BenchException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Appends to and reads {@code samples.csv}: comma-separated, with a header line, empty is null. */
public final class SampleFile implements AutoCloseable {
  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          .enable(CsvParser.Feature.EMPTY_STRING_AS_NULL)
          .enable(CsvParser.Feature.FAIL_ON_MISSING_COLUMNS)
          .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
          .build();
  private static final CsvSchema SCHEMA = MAPPER.schemaFor(Sample.class).withHeader();

  private final BufferedWriter file;
  private final SequenceWriter lines;

  private SampleFile(BufferedWriter file, SequenceWriter lines) {
    this.file = file;
    this.lines = lines;
  }

  public static SampleFile create(Path path) throws IOException {
    BufferedWriter file = Files.newBufferedWriter(path);
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

  /**
   * Reads a whole file.
   *
   * @throws BenchException naming the line that is no sample
   */
  public static List<Sample> read(Path path) {
    try (MappingIterator<Sample> samples =
        MAPPER
            .readerFor(Sample.class)
            .with(SCHEMA.withStrictHeaders(true))
            .readValues(path.toFile())) {
      return samples.readAll();
    } catch (JsonProcessingException e) {
      throw malformed(path, e);
    } catch (RuntimeJsonMappingException e) {
      throw e.getCause() instanceof JsonProcessingException cause ? malformed(path, cause) : e;
    } catch (IOException e) {
      throw BenchException.usage("%s cannot be read: %s".formatted(path, e.getMessage()));
    }
  }

  private static BenchException malformed(Path path, JsonProcessingException e) {
    return BenchException.usage(
        "%s, line %d: %s"
            .formatted(
                path,
                e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                e.getOriginalMessage().lines().findFirst().orElse("malformed")));
  }
}
