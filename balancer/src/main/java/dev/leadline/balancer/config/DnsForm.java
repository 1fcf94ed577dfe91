package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Dns;
import dev.leadline.routing.option.ScalarType;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the lookup of host names is written. */
final class DnsForm {

  private static final int PORT = 53;
  private static final Pattern SERVER =
      Pattern.compile(
          "(?<v4>[0-9.]{7,15})(:(?<port4>\\d{1,5}))?|\\[(?<v6>[0-9A-Fa-f:.]{2,45})](:(?<port6>\\d{1,5}))?");

  static final Form<Dns> FORM = Form.mapping(DnsForm::dns);

  private DnsForm() {}

  private static Dns dns(Fields it) {
    ScalarType<InetSocketAddress> server =
        ScalarType.text(
                SERVER, "an IP address with or without a port, such as 10.0.0.2 or [::1]:53")
            .as(DnsForm::server, NetUtil::toSocketAddressString);
    return new Dns(
        it.optional(
                "servers",
                Form.scalar(server, server.parse("10.0.0.2:53"))
                    .list("a list of IP addresses with or without a port, such as [::1]:53", 1),
                "those of /etc/resolv.conf",
                "DNS servers; a server that does not answer is followed by the next one.")
            .orElse(List.of()),
        it.duration("timeout", "2s", "10ms", "30s", "Longest wait for the answer of a server."),
        it.duration(
            "leastTtl",
            "1s",
            "10ms",
            "60m",
            "An answer is used for this time at least, however short its TTL is."),
        it.duration(
            "mostTtl",
            "60s",
            "10ms",
            "1440m",
            "An answer is used for this time at most, however long its TTL is."));
  }

  private static InetSocketAddress server(String text) {
    Matcher parts = SERVER.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(text);
    }
    String host = parts.group("v4") == null ? parts.group("v6") : parts.group("v4");
    String port = parts.group("v4") == null ? parts.group("port6") : parts.group("port4");
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    if (address == null) {
      throw new IllegalArgumentException(text);
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(address), port == null ? PORT : Integer.parseInt(port));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
