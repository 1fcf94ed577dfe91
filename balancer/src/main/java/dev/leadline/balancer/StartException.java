package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig.Address;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.Locale;

/** The balancer cannot start. The message is one sentence for the person who started it. */
final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StartException(String what, Address address, Throwable cause) {
    super(message(what, address, cause), cause);
  }

  private static String message(String what, Address address, Throwable cause) {
    String detail = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    String start = what + " cannot open " + address + ": ";
    if (detail.contains("permission denied")) {
      return start
          + "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; or choose a port"
          + " from 1024 up";
    }
    if (detail.contains("address already in use")) {
      return start + "another process listens on this port; stop it or choose another port";
    }
    if (detail.contains("cannot assign requested address")) {
      return start + "this machine has no such address; 0.0.0.0 stands for all it has";
    }
    if (cause instanceof UnknownHostException) {
      return start + "this host name is not known";
    }
    if (cause instanceof BindException) {
      return start + cause.getMessage();
    }
    return start + cause;
  }
}
