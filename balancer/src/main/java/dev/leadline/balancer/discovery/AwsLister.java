package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.AwsMembers;
import dev.leadline.routing.target.Target;
import io.netty.util.NetUtil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Lists members that AWS knows. The private address of an instance never changes while it exists,
 * so it is asked for once. Blocks; not thread-safe.
 */
final class AwsLister {

  /** Instances of an answer, and values of a filter: more are not allowed there. */
  static final int PAGE = 200;

  /** A whole look; what is not asked by then is not asked. */
  private static final Duration LOOK = Duration.ofSeconds(30);

  private static final Pattern INSTANCE = Pattern.compile("i-[0-9a-f]{1,32}");
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private final AwsMembers members;
  private final AwsCalls calls;
  private final LongSupplier nanos;
  private final Map<String, String> addresses = new HashMap<>();
  private long startNanos;

  /** A target of a target group. */
  private record Registered(String id, int port) {}

  /**
   * @param nanos a clock
   */
  AwsLister(AwsMembers members, AwsCalls calls, LongSupplier nanos) {
    this.members = members;
    this.calls = calls;
    this.nanos = nanos;
  }

  /**
   * The members now, each with weight 1, in the order of their ids.
   *
   * @throws AwsProblem if they are not known, or too many
   */
  List<Target> list() throws AwsProblem {
    startNanos = nanos.getAsLong();
    if (members.targetGroup().isEmpty()) {
      Map<String, String> found = instances(tagFilters());
      Map<String, Target> byId = new TreeMap<>();
      found.forEach(
          (id, address) -> byId.put(id, new Target(id, address, members.port().orElseThrow(), 1)));
      return List.copyOf(byId.values());
    }
    List<Registered> registered = registered(members.targetGroup().get());
    know(registered);
    return members.port().isPresent()
        ? onePort(registered, members.port().get())
        : ownPorts(registered);
  }

  private List<Registered> registered(String arn) throws AwsProblem {
    XmlElement answer =
        call(AwsService.LOAD_BALANCING, "DescribeTargetHealth", Map.of("TargetGroupArn", arn));
    List<Registered> all = new ArrayList<>();
    for (XmlElement it :
        answer.all("DescribeTargetHealthResult", "TargetHealthDescriptions", "member")) {
      boolean leaves = it.text("TargetHealth", "State").equals("draining");
      boolean stopped = it.text("TargetHealth", "Reason").equals("Target.InvalidState");
      if (!leaves && !stopped) {
        String id = it.text("Target", "Id");
        if (!INSTANCE.matcher(id).matches() && !isAddress(id)) {
          throw new AwsProblem(
              "the target group has a target that is neither an instance nor an IP address");
        }
        all.add(new Registered(id, port(it.text("Target", "Port"))));
      }
    }
    return limited(all);
  }

  private static int port(String text) throws AwsProblem {
    if (!PORT.matcher(text).matches()) {
      throw new AwsProblem("Elastic Load Balancing lists a target without a port");
    }
    return Integer.parseInt(text);
  }

  private static <T> List<T> limited(List<T> all) throws AwsProblem {
    if (all.size() > AwsMembers.MOST) {
      throw new AwsProblem(
          "AWS lists %d members; allowed: at most %d".formatted(all.size(), AwsMembers.MOST));
    }
    return all;
  }

  /** Finds out the addresses of instances that are not known yet, and forgets those that left. */
  private void know(List<Registered> registered) throws AwsProblem {
    Set<String> ids = new HashSet<>();
    for (Registered it : registered) {
      if (INSTANCE.matcher(it.id()).matches()) {
        ids.add(it.id());
      }
    }
    addresses.keySet().retainAll(ids);
    List<String> unknown = ids.stream().filter(id -> !addresses.containsKey(id)).sorted().toList();
    for (int i = 0; i < unknown.size(); i += PAGE) {
      Map<String, String> filter = new TreeMap<>(Map.of("Filter.1.Name", "instance-id"));
      List<String> some = unknown.subList(i, Math.min(unknown.size(), i + PAGE));
      for (int j = 0; j < some.size(); j++) {
        filter.put("Filter.1.Value." + (j + 1), some.get(j));
      }
      addresses.putAll(instances(filter));
    }
  }

  private List<Target> onePort(List<Registered> registered, int port) {
    Map<String, Target> byId = new TreeMap<>();
    for (Registered it : registered) {
      String address = address(it);
      if (!address.isEmpty()) {
        byId.put(it.id(), new Target(it.id(), address, port, 1));
      }
    }
    return List.copyOf(byId.values());
  }

  /** An instance that is there with several ports is several targets. */
  private List<Target> ownPorts(List<Registered> registered) {
    Map<String, Set<Integer>> ports = new HashMap<>();
    registered.forEach(it -> ports.computeIfAbsent(it.id(), id -> new HashSet<>()).add(it.port()));
    Map<String, Target> byId = new TreeMap<>();
    for (Registered it : registered) {
      String address = address(it);
      boolean several = ports.getOrDefault(it.id(), Set.of()).size() > 1;
      String id = several ? it.id() + ":" + it.port() : it.id();
      if (!address.isEmpty()) {
        byId.put(id, new Target(id, address, it.port(), 1));
      }
    }
    return List.copyOf(byId.values());
  }

  /** Empty while the instance does not run. */
  private String address(Registered target) {
    return INSTANCE.matcher(target.id()).matches()
        ? addresses.getOrDefault(target.id(), "")
        : target.id();
  }

  private Map<String, String> tagFilters() {
    Map<String, String> filters = new TreeMap<>();
    int number = 0;
    for (Map.Entry<String, String> tag : new TreeMap<>(members.tags()).entrySet()) {
      String filter = "Filter." + ++number;
      filters.put(filter + ".Name", "tag:" + tag.getKey());
      filters.put(filter + ".Value.1", tag.getValue());
    }
    return filters;
  }

  /** The private addresses of all running instances that pass, by the instance's id. */
  private Map<String, String> instances(Map<String, String> filters) throws AwsProblem {
    long number = filters.keySet().stream().filter(it -> it.endsWith(".Name")).count() + 1;
    Map<String, String> question = new TreeMap<>(filters);
    question.put("Filter." + number + ".Name", "instance-state-name");
    question.put("Filter." + number + ".Value.1", "running");
    question.put("MaxResults", Integer.toString(PAGE));
    Map<String, String> found = new TreeMap<>();
    String next = "";
    do {
      if (!next.isEmpty()) {
        question.put("NextToken", next);
      }
      XmlElement answer = call(AwsService.EC2, "DescribeInstances", question);
      for (XmlElement it : answer.all("reservationSet", "item", "instancesSet", "item")) {
        String v4 = it.text("privateIpAddress");
        String address = v4.isEmpty() ? it.text("ipv6Address") : v4;
        if (!address.isEmpty()) {
          String id = it.text("instanceId");
          if (!INSTANCE.matcher(id).matches() || !isAddress(address)) {
            throw new AwsProblem("Amazon EC2 lists an instance without a usable id or address");
          }
          found.put(id, address);
        }
      }
      limited(List.copyOf(found.keySet()));
      next = answer.text("nextToken");
    } while (!next.isEmpty());
    return found;
  }

  private static boolean isAddress(String text) {
    return NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text);
  }

  private XmlElement call(AwsService service, String action, Map<String, String> parameters)
      throws AwsProblem {
    if (nanos.getAsLong() - startNanos > LOOK.toNanos()) {
      throw new AwsProblem("AWS took longer than " + LOOK.toSeconds() + " s to list all");
    }
    return calls.call(service, action, parameters);
  }
}
