package dev.leadline.routing.target;

/**
 * Requests in flight at one target that come from strangers, which means neither from this balancer
 * nor from its peers, as far as the target says how many it has in all.
 *
 * <p>How many strangers there are in general needs no report: they make the target slow, and that
 * is measured. What counts is how many more, or fewer, there are now than usual. That is out of
 * date soon: it fades evenly to nothing within {@value #SERVICE_TIMES} mean service times.
 *
 * <p>A target may say anything. So a report counts as far as the reports before it have explained
 * how much longer than expected requests took: that is the slope of a regression over about the
 * last {@code 1 / LEARN} requests. The slope is 0 at first, never negative, and at most one mean
 * service time for each stranger. What is always the same, zero or a million, has no effect;
 * neither has what comes too late, or at random. A report takes away no more strangers than there
 * usually are, so that a target that was right for long, and then says that it has nothing, still
 * counts with all that is known here to be in flight there.
 *
 * <p>Takes constant time and memory. Not thread-safe.
 */
public final class StrangerLoad {

  private static final int SERVICE_TIMES = 2;

  /** Weight of one report in what is usual. */
  private static final double USUAL = 0.05;

  /** Weight of one request in the regression. */
  private static final double LEARN = 0.003;

  /** Requests squared; keeps the slope small until reports have differed often enough. */
  private static final double DOUBT = 0.1;

  /** A request of more mean service times is a long poll or met a freeze, and no strangers. */
  private static final long LONG = 50;

  /** A report says at most so many requests more than usual, or fewer. */
  private static final double MOST = 16;

  private static final double SECONDS_PER_NANO = 1e-9;

  private boolean known;
  private double usual;
  private double beyondUsual;
  private long heardNanos;
  private long believedNanos;
  private double surprise;
  private double squares;
  private double products;
  private double slope;

  /**
   * What is expected of a request when it is sent.
   *
   * @param beyondUsual strangers beyond what is usual
   * @param seconds how long it takes if there are as many as usual
   */
  public record Guess(double beyondUsual, double seconds) {}

  /**
   * The target has so many requests of strangers now.
   *
   * @param requests negative where requests that are known here have not reached it yet
   * @param nowNanos time on the router's clock
   * @param costNanos the mean service time
   */
  public void heard(double requests, long nowNanos, long costNanos) {
    if (!known) {
      known = true;
      usual = requests;
    }
    double fewest = -Math.min(MOST, Math.max(0, usual));
    beyondUsual = Math.max(fewest, Math.min(MOST, requests - usual));
    usual += USUAL * (requests - usual);
    heardNanos = nowNanos;
    believedNanos = SERVICE_TIMES * costNanos;
  }

  /** Whether the target has said anything. */
  public boolean isKnown() {
    return known;
  }

  /** What they add to the time of a request at this time, in seconds; negative if there are few. */
  public double seconds(long nowNanos) {
    return slope == 0 ? 0 : slope * beyondUsual(nowNanos);
  }

  /**
   * What is expected of a request that is sent now.
   *
   * @param seconds how long it takes, with what strangers add
   */
  public Guess guess(double seconds, long nowNanos) {
    return new Guess(beyondUsual(nowNanos), seconds - seconds(nowNanos));
  }

  /**
   * A request has succeeded.
   *
   * @param guess what was expected of it
   * @param nanos how long it took
   * @param costNanos the mean service time
   */
  public void learn(Guess guess, long nanos, long costNanos) {
    if (nanos > LONG * costNanos) {
      return;
    }
    double late = nanos * SECONDS_PER_NANO - guess.seconds - surprise;
    surprise += LEARN * late;
    squares += LEARN * (guess.beyondUsual * guess.beyondUsual - squares);
    products += LEARN * (guess.beyondUsual * late - products);
    double most = costNanos * SECONDS_PER_NANO;
    slope = Math.max(0, Math.min(most, products / (squares + DOUBT)));
  }

  private double beyondUsual(long nowNanos) {
    long age = Math.max(0, nowNanos - heardNanos);
    return age >= believedNanos ? 0 : beyondUsual * (believedNanos - age) / believedNanos;
  }
}
