package dev.leadline.bench.lab;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What must hold of a lab, wherever it was described. */
public final class LabValidator {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,31}");
  private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e&&[^#\\\\\"<>]]*");

  private LabValidator() {}

  /**
   * Checks a lab.
   *
   * @param source where the lab was described, for messages
   * @throws BenchException naming the first key that cannot be used
   */
  public static void check(LabDescription lab, String source) {
    if (lab.profile() == null || !NAME.matcher(lab.profile()).matches()) {
      throw wrong(source, "profile", lab.profile(), "a name of letters, digits, - and _");
    }
    if (lab.balancers().isEmpty()) {
      throw BenchException.usage(source + ": no balancer to measure");
    }
    if (lab.paths().isEmpty()) {
      throw BenchException.usage(source + ": no path to measure");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < lab.balancers().size(); i++) {
      Balancer balancer = lab.balancers().get(i);
      String key = "balancers[" + i + "]";
      if (balancer.name() == null || !NAME.matcher(balancer.name()).matches()) {
        throw wrong(source, key + ".name", balancer.name(), "letters, digits, - and _");
      }
      if (!names.add(balancer.name())) {
        throw BenchException.usage(
            "%s: two balancers are named %s".formatted(source, balancer.name()));
      }
      checkUrl(balancer.url(), source, key + ".url");
      if (balancer.cloudwatch() != null) {
        checkMetrics(lab, balancer.cloudwatch(), source, key + ".cloudwatch");
      }
    }
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < lab.paths().size(); i++) {
      MeasuredPath path = lab.paths().get(i);
      if (path.path() == null || !PATH.matcher(path.path()).matches()) {
        throw wrong(source, "paths[" + i + "].path", path.path(), "a path that begins with /");
      }
      if (!paths.add(path.path())) {
        throw BenchException.usage("%s: path %s is given twice".formatted(source, path.path()));
      }
    }
    for (int i = 0; i < lab.targets().size(); i++) {
      if (lab.targets().get(i).id() == null) {
        throw wrong(source, "targets[" + i + "].id", null, "an instance id");
      }
    }
  }

  private static void checkMetrics(
      LabDescription lab, MetricScope scope, String source, String key) {
    if (scope.namespace() == null || scope.dimensions() == null) {
      throw wrong(source, key, scope, "a namespace with dimensions");
    }
    if (lab.region() == null) {
      throw wrong(source, "region", null, "the AWS region the balancers' metrics are in");
    }
  }

  private static void checkUrl(URI url, String source, String key) {
    boolean usable =
        url != null
            && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
            && url.getHost() != null
            && (url.getPath().isEmpty() || url.getPath().equals("/"))
            && url.getQuery() == null
            && url.getUserInfo() == null;
    if (!usable) {
      throw wrong(
          source,
          key,
          url,
          "http://host or https://host, with :port where it is another, without a path");
    }
  }

  private static BenchException wrong(
      String source, String key, @Nullable Object value, String allowed) {
    return BenchException.usage(
        "%s: %s is %s, but must be %s".formatted(source, key, value, allowed));
  }
}
