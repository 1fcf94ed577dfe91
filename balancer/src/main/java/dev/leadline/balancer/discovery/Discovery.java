package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.AwsMembers;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Dns;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.TargetsFile;
import dev.leadline.balancer.connect.NameTable;
import dev.leadline.balancer.observe.MembershipSnapshot;
import dev.leadline.routing.target.Target;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds out which targets the groups have now, and which peers there are. Such a list stands in the
 * configuration, or comes from a {@link MemberSource}: a file, or AWS. Host names in it are looked
 * up by {@link Names}. Not thread-safe: it belongs to one event loop.
 */
public final class Discovery {

  private static final Logger LOG = Logger.getLogger(Discovery.class.getName());

  /**
   * Times that are no options.
   *
   * @param firstLookup how long a list waits at most until each of its names was looked up once
   * @param firstList how long the first list of AWS is waited for at most
   * @param betweenLooks time between two looks at a file
   */
  record Pace(Duration firstLookup, Duration firstList, Duration betweenLooks) {}

  private static final Pace USUAL_PACE =
      new Pace(Duration.ofSeconds(2), Duration.ofSeconds(30), Duration.ofMillis(500));

  private final Vertx vertx;
  private final Runnable changed;
  private final Names names;
  private final AwsLists aws;
  private final Pace pace;
  private final Map<String, Member> members = new HashMap<>();
  private Set<String> prepared = Set.of();
  private Set<AwsMembers> preparedLists = Set.of();
  private BalancerConfig configured;

  /** The targets of a group, or the peers. */
  private static final class Member {
    private Optional<MemberSource> source = Optional.empty();
    private List<Target> listed = List.of();
    private List<Target> wanted = List.of(); // the last list that came: listed, or about to be
    private List<Target> now = List.of();
    private String problem = "";
    private long changes;
    private long failures;
  }

  /**
   * Makes one that follows nothing yet.
   *
   * @param changed is called when a group may have other targets than before, or there are other
   *     peers
   */
  public Discovery(Vertx vertx, BalancerConfig configured, Runnable changed) {
    this(
        vertx,
        configured,
        changed,
        dns -> new DnsLookup(vertx, dns),
        new AwsLists(
            vertx, AwsQuery::ofEnvironment, () -> ThreadLocalRandom.current().nextDouble()),
        USUAL_PACE);
  }

  Discovery(
      Vertx vertx,
      BalancerConfig configured,
      Runnable changed,
      Function<Dns, NameLookup> lookups,
      AwsLists aws,
      Pace pace) {
    this.vertx = vertx;
    this.configured = configured;
    this.changed = changed;
    this.aws = aws;
    this.pace = pace;
    names =
        new Names(
            vertx,
            lookups,
            configured.dns(),
            NameTable.of(vertx),
            name -> changed.run(),
            this::nameFailed);
  }

  /**
   * Follows the names of another configuration beside those of now, so that their addresses are
   * known when it takes over. If it does not, call {@link #forgetPrepared}.
   *
   * @return comes when each name has been looked up once, or it took too long; never fails
   */
  public Future<?> prepare(BalancerConfig next) {
    prepared = hostNames(Listing.all(next).stream().flatMap(it -> it.listed().stream()));
    return lookedUp(prepared);
  }

  /**
   * Asks AWS for the lists of another configuration that are not known yet. If it does not take
   * over, call {@link #forgetPrepared}.
   *
   * @return comes with the first list of each; fails with a {@link ConfigException} if one does not
   *     come in time
   */
  public Future<?> list(BalancerConfig next) {
    preparedLists = ofAws(next, true);
    Set<AwsMembers> unknown = ofAws(next, false);
    unknown.removeAll(ofAws(configured, true));
    followLists();
    return aws.listed(unknown, pace.firstList)
        .recover(
            cause -> Future.failedFuture(new ConfigException(String.valueOf(cause.getMessage()))));
  }

  /**
   * Waits for the targets that AWS lists. A balancer that knows no targets yet is of no use to
   * clients; without its peers it is.
   *
   * @return comes with the first list of each group, or when it took too long and some group has
   *     targets; never fails
   */
  public Future<Void> listed() {
    return aws.listed(ofAws(configured, false), pace.firstList)
        .<Void>mapEmpty()
        .recover(
            cause -> {
              if (knowsNoTarget()) {
                LOG.log(Level.WARNING, "not starting without targets: {0}", cause.getMessage());
                return listed();
              }
              LOG.log(Level.WARNING, "starting without them: {0}", cause.getMessage());
              return Future.succeededFuture();
            });
  }

  private boolean knowsNoTarget() {
    return members.entrySet().stream()
        .filter(it -> !it.getKey().equals(Listing.PEERS))
        .allMatch(it -> it.getValue().listed.isEmpty());
  }

  private static Set<AwsMembers> ofAws(BalancerConfig config, boolean withPeers) {
    return Listing.all(config).stream()
        .filter(it -> withPeers || !it.name().equals(Listing.PEERS))
        .flatMap(it -> it.membership().aws().stream())
        .collect(Collectors.toSet());
  }

  private void followLists() {
    Set<AwsMembers> all = new HashSet<>(preparedLists);
    all.addAll(ofAws(configured, true));
    aws.follow(all);
  }

  /** The configuration that was prepared does not take over. */
  public void forgetPrepared() {
    prepared = Set.of();
    preparedLists = Set.of();
    names.follow(needed());
    followLists();
  }

  /** A target without an address would get requests: its name is looked up first. */
  private Future<?> lookedUp(Set<String> some) {
    names.follow(needed());
    Promise<Void> known = Promise.promise();
    long timer = vertx.setTimer(pace.firstLookup.toMillis(), fired -> known.tryComplete());
    names
        .lookedUp(some)
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              known.tryComplete();
            });
    return known.future();
  }

  /** The names of all targets that are used now, or may be soon. */
  private Set<String> needed() {
    Set<String> all = new HashSet<>(prepared);
    for (Member member : members.values()) {
      all.addAll(hostNames(member.listed.stream()));
      all.addAll(hostNames(member.wanted.stream()));
    }
    return all;
  }

  /** Another configuration takes over, with what its files list now. */
  public void use(BalancerConfig next) {
    names.use(next.dns());
    configured = next;
    members.values().forEach(it -> it.source.ifPresent(MemberSource::stop));
    followLists();
    List<Listing> lists = Listing.all(next);
    Set<String> wanted = lists.stream().map(Listing::name).collect(Collectors.toSet());
    members.keySet().retainAll(wanted);
    for (Listing list : lists) {
      Member member = members.computeIfAbsent(list.name(), any -> new Member());
      member.listed =
          list.membership().aws().flatMap(aws::last).map(list::named).orElse(list.listed());
      member.wanted = member.listed;
      member.problem = "";
      member.source = source(list);
      member.source.ifPresent(it -> it.start(new Listening(list, member, it)));
      member.now = expanded(list.with(member.listed));
    }
    forgetPrepared();
  }

  private Optional<MemberSource> source(Listing list) {
    Optional<MemberSource> file =
        list.membership()
            .file()
            .map(it -> new FileSource(vertx, it, list.reader(), pace.betweenLooks));
    return file.or(() -> list.membership().aws().map(aws::source));
  }

  /** Hears of the source of a list. */
  private final class Listening implements MemberSource.Listener {
    private final Listing list;
    private final Member member;
    private final MemberSource source;

    Listening(Listing list, Member member, MemberSource source) {
      this.list = list;
      this.member = member;
      this.source = source;
    }

    @Override
    public void listed(List<Target> found) {
      List<Target> targets = list.named(found);
      if (!member.problem.isEmpty()) {
        member.problem = "";
        LOG.log(Level.INFO, "the {0} can be read again", list.what());
      }
      if (!targets.equals(member.wanted)) {
        member.wanted = targets;
        lookedUp(hostNames(targets.stream())).onComplete(known -> takeOver(targets));
      }
    }

    private void takeOver(List<Target> targets) {
      boolean isLast = member.wanted.equals(targets);
      if (isLast && member.source.equals(Optional.of(source))) {
        member.listed = targets;
        names.follow(needed());
        changed.run();
      }
    }

    @Override
    public void failed(String reason) {
      member.failures++;
      if (!reason.equals(member.problem)) {
        member.problem = reason;
        LOG.log(Level.WARNING, "the former {0} stay: {1}", new Object[] {list.what(), reason});
      }
    }
  }

  /** The configuration with the targets that its groups have now, and with the peers of now. */
  public BalancerConfig current() {
    return configured.with(
        group -> group.with(now(Listing.of(group))), peers -> peers.with(now(Listing.of(peers))));
  }

  private List<Target> now(Listing list) {
    Member member = members.get(list.name());
    if (member == null) {
      return list.listed();
    }
    List<Target> now = expanded(list.with(member.listed));
    if (!now.equals(member.now)) {
      member.now = now;
      member.changes++;
    }
    return now;
  }

  /** A name that does not resolve stays as it is: a target that cannot be connected to. */
  private List<Target> expanded(Listing list) {
    if (!list.membership().eachAddress()) {
      return list.listed();
    }
    Map<String, Target> byId = new LinkedHashMap<>();
    for (Target target : list.listed()) {
      List<String> addresses =
          isName(target) ? list.members(names.addresses(target.address())) : List.of();
      if (addresses.isEmpty()) {
        byId.putIfAbsent(target.id(), target);
      }
      for (String address : addresses) {
        String id = target.id() + "/" + address;
        byId.putIfAbsent(id, new Target(id, address, target.port(), target.weight()));
      }
    }
    return byId.values().stream().limit(TargetsFile.MAX_TARGETS).toList();
  }

  private static Set<String> hostNames(Stream<Target> targets) {
    return targets.filter(Discovery::isName).map(Target::address).collect(Collectors.toSet());
  }

  private static boolean isName(Target target) {
    String address = target.address();
    int zone = address.indexOf('%');
    return !NetUtil.isValidIpV4Address(address)
        && !NetUtil.isValidIpV6Address(zone < 0 ? address : address.substring(0, zone));
  }

  private void nameFailed(String name) {
    members.values().stream()
        .filter(it -> hostNames(it.listed.stream()).contains(name))
        .forEach(it -> it.failures++);
  }

  /** Why the peers, or one of their names, could not be read just now; empty if they could. */
  public String peersProblem() {
    Member peers = members.get(Listing.PEERS);
    return peers == null ? "" : problem(peers);
  }

  /** What there is to see of each group, by its name. */
  public Map<String, MembershipSnapshot> snapshot() {
    Map<String, MembershipSnapshot> all = new HashMap<>();
    members.forEach(
        (name, member) ->
            all.put(
                name, new MembershipSnapshot(member.changes, member.failures, problem(member))));
    return all;
  }

  private String problem(Member member) {
    if (!member.problem.isEmpty()) {
      return member.problem;
    }
    return hostNames(member.listed.stream()).stream()
        .sorted()
        .filter(name -> !names.problem(name).isEmpty())
        .map(name -> name + " does not resolve: " + names.problem(name))
        .findFirst()
        .orElse("");
  }

  /** Follows nothing any more. */
  public void stop() {
    for (Member member : members.values()) {
      member.source.ifPresent(MemberSource::stop);
      member.source = Optional.empty(); // A list that waits for its names does not take over.
    }
    names.stop();
    aws.stop();
  }
}
