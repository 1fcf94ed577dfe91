package dev.leadline.bench.lab;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run measures: balancers, the paths asked of each, and the targets behind them. The form of
 * the lab file, see docs/lab-files.md.
 *
 * @param profile names the kind of account, for example {@code local}; {@link #AD_HOC} without a
 *     lab
 * @param region AWS region of CloudWatch; null without a lab
 * @param endpoint of CloudWatch; null on AWS itself
 * @param notes sentences every report repeats as they stand
 * @param settings what else is worth knowing of the lab, shown in reports
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LabDescription(
    String profile,
    @Nullable String region,
    @Nullable URI endpoint,
    List<String> notes,
    List<Balancer> balancers,
    List<MeasuredPath> paths,
    List<Target> targets,
    Map<String, Object> settings) {

  /** The profile of a run against servers named on the command line. */
  public static final String AD_HOC = "ad-hoc";

  public static final String LOCAL = "local";

  /** Absent keys arrive as null from JSON; lists and maps become empty instead. */
  public LabDescription {
    notes = notes == null ? List.of() : List.copyOf(notes);
    balancers = balancers == null ? List.of() : List.copyOf(balancers);
    paths = paths == null ? List.of() : List.copyOf(paths);
    targets = targets == null ? List.of() : List.copyOf(targets);
    settings = settings == null ? Map.of() : new TreeMap<>(settings);
  }

  /** True where the network between client and balancers is not this machine's own. */
  public boolean remote() {
    return !profile.equals(LOCAL) && !profile.equals(AD_HOC);
  }

  /** The same lab, measured on fewer paths. */
  public LabDescription onlyPaths(List<String> wanted) {
    List<MeasuredPath> fewer = paths.stream().filter(path -> wanted.contains(path.path())).toList();
    return new LabDescription(
        profile, region, endpoint, notes, balancers, fewer, targets, settings);
  }

  /** The same lab with a control: its first balancer once more, on these paths. */
  public LabDescription withControl(List<String> paths) {
    Balancer first = balancers.get(0);
    String name = "control";
    while (names().contains(name)) {
      name += "2";
    }
    List<Balancer> more = new ArrayList<>(balancers);
    more.add(
        new Balancer(
            name,
            first.title() + " (control)",
            first.url(),
            first.urls(),
            null,
            first.certificate(),
            new Control(first.name(), paths),
            first.setting()));
    return new LabDescription(
        profile, region, endpoint, notes, more, this.paths, targets, settings);
  }

  /**
   * Whether a path reaches all targets of another one: of several with the same targets, all but
   * the first.
   */
  public boolean isOverOthers(String path) {
    List<String> names = paths.stream().map(MeasuredPath::path).toList();
    int place = names.indexOf(path);
    if (place < 0) {
      return false;
    }
    List<String> own = paths.get(place).targets();
    return paths.stream()
        .filter(it -> !it.targets().isEmpty() && own.containsAll(it.targets()))
        .anyMatch(it -> it.targets().size() < own.size() || names.indexOf(it.path()) < place);
  }

  private List<String> names() {
    return balancers.stream().map(Balancer::name).toList();
  }

  /** The balancers without the control. */
  public List<Balancer> compared() {
    return balancers.stream().filter(balancer -> balancer.control() == null).toList();
  }

  /** Whether one of this kind is compared. */
  public boolean has(Kind kind) {
    return compared().stream().anyMatch(balancer -> balancer.kind() == kind);
  }

  /**
   * The name of the balancer that gets a cell's requests: the first one's where it is a control, or
   * where several are one that is set differently in turn.
   */
  public String behind(String name) {
    Balancer balancer = balancer(name);
    Control control = balancer.control();
    Setting setting = balancer.setting();
    if (setting == null) {
      return control == null ? name : control.of();
    }
    return balancers.stream()
        .filter(other -> other.setting() != null && setting.of().equals(other.setting().of()))
        .map(Balancer::name)
        .findFirst()
        .orElse(name);
  }

  /** The balancers that count requests: each once, however it is set in turn. */
  public List<Balancer> counting() {
    return balancers.stream().filter(it -> behind(it.name()).equals(it.name())).toList();
  }

  /** Whether some balancers are one, which is set differently in turn. */
  public boolean switched() {
    return balancers.stream().anyMatch(balancer -> balancer.setting() != null);
  }

  /** A balancer in a sentence. A local lab has no load balancer of AWS to speak of. */
  public String inWords(String name) {
    Balancer balancer = balancer(name);
    if (!profile.equals(LOCAL) || !balancer.kind().ofAws()) {
      return balancer.title();
    }
    Setting setting = balancer.setting();
    return "the stand-in of "
        + balancer.kind().inWords()
        + (setting == null ? "" : " (" + setting.value() + ")");
  }

  public Balancer balancer(String name) {
    return balancers.stream()
        .filter(balancer -> balancer.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no balancer " + name));
  }

  /** The target with this instance id, or null when the lab does not know it. */
  public @Nullable Target target(String id) {
    return targets.stream().filter(target -> target.id().equals(id)).findFirst().orElse(null);
  }

  /**
   * A load balancer under test.
   *
   * @param name short, used in files: letters, digits, {@code _} and {@code -}
   * @param title for people
   * @param url {@code http://host[:port]} or {@code https://host[:port]}, without a path
   * @param urls the same for each path, where a balancer has no rules for paths; else empty
   * @param cloudwatch where its metrics are; null when it publishes none
   * @param certificate what is expected of it, of an {@code https} url; null: {@link
   *     Certificate#VERIFIED}
   * @param control what it is the control of; null where it is none
   * @param setting what must be set before its bursts; null where nothing is
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Balancer(
      String name,
      String title,
      URI url,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, URI> urls,
      @Nullable MetricScope cloudwatch,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Certificate certificate,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Control control,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Setting setting) {
    public Balancer {
      title = title == null ? name : title;
      urls = urls == null ? Map.of() : new LinkedHashMap<>(urls);
    }

    public Balancer(
        String name,
        String title,
        URI url,
        @Nullable MetricScope cloudwatch,
        @Nullable Certificate certificate) {
      this(name, title, url, Map.of(), cloudwatch, certificate, null, null);
    }

    public Balancer(String name, String title, URI url, @Nullable MetricScope cloudwatch) {
      this(name, title, url, cloudwatch, null);
    }

    /** The same as it is asked for a path: {@code url} is that path's. */
    public Balancer at(String path) {
      return new Balancer(
          name,
          title,
          urls.getOrDefault(path, url),
          Map.of(),
          cloudwatch,
          certificate,
          control,
          setting);
    }

    /** What kind of load balancer it is. */
    public Kind kind() {
      return Kind.of(cloudwatch);
    }

    /** Whether it has a cell on a path. */
    public boolean measures(String path) {
      return control == null || control.paths().contains(path);
    }

    /** Whether it speaks HTTPS. */
    public boolean secure() {
      return "https".equals(url.getScheme());
    }

    public int port() {
      return url.getPort() != -1 ? url.getPort() : secure() ? 443 : 80;
    }
  }

  /**
   * Says that a balancer is another one, measured a second time: what differs between the two is
   * noise.
   *
   * @param of name of that balancer
   * @param paths on which it is measured again
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Control(String of, List<String> paths) {
    public Control {
      paths = List.copyOf(paths);
    }
  }

  /**
   * Says that a balancer is one of several that are the same one in turn, each with a policy of its
   * own.
   *
   * @param of title of the balancer that they are
   * @param value the policy, or the algorithm
   * @param url where a POST sets it, and is answered with 200 once it is in force
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Setting(String of, String value, URI url) {}

  /** What a balancer's certificate must be for a request to be sent. */
  public enum Certificate {
    /** Signed by somebody this machine trusts, for the name in the url. */
    @JsonProperty("verified")
    VERIFIED,

    /** Trusted, but for another name than the one in the url, which is AWS's. */
    @JsonProperty("other-name")
    OTHER_NAME,

    /** Anything, whoever signed it: for a balancer of one's own. */
    @JsonProperty("any")
    ANY
  }

  /**
   * Names one thing's metrics in CloudWatch.
   *
   * @param dimensions of the whole; empty where each path is served by something of its own
   * @param paths dimensions of what serves a path; empty where nothing is each path's own
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record MetricScope(
      String namespace,
      Map<String, String> dimensions,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Map<String, String>> paths) {
    public MetricScope {
      dimensions = dimensions == null ? Map.of() : new TreeMap<>(dimensions);
      paths = paths == null ? Map.of() : new TreeMap<>(paths);
    }

    public MetricScope(String namespace, Map<String, String> dimensions) {
      this(namespace, dimensions, Map.of());
    }

    /** What its figures are read of, and added up over. */
    public List<MetricScope> parts() {
      return dimensions.isEmpty() && !paths.isEmpty()
          ? paths.values().stream().map(own -> new MetricScope(namespace, own)).toList()
          : List.of(new MetricScope(namespace, dimensions));
    }
  }

  /**
   * A path every balancer is asked for.
   *
   * @param targets instance ids that may answer it; empty when unknown
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record MeasuredPath(String path, List<String> targets) {
    public MeasuredPath {
      targets = targets == null ? List.of() : List.copyOf(targets);
    }
  }

  /** An instance behind the balancers. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Target(
      String id,
      int number,
      @Nullable String cluster,
      @Nullable String type,
      @Nullable String address,
      @Nullable String state) {

    /** Number and type: {@code 3 t2.large}. */
    public String title() {
      return type == null ? Integer.toString(number) : number + " " + type;
    }
  }
}
