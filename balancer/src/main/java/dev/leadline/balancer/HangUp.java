package dev.leadline.balancer;

import java.lang.reflect.Proxy;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The signal SIGHUP, with which an operator or systemd asks for a reload. Java has no interface for
 * signals but {@code sun.misc.Signal}, which the compiler warns of when it is named in the code.
 */
final class HangUp {

  private static final Logger LOG = Logger.getLogger(HangUp.class.getName());

  private HangUp() {}

  /** Runs something whenever the signal comes, on a thread of its own. */
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object onHangUp =
          Proxy.newProxyInstance(
              HangUp.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), onHangUp);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // nohup ignores the signal for its children, and Windows has none.
      LOG.log(Level.INFO, "SIGHUP does not reload the configuration here: {0}", e.toString());
    }
  }
}
