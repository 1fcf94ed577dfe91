package dev.leadline.balancer.discovery;

import dev.leadline.routing.target.Target;
import java.util.List;

/**
 * Where the targets of one group are listed, outside of the configuration: a stream of whole lists.
 * Their addresses may be host names; {@link Discovery} looks those up. Not thread-safe: everything
 * happens on the event loop on which it was started.
 */
interface MemberSource {

  /** Hears of a source. */
  interface Listener {
    /** The whole list, which replaces the former one. */
    void listed(List<Target> targets);

    /**
     * The list cannot be read now; the former one stays.
     *
     * @param reason in words
     */
    void failed(String reason);
  }

  /** Starts reading. The listener hears of the first list even if nothing has changed. */
  void start(Listener listener);

  /** Ends it: the listener hears nothing any more. */
  void stop();
}
