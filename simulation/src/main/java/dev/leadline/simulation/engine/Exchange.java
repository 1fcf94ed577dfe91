package dev.leadline.simulation.engine;

import java.time.Duration;

/**
 * How balancers tell each other what they have in flight.
 *
 * @param delay of every message, one way
 * @param loss share of the messages that are lost, 0 to 1
 * @param trouble what else goes wrong
 */
public record Exchange(Duration delay, double loss, Trouble trouble) {

  /** What goes wrong. Where one balancer misbehaves, it is the first one. */
  public enum Trouble {
    NONE("nothing"),
    PARTITION("half of them do not hear the other half, every other 5 s"),
    RESTARTS("every 5 s another one is gone for a second, and starts anew"),
    LAGS("its messages come 100 ms late, and nobody knows"),
    FREEZES("it says for a second what it had at its beginning"),
    RAVES("it says random numbers, negative ones too"),
    LIES("it says that all targets but one are very busy, every second another one"),
    INVERTS("it says that it has very many requests where it has none, and the reverse");

    private final String meaning;

    Trouble(String meaning) {
      this.meaning = meaning;
    }

    /** In words. */
    public String meaning() {
      return meaning;
    }
  }
}
