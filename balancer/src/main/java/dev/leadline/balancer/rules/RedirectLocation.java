package dev.leadline.balancer.rules;

import io.netty.util.NetUtil;

/**
 * The parts of the URL that a client is sent to. In each, the words <code>#{protocol}</code>,
 * <code>#{host}</code>, <code>#{port}</code>, <code>#{path}</code> (without the slash at its begin)
 * and <code>#{query}</code> stand for what the request had. Immutable.
 *
 * @param protocol {@code http}, {@code https} or <code>#{protocol}</code>
 * @param host host name
 * @param port port
 * @param path begins with a slash
 * @param query the query without question mark; may be empty
 */
public record RedirectLocation(
    String protocol, String host, String port, String path, String query) {

  /** The whole URL of the request. */
  public static final RedirectLocation SAME =
      new RedirectLocation("#{protocol}", "#{host}", "#{port}", "/#{path}", "#{query}");

  /**
   * The URL.
   *
   * @param request gives target and host; it came to the address that follows
   * @param isTls whether it came with TLS
   * @param localHost the host, if it names none
   * @param localPort the port it came to
   */
  public String url(RuleRequest request, boolean isTls, String localHost, int localPort) {
    String target = request.target();
    int mark = target.indexOf('?');
    int pathEnd = mark < 0 ? target.length() : mark;
    String asked = RuleInput.hostName(request.host());
    String[] had = {
      isTls ? "https" : "http",
      asked.isEmpty() ? urlHost(localHost) : asked,
      Integer.toString(localPort),
      target.substring(Math.min(1, pathEnd), pathEnd),
      mark < 0 ? "" : target.substring(mark + 1)
    };
    String url =
        filled(protocol, had).toLowerCase(java.util.Locale.ROOT)
            + "://"
            + filled(host, had)
            + ":"
            + filled(port, had)
            + filled(path, had);
    String filledQuery = filled(query, had);
    return filledQuery.isEmpty() ? url : url + "?" + filledQuery;
  }

  /** An address as it stands in a URL: IPv6 in brackets, without a zone. */
  private static String urlHost(String address) {
    byte[] bytes = Cidr.address(address);
    return bytes == null || bytes.length == 4
        ? address
        : "[" + NetUtil.bytesToIpAddress(bytes) + "]";
  }

  /** One pass, so that what a request brings is never taken for one of the words. */
  private static String filled(String template, String[] had) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (int at = template.indexOf("#{"); at >= 0; at = template.indexOf("#{", from)) {
      int end = template.indexOf('}', at);
      int word = end < 0 ? -1 : WORDS.indexOf(template.substring(at + 2, end));
      if (word < 0) {
        break;
      }
      text.append(template, from, at).append(had[word]);
      from = end + 1;
    }
    return text.append(template, from, template.length()).toString();
  }

  private static final java.util.List<String> WORDS =
      java.util.List.of("protocol", "host", "port", "path", "query");
}
