package dev.leadline.simulation.engine;

import dev.leadline.simulation.scenario.Change;
import dev.leadline.simulation.scenario.Discipline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Routes with information that no balancer has: the speed of every server at every moment, which
 * requests it would fail, the remaining work of every request, and which requests are long polls.
 * It does not use the future. There is one oracle however many balancers a scenario has, and no
 * network between it and the servers. It is not the optimum, which is unknown for the 99th
 * percentile; hence more than one {@link Rule}.
 */
public final class Oracle implements Frontend {

  private static final Comparator<Request> BY_WORK =
      Comparator.comparingDouble(request -> request.workSeconds);

  /** How the oracle decides. */
  public enum Rule {
    /**
     * A common queue in the order of arrival. A request goes to the worker that would finish it
     * first, and waits for that worker if it is busy.
     */
    FIRST_COME,
    /** The same, shortest request first. */
    SHORTEST_FIRST,
    /** No queue: every request goes at once to the server that would finish it first. */
    AT_ONCE;

    /** Its name in words. */
    public String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private final List<SimulatedServer> members = new ArrayList<>();
  private final Rule rule;
  private final List<Request> queue = new ArrayList<>();
  private final EventQueue.Lane<Request> arriving;
  private final List<SimulatedServer> ofWorker = new ArrayList<>();
  private double[] freeInSeconds = new double[16];

  Oracle(Simulation simulation, Rule rule) {
    this.rule = rule;
    arriving = simulation.events().lane(Simulation.NETWORK_NANOS, this::arrived);
    simulation.servers().stream()
        .filter(server -> simulation.scenario().isMemberAtStart(server.number()))
        .forEach(members::add);
  }

  @Override
  public void route(Request request) {
    arriving.add(request);
  }

  @Override
  public void withdraw(Request request) {
    queue.remove(request);
  }

  @Override
  public void left() {
    serveQueue();
  }

  @Override
  public void changed(SimulatedServer server, Change change) {
    if (change instanceof Change.Joins) {
      members.add(server);
    } else if (change instanceof Change.Leaves) {
      members.remove(server);
    }
    serveQueue();
  }

  private void arrived(Request request) {
    if (request.longPoll) {
      send(request, soonest(request));
      return;
    }
    switch (rule) {
      case FIRST_COME -> queue.add(request);
      case SHORTEST_FIRST -> {
        int place = Collections.binarySearch(queue, request, BY_WORK);
        queue.add(place < 0 ? -place - 1 : place, request);
      }
      case AT_ONCE -> send(request, soonest(request));
    }
    serveQueue();
  }

  private static void send(Request request, SimulatedServer server) {
    request.choose(server);
    request.reachServer();
  }

  /** The server that would finish this request first if no other arrived. */
  private SimulatedServer soonest(Request request) {
    SimulatedServer soonest = members.get(0);
    double least = Double.POSITIVE_INFINITY;
    for (SimulatedServer server : members) {
      double seconds = server.fails(request) ? Double.POSITIVE_INFINITY : seconds(server, request);
      if (seconds < least) {
        least = seconds;
        soonest = server;
      }
    }
    return soonest;
  }

  private static double seconds(SimulatedServer server, Request request) {
    double own = request.workSeconds;
    double capacity = server.workers() * server.speed();
    if (server.discipline() == Discipline.FIFO) {
      boolean starts = server.inService() < server.workers();
      return (starts ? 0 : server.sumOfRemainingWork(it -> it) / capacity) + own / server.speed();
    }
    // With equal shares, a request waits at most for as much work of each other request as it has
    // itself.
    double before = server.sumOfRemainingWork(it -> Math.min(it, own));
    return Math.max(own / server.speed(), (before + own) / capacity);
  }

  /**
   * Plans each request of the queue, in order, for the worker that would finish it first. Requests
   * whose worker is idle start; the others wait and are planned again next time.
   */
  private void serveQueue() {
    if (queue.isEmpty() || members.stream().noneMatch(Oracle::hasIdleWorker)) {
      return;
    }
    int idle = listWorkers();
    List<Request> start = new ArrayList<>();
    List<SimulatedServer> where = new ArrayList<>();
    for (int i = 0; i < queue.size() && idle > 0; i++) {
      Request request = queue.get(i);
      int best = bestWorker(request);
      if (best < 0) {
        continue;
      }
      SimulatedServer server = ofWorker.get(best);
      if (freeInSeconds[best] == 0) {
        start.add(request);
        where.add(server);
        idle--;
      }
      freeInSeconds[best] += request.workSeconds / server.speed();
    }
    queue.removeAll(start);
    for (int i = 0; i < start.size(); i++) {
      send(start.get(i), where.get(i));
    }
  }

  private static boolean hasIdleWorker(SimulatedServer server) {
    return server.speed() > 0 && server.inService() < server.workers();
  }

  /** Lists every worker and when it is free; returns how many are free now. */
  private int listWorkers() {
    ofWorker.clear();
    int idle = 0;
    for (SimulatedServer server : members) {
      int first = ofWorker.size();
      if (freeInSeconds.length < first + server.workers()) {
        freeInSeconds = Arrays.copyOf(freeInSeconds, 2 * (first + server.workers()));
      }
      server.secondsUntilFree(freeInSeconds, first);
      for (int i = 0; i < server.workers(); i++) {
        idle += freeInSeconds[first + i] == 0 ? 1 : 0;
        ofWorker.add(server);
      }
    }
    return idle;
  }

  private int bestWorker(Request request) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int worker = 0; worker < ofWorker.size(); worker++) {
      SimulatedServer server = ofWorker.get(worker);
      double done = freeInSeconds[worker] + request.workSeconds / server.speed();
      if (done < least && !server.fails(request)) {
        least = done;
        best = worker;
      }
    }
    return best;
  }
}
