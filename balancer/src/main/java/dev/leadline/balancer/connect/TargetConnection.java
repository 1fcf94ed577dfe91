package dev.leadline.balancer.connect;

/** An open connection to a target. Not thread-safe: it belongs to one event loop. */
public interface TargetConnection {

  /** Begins a request on it: the listener gets the request, or hears that there is none. */
  void begin(TargetRequest.Listener listener);

  /** Runs this once it is closed, whoever closed it. */
  void onClose(Runnable action);

  /** Closes it, with whatever is going on there. */
  void close();
}
