package dev.leadline.simulation;

import dev.leadline.simulation.SimulatedServer.Discipline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * One situation that a policy is put into. Immutable; {@code with...} methods make variants.
 *
 * @param name unique, as it stands in the document
 * @param servers what stands behind the balancers
 * @param arrivals when requests come
 * @param work how much work each brings
 * @param longPolls share of requests that hold their connection for a while and need no work
 * @param balancers how many route side by side without talking; requests come to each at random
 * @param events what happens to the servers meanwhile
 * @param warmUpSeconds requests that arrive earlier are routed and not counted
 * @param seconds end of the arrivals
 */
record Scenario(
    String name,
    List<Server> servers,
    Arrivals arrivals,
    Work work,
    double longPolls,
    int balancers,
    List<Event> events,
    double warmUpSeconds,
    double seconds) {

  /** Mean work of a request wherever a scenario does not say otherwise. */
  static final double MEAN_WORK_SECONDS = 0.010;

  /** A server as it is at the start. */
  record Server(Discipline discipline, int workers, double speed) {
    double capacity() {
      return workers * speed;
    }
  }

  /** Something that happens to a server at a given time. */
  record Event(double atSeconds, int server, Consumer<SimulatedServer> what) {}

  static List<Server> same(int count, Discipline discipline, int workers) {
    return Collections.nCopies(count, new Server(discipline, workers, 1));
  }

  /** The lab's nine: four with two workers and full speed, five with one worker and half of it. */
  static List<Server> nineUneven(Discipline discipline) {
    List<Server> nine = new ArrayList<>(Collections.nCopies(4, new Server(discipline, 2, 1)));
    nine.addAll(Collections.nCopies(5, new Server(discipline, 1, 0.5)));
    return nine;
  }

  /** Poisson arrivals at this share of the servers' capacity, counted for 60 s after 20 s. */
  static Scenario atLoad(String name, double load, List<Server> servers) {
    double capacity = servers.stream().mapToDouble(Server::capacity).sum() / MEAN_WORK_SECONDS;
    return new Scenario(
        name,
        servers,
        new Arrivals.Poisson(load * capacity),
        new Work.Exponential(MEAN_WORK_SECONDS),
        0,
        1,
        List.of(),
        20,
        80);
  }

  Scenario withArrivals(Arrivals other) {
    return new Scenario(
        name, servers, other, work, longPolls, balancers, events, warmUpSeconds, seconds);
  }

  Scenario withWork(Work other) {
    return new Scenario(
        name, servers, arrivals, other, longPolls, balancers, events, warmUpSeconds, seconds);
  }

  Scenario withLongPolls(double share) {
    return new Scenario(
        name, servers, arrivals, work, share, balancers, events, warmUpSeconds, seconds);
  }

  Scenario withBalancers(int count) {
    return new Scenario(
        name, servers, arrivals, work, longPolls, count, events, warmUpSeconds, seconds);
  }

  Scenario withEvents(List<Event> more) {
    List<Event> all = new ArrayList<>(events);
    all.addAll(more);
    return new Scenario(
        name, servers, arrivals, work, longPolls, balancers, all, warmUpSeconds, seconds);
  }

  Scenario lasting(double warmUp, double end) {
    return new Scenario(name, servers, arrivals, work, longPolls, balancers, events, warmUp, end);
  }
}
