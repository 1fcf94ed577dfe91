package dev.leadline.simulation.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One situation in which contenders are compared. Immutable; {@code with...} methods make variants.
 *
 * @param name unique, also in the document
 * @param servers the servers
 * @param arrivals when requests arrive
 * @param work the work of a request
 * @param longPolls share of requests that stay at a server for 2 s without any work
 * @param balancers how many independent balancers; each request arrives at a random one
 * @param uneven whether the first quarter of them gets twice as many requests as the others
 * @param events changes of the servers, in order of time
 * @param watch the servers that the scenario is about, if any
 * @param warmUpSeconds requests that arrive earlier are routed and not counted
 * @param seconds end of the arrivals
 */
public record Scenario(
    String name,
    List<Server> servers,
    Arrivals arrivals,
    Work work,
    double longPolls,
    int balancers,
    boolean uneven,
    List<Change.Event> events,
    Optional<Watch> watch,
    double warmUpSeconds,
    double seconds) {

  /** Default mean work of a request. */
  public static final double MEAN_WORK_SECONDS = 0.010;

  /**
   * The servers that a scenario is about.
   *
   * @param servers their numbers
   * @param fromSeconds when their change begins
   * @param untilSeconds when it ends, or the end of the scenario
   */
  public record Watch(List<Integer> servers, double fromSeconds, double untilSeconds) {}

  /** Poisson arrivals at this share of the servers' capacity, counted for 40 s after 15 s. */
  public static Scenario atLoad(String name, double load, List<Server> servers) {
    return new Scenario(
        name,
        List.copyOf(servers),
        new Arrivals.Poisson(load * requestsPerSecond(servers)),
        new Work.Exponential(MEAN_WORK_SECONDS),
        0,
        1,
        false,
        List.of(),
        Optional.empty(),
        15,
        55);
  }

  /** Requests of mean work that these servers can serve in a second. */
  public static double requestsPerSecond(List<Server> servers) {
    return servers.stream().mapToDouble(Server::capacity).sum() / MEAN_WORK_SECONDS;
  }

  /** Equal servers. */
  public static List<Server> same(int count, Discipline discipline, int workers) {
    return Collections.nCopies(count, new Server(discipline, workers, 1));
  }

  /** The lab's nine: four with two workers and full speed, five with one worker and half of it. */
  public static List<Server> nineUneven(Discipline discipline) {
    return concat(
        Collections.nCopies(4, new Server(discipline, 2, 1)),
        Collections.nCopies(5, new Server(discipline, 1, 0.5)));
  }

  /** First these, then those. */
  static List<Server> concat(List<Server> some, List<Server> others) {
    List<Server> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  /** The same with another name. */
  public Scenario named(String other) {
    return changed(it -> it.name = other);
  }

  public Scenario withArrivals(Arrivals other) {
    return changed(it -> it.arrivals = other);
  }

  public Scenario withWork(Work other) {
    return changed(it -> it.work = other);
  }

  public Scenario withLongPolls(double share) {
    return changed(it -> it.longPolls = share);
  }

  public Scenario withBalancers(int count) {
    return changed(it -> it.balancers = count);
  }

  /** The first quarter of the balancers gets twice as many requests as the others. */
  public Scenario unevenly() {
    return changed(it -> it.uneven = true);
  }

  public Scenario with(List<Change.Event> changes) {
    return changed(it -> it.events = List.copyOf(changes));
  }

  /** Watched from the beginning to the end. */
  public Scenario about(Integer... watched) {
    return watching(0, seconds, watched);
  }

  public Scenario watching(double fromSeconds, double untilSeconds, Integer... watched) {
    Watch other = new Watch(Arrays.asList(watched), fromSeconds, untilSeconds);
    return changed(it -> it.watch = Optional.of(other));
  }

  /** Counted from {@code warmUp} to {@code end}, in seconds. */
  public Scenario lasting(double warmUp, double end) {
    return changed(
        it -> {
          it.warmUpSeconds = warmUp;
          it.seconds = end;
        });
  }

  private Scenario changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.scenario();
  }

  /** A scenario that is not made yet. */
  private static final class Draft {
    private String name;
    private final List<Server> servers;
    private Arrivals arrivals;
    private Work work;
    private double longPolls;
    private int balancers;
    private boolean uneven;
    private List<Change.Event> events;
    private Optional<Watch> watch;
    private double warmUpSeconds;
    private double seconds;

    Draft(Scenario like) {
      name = like.name;
      servers = like.servers;
      arrivals = like.arrivals;
      work = like.work;
      longPolls = like.longPolls;
      balancers = like.balancers;
      uneven = like.uneven;
      events = like.events;
      watch = like.watch;
      warmUpSeconds = like.warmUpSeconds;
      seconds = like.seconds;
    }

    Scenario scenario() {
      return new Scenario(
          name,
          servers,
          arrivals,
          work,
          longPolls,
          balancers,
          uneven,
          events,
          watch,
          warmUpSeconds,
          seconds);
    }
  }

  /** Whether the server is in the target group at the start: unless it joins later. */
  public boolean isMemberAtStart(int server) {
    return events.stream()
        .filter(event -> event.server() == server)
        .map(Change.Event::change)
        .filter(change -> change instanceof Change.Joins || change instanceof Change.Leaves)
        .findFirst()
        .map(first -> first instanceof Change.Leaves)
        .orElse(true);
  }

  /**
   * The share of the capacity there is that the watched servers have once everything of {@code
   * atSeconds} has happened: what would be theirs of the requests. A server that fails requests has
   * that much less of it.
   */
  public double fairShare(double atSeconds) {
    List<Integer> watched = watch.map(Watch::servers).orElse(List.of());
    double theirs = 0;
    double all = 0;
    for (int server = 0; server < servers.size(); server++) {
      double capacity = capacity(server, atSeconds);
      all += capacity;
      theirs += watched.contains(server) ? capacity : 0;
    }
    return all > 0 ? theirs / all : 0;
  }

  private double capacity(int server, double atSeconds) {
    boolean member = isMemberAtStart(server);
    double speed = servers.get(server).speed();
    double working = 1;
    for (Change.Event event : events) {
      if (event.server() != server || event.atSeconds() > atSeconds) {
        continue;
      }
      Change change = event.change();
      if (change instanceof Change.Speed to) {
        speed = to.speed();
      } else if (change instanceof Change.Failing failing) {
        working = 1 - failing.share();
      } else {
        member = change instanceof Change.Joins;
      }
    }
    return member ? servers.get(server).workers() * speed * working : 0;
  }
}
