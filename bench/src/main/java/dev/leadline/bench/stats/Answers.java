package dev.leadline.bench.stats;

import dev.leadline.bench.record.Sample;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * How many of some requests ended how.
 *
 * @param sent that reached a connection, so that a balancer may have counted them
 * @param answered those of them that got an answer, whatever it was
 * @param named those whose answer named its instance
 * @param failed for any reason
 * @param errors how often each kind of failure occurred
 * @param perTarget answers by instance id
 */
public record Answers(
    int sent,
    int answered,
    int named,
    int failed,
    SortedMap<String, Integer> errors,
    SortedMap<String, Integer> perTarget) {

  static Answers sum(List<Answers> parts) {
    Tally errors = new Tally();
    Tally perTarget = new Tally();
    for (Answers part : parts) {
      part.errors.forEach(errors::add);
      part.perTarget.forEach(perTarget::add);
    }
    return new Answers(
        parts.stream().mapToInt(Answers::sent).sum(),
        parts.stream().mapToInt(Answers::answered).sum(),
        parts.stream().mapToInt(Answers::named).sum(),
        parts.stream().mapToInt(Answers::failed).sum(),
        errors.byName(),
        perTarget.byName());
  }

  /** Counts samples one after the other. */
  static final class Counter implements Consumer<Sample> {
    private final Tally errors = new Tally();
    private final Tally perTarget = new Tally();
    private int sent;
    private int answered;
    private int named;
    private int failed;

    @Override
    public void accept(Sample sample) {
      sent += sample.sent() ? 1 : 0;
      answered += sample.sent() && sample.status() != null ? 1 : 0;
      if (sample.error() != null) {
        failed++;
        errors.add(sample.error(), 1);
      }
      if (sample.instanceId() != null) {
        named++;
        perTarget.add(sample.instanceId(), 1);
      }
    }

    Answers counted() {
      return new Answers(sent, answered, named, failed, errors.byName(), perTarget.byName());
    }
  }
}
