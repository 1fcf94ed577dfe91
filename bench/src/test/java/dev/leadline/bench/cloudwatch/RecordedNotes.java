package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.progress.RunProgress;
import java.util.ArrayList;
import java.util.List;

/** Remembers what was said. */
final class RecordedNotes implements RunProgress {
  final List<String> notes = new ArrayList<>();

  @Override
  public void burstEnded(String what) {}

  @Override
  public void note(String sentence) {
    notes.add(sentence);
  }

  @Override
  public void waiting(String what) {}

  @Override
  public void close() {}
}
