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
import java.util.stream.Collectors;

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
  private record Registered(String id, int port) {
    /** Else its id is its address. */
    boolean isInstance() {
      return INSTANCE.matcher(id).matches();
    }
  }

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
    return targets(registered);
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
    Set<String> ids =
        registered.stream()
            .filter(Registered::isInstance)
            .map(Registered::id)
            .collect(Collectors.toSet());
    addresses.keySet().retainAll(ids);
    List<String> unknown = ids.stream().filter(id -> !addresses.containsKey(id)).sorted().toList();
    for (int i = 0; i < unknown.size(); i += PAGE) {
      List<String> some = unknown.subList(i, Math.min(unknown.size(), i + PAGE));
      addresses.putAll(instances(Map.of("instance-id", some)));
    }
  }

  /** An instance that is there with several ports is several targets, unless one port holds. */
  private List<Target> targets(List<Registered> registered) {
    Map<String, Set<Integer>> ports = new HashMap<>();
    for (Registered it : registered) {
      ports.computeIfAbsent(it.id(), id -> new HashSet<>()).add(portOf(it));
    }
    Map<String, Target> byId = new TreeMap<>();
    for (Registered it : registered) {
      String address = address(it);
      boolean several = ports.getOrDefault(it.id(), Set.of()).size() > 1;
      String id = several ? it.id() + ":" + it.port() : it.id();
      if (!address.isEmpty()) {
        byId.put(id, new Target(id, address, portOf(it), 1));
      }
    }
    return List.copyOf(byId.values());
  }

  private int portOf(Registered target) {
    return members.port().orElse(target.port());
  }

  /** Empty while the instance does not run. */
  private String address(Registered target) {
    return target.isInstance() ? addresses.getOrDefault(target.id(), "") : target.id();
  }

  private Map<String, List<String>> tagFilters() {
    Map<String, List<String>> filters = new HashMap<>();
    members.tags().forEach((key, value) -> filters.put("tag:" + key, List.of(value)));
    return filters;
  }

  /**
   * The private addresses of all running instances that pass, by the instance's id.
   *
   * @param filters one of whose values each has to hold, by name
   */
  private Map<String, String> instances(Map<String, List<String>> filters) throws AwsProblem {
    Map<String, List<String>> all = new TreeMap<>(filters);
    all.put("instance-state-name", List.of("running"));
    Map<String, String> question = new TreeMap<>();
    int number = 0;
    for (Map.Entry<String, List<String>> filter : all.entrySet()) {
      String place = "Filter." + ++number;
      question.put(place + ".Name", filter.getKey());
      for (int i = 0; i < filter.getValue().size(); i++) {
        question.put(place + ".Value." + (i + 1), filter.getValue().get(i));
      }
    }
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
