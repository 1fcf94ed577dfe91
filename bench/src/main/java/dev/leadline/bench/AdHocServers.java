package dev.leadline.bench;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.lab.LabValidator;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Servers that are named on the command line, instead of a lab. */
final class AdHocServers implements LabValidator.Places {
  private static final int MAX_NAME = 32;

  private final boolean pathsAreGiven;
  private final List<Balancer> balancers = new ArrayList<>();

  /** How each was given. */
  private final List<String> options = new ArrayList<>();

  private final Set<String> pathsOfUrls = new LinkedHashSet<>();

  private AdHocServers(boolean pathsAreGiven) {
    this.pathsAreGiven = pathsAreGiven;
  }

  /**
   * Describes them as a lab.
   *
   * @param urls each names a server and perhaps a path
   * @param named the same, with names
   * @param paths asked of every server
   * @throws BenchException naming the option that cannot be used
   */
  static LabDescription lab(List<String> urls, List<NamedUrl> named, List<String> paths) {
    AdHocServers servers = new AdHocServers(!paths.isEmpty());
    named.forEach(it -> servers.add(it.name(), it.url(), "--balancer " + it.name()));
    urls.forEach(url -> servers.add("", url, "the URL"));
    return servers.lab(urls, paths);
  }

  private LabDescription lab(List<String> urls, List<String> paths) {
    if (balancers.isEmpty()) {
      throw BenchException.usage(
          "nothing to measure: give a URL, --balancer NAME=URL with --path /PATH, or --lab FILE");
    }
    if (pathsOfUrls.size() > 1) {
      throw BenchException.usage(
          "the URLs have different paths, %s: every path is asked of every server, so give servers"
                  .formatted(String.join(" and ", pathsOfUrls))
              + " without a path, and each path with --path");
    }
    List<String> measured = new ArrayList<>(paths.isEmpty() ? pathsOfUrls : paths);
    if (measured.isEmpty() && !urls.isEmpty()) {
      measured.add("/");
    }
    LabDescription described =
        new LabDescription(
            LabDescription.AD_HOC,
            null,
            null,
            List.of(),
            balancers,
            measured.stream().map(path -> new MeasuredPath(path, List.of())).toList(),
            List.of(),
            Map.of());
    LabValidator.check(described, this);
    return described;
  }

  private void add(String name, String url, String option) {
    URI uri = parsed(url, option);
    String path = Objects.requireNonNullElse(uri.getRawPath(), "");
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    boolean hasPath = path.length() > 1 || !query.isEmpty();
    URI server = uri;
    if (hasPath && !pathsAreGiven && uri.getRawFragment() == null) {
      pathsOfUrls.add((path.isEmpty() ? "/" : path) + query);
      server = URI.create(uri.getScheme() + "://" + uri.getRawAuthority());
    }
    String balancer = name.isEmpty() ? name(uri) : name;
    balancers.add(new Balancer(balancer, balancer, server, null));
    options.add(option);
  }

  private static URI parsed(String url, String option) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw BenchException.usage(
          "%s is %s, but must be http://host or https://host, with :port where it is another"
              .formatted(option, url));
    }
  }

  /** The host, with the port where it is needed to tell servers apart. */
  private String name(URI uri) {
    String host = Objects.requireNonNullElse(uri.getHost(), "");
    String name = word(host);
    String withPort = word(host + (uri.getPort() == -1 ? "" : "-" + uri.getPort()));
    if (isTaken(name)) {
      name = withPort;
    }
    for (int copy = 2; isTaken(name); copy++) {
      name = word(withPort.substring(0, Math.min(withPort.length(), MAX_NAME - 4)) + "-" + copy);
    }
    return name;
  }

  private static String word(String text) {
    String word = text.replaceAll("[^A-Za-z0-9_-]+", "-").replaceAll("^[-_]+|-+$", "");
    return word.isEmpty() ? "server" : word.substring(0, Math.min(word.length(), MAX_NAME));
  }

  private boolean isTaken(String name) {
    return balancers.stream().anyMatch(balancer -> balancer.name().equals(name));
  }

  @Override
  public String whole() {
    return "--balancer and --path";
  }

  @Override
  public String key(String key) {
    return key;
  }

  @Override
  public String balancer(int index, String key) {
    return key.equals("name") ? "the name of --balancer" : options.get(index);
  }

  @Override
  public String path(int index) {
    return pathsAreGiven ? "--path" : "the path of the URL";
  }
}
