package dev.leadline.balancer.discovery;

import java.util.Locale;

/** The services of AWS that know members, with the version of their query protocol. */
enum AwsService {
  EC2("Amazon EC2", "ec2", "2016-11-15", "Ec2"),
  LOAD_BALANCING(
      "Elastic Load Balancing", "elasticloadbalancing", "2015-12-01", "ElasticLoadBalancingV2");

  private final String words;
  private final String prefix;
  private final String version;
  private final String setting;

  AwsService(String words, String prefix, String version, String setting) {
    this.words = words;
    this.prefix = prefix;
    this.version = version;
    this.setting = setting;
  }

  /** For messages. */
  String words() {
    return words;
  }

  /** First part of its host name, and what requests are signed for. */
  String prefix() {
    return prefix;
  }

  String version() {
    return version;
  }

  /** How the SDK calls it in the settings that have an endpoint: {@code aws.endpointUrlEc2}. */
  String setting() {
    return setting;
  }

  /** The same in words of small letters, with lines between. */
  String profileKey() {
    return setting.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
