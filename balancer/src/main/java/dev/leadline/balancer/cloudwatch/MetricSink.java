package dev.leadline.balancer.cloudwatch;

import java.util.List;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

/** Where metric data go. May block. */
interface MetricSink extends AutoCloseable {

  /**
   * Stores the data, all or none.
   *
   * @throws NotStored if they were not stored and may be offered again
   * @throws Unusable if they were refused and will be again, or may have been stored
   */
  void put(List<MetricDatum> data) throws NotStored, Unusable;

  @Override
  void close();

  /** Nothing was stored; trying again later counts nothing twice. */
  final class NotStored extends Exception {
    private static final long serialVersionUID = 1L;

    NotStored(String message) {
      super(message);
    }
  }

  /** Must not be offered again. */
  final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }
}
