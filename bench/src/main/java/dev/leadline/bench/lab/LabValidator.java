package dev.leadline.bench.lab;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import dev.leadline.bench.lab.LabDescription.Setting;
import java.net.URI;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What must hold of a lab, wherever it was described. */
public final class LabValidator {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,31}");
  private static final String NAME_RULE = "1 to 32 letters, digits, - and _";
  private static final String PATH_RULE = "what is asked of it is given as a path of its own";
  private static final int MAX_PORT = 65_535;
  private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e&&[^#\\\\\"<>]]*");

  private LabValidator() {}

  /** How messages name what they are about: a key of a file, or an option. */
  public interface Places {
    /** The lab as a whole. */
    String whole();

    /** A key of the lab. */
    String key(String key);

    /** A key of one of the balancers. */
    String balancer(int index, String key);

    /** One of the paths. */
    String path(int index);
  }

  /**
   * Checks a lab that a file describes.
   *
   * @param file names it, and the part of it that describes the lab, for messages
   * @throws BenchException naming the first key that cannot be used
   */
  public static void check(LabDescription lab, String file) {
    check(
        lab,
        new Places() {
          @Override
          public String whole() {
            return file;
          }

          @Override
          public String key(String key) {
            return file + ": " + key;
          }

          @Override
          public String balancer(int index, String key) {
            return "%s: balancers[%d].%s".formatted(file, index, key);
          }

          @Override
          public String path(int index) {
            return "%s: paths[%d].path".formatted(file, index);
          }
        });
  }

  /**
   * Checks a lab, wherever it was described.
   *
   * @throws BenchException naming the first place that cannot be used
   */
  public static void check(LabDescription lab, Places places) {
    if (lab.profile() == null || !NAME.matcher(lab.profile()).matches()) {
      throw wrong(places.key("profile"), lab.profile(), NAME_RULE);
    }
    if (lab.balancers().isEmpty()) {
      throw BenchException.usage(places.whole() + ": no balancer to measure");
    }
    if (lab.paths().isEmpty()) {
      throw BenchException.usage(places.whole() + ": no path to measure");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < lab.balancers().size(); i++) {
      Balancer balancer = lab.balancers().get(i);
      if (balancer.name() == null || !NAME.matcher(balancer.name()).matches()) {
        throw wrong(places.balancer(i, "name"), balancer.name(), NAME_RULE);
      }
      if (!names.add(balancer.name())) {
        throw BenchException.usage(
            "%s: two balancers are named %s".formatted(places.whole(), balancer.name()));
      }
      checkUrl(balancer.url(), places.balancer(i, "url"));
      checkUrls(lab, balancer, places, i);
      if (balancer.setting() != null) {
        checkSetting(balancer.setting(), places.balancer(i, "setting"));
      }
      if (balancer.cloudwatch() != null) {
        checkMetrics(lab, balancer.cloudwatch(), places, i);
      }
    }
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < lab.paths().size(); i++) {
      String path = lab.paths().get(i).path();
      if (path == null || !PATH.matcher(path).matches()) {
        throw wrong(places.path(i), path, "a path that begins with /, without space, # or \"");
      }
      if (!paths.add(path)) {
        throw BenchException.usage("%s: path %s is given twice".formatted(places.whole(), path));
      }
    }
    for (int i = 0; i < lab.targets().size(); i++) {
      if (lab.targets().get(i).id() == null) {
        throw wrong(places.key("targets[" + i + "].id"), null, "an instance id");
      }
    }
  }

  /** A balancer with a URL for one path has one for all, and nothing else in them differs. */
  private static void checkUrls(LabDescription lab, Balancer balancer, Places places, int i) {
    if (balancer.urls().isEmpty()) {
      return;
    }
    for (LabDescription.MeasuredPath path : lab.paths()) {
      String place = places.balancer(i, "urls[\"%s\"]".formatted(path.path()));
      URI url = balancer.urls().get(path.path());
      if (url == null) {
        throw wrong(place, null, "the URL at which this path is asked for");
      }
      checkUrl(url, place);
      if (!Objects.equals(url.getScheme(), balancer.url().getScheme())) {
        throw wrong(place, url, "a URL that begins with %s".formatted(balancer.url().getScheme()));
      }
    }
  }

  private static void checkMetrics(LabDescription lab, MetricScope scope, Places places, int i) {
    if (scope.namespace() == null || (scope.dimensions().isEmpty() && scope.paths().isEmpty())) {
      throw wrong(
          places.balancer(i, "cloudwatch"), scope, "a namespace with dimensions, or with paths");
    }
    if (lab.region() == null) {
      throw wrong(places.key("region"), null, "the AWS region the balancers' metrics are in");
    }
  }

  private static void checkSetting(Setting setting, String place) {
    boolean whole = setting.of() != null && setting.value() != null && setting.url() != null;
    if (!whole || !"http".equals(setting.url().getScheme())) {
      throw wrong(place, setting, "of, value and url, the last of which begins with http");
    }
  }

  private static void checkUrl(URI url, String place) {
    boolean ofServer =
        url != null
            && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
            && url.getHost() != null
            && url.getUserInfo() == null;
    if (!ofServer) {
      throw wrong(place, url, "http://host or https://host, with :port where it is another");
    }
    if (url.getPort() != -1 && (url.getPort() < 1 || url.getPort() > MAX_PORT)) {
      throw wrong(place, url, "a URL with a port from 1 to " + MAX_PORT);
    }
    boolean bare =
        (url.getPath().isEmpty() || url.getPath().equals("/"))
            && url.getQuery() == null
            && url.getFragment() == null;
    if (!bare) {
      throw wrong(place, url, "a URL without a path: " + url.resolve("/") + "; " + PATH_RULE);
    }
  }

  private static BenchException wrong(String place, @Nullable Object value, String allowed) {
    return BenchException.usage("%s is %s, but must be %s".formatted(place, value, allowed));
  }
}
