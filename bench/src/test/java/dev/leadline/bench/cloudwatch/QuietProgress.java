package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.run.Progress;
import java.util.ArrayList;
import java.util.List;

/** Remembers what was said. */
final class QuietProgress implements Progress {
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
