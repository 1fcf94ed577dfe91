package dev.leadline.balancer.admin;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which names the admin port answers to. A web page anywhere can let its own name resolve to an
 * address of ours (DNS rebinding), and the browser then takes our answers for that page's own; what
 * gives it away is the Host of its requests, which is still its name.
 */
final class HostCheck {

  private static final Pattern HOST =
      Pattern.compile("(?:\\[([0-9a-f:.]+)\\]|([^:\\[\\]]+?)\\.?)(?::\\d{0,5})?");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(?:\\.\\d{1,3}){3}|::1|0:0:0:0:0:0:0:1");
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-f.]*:[0-9a-f:.]*");
  private static final List<String> EVERY_INTERFACE = List.of("0.0.0.0", "::");

  private final String configured;

  /** For an admin port that listens on this host. */
  HostCheck(String configured) {
    this.configured = unbracketed(configured.toLowerCase(Locale.ROOT));
  }

  /**
   * Whether requests with these Host headers are for us: exactly one, with a loopback name or
   * address or the configured host, and any port, because ports get forwarded. Where the configured
   * host is every interface, any address will do: only names can be made to point elsewhere.
   */
  boolean admits(List<String> hosts) {
    if (hosts.size() != 1) {
      return false;
    }
    Matcher parts = HOST.matcher(hosts.get(0).toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      return false;
    }
    String host = parts.group(1) == null ? parts.group(2) : parts.group(1);
    return LOOPBACK.matcher(host).matches()
        || host.equals(configured)
        || (EVERY_INTERFACE.contains(configured) && ADDRESS.matcher(host).matches());
  }

  /** What to use instead, for people. */
  String admitted() {
    if (LOOPBACK.matcher(configured).matches()) {
      return "localhost, 127.0.0.1 or [::1]";
    }
    String own = EVERY_INTERFACE.contains(configured) ? "an address of this machine" : configured;
    return "localhost, 127.0.0.1, [::1] or " + own;
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
