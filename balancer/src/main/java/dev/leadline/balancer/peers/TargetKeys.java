package dev.leadline.balancer.peers;

import dev.leadline.routing.target.Target;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * What peers call the targets of all groups: a number made of what both have in their
 * configurations, in whatever order. Two balancers mean the same target if the name of the group
 * and the target's id, address and port are the same. Immutable.
 */
final class TargetKeys {

  /** No target has this key here. */
  static final int NONE = -1;

  /** The targets of a group, in an order that everyone who asks keeps to. */
  record Group(String name, List<Target> targets) {}

  private final List<Group> groups;
  private final long[] inOrder;
  private final long[] sorted;
  private final int[] places;

  /** The targets of these groups, one after the other. */
  TargetKeys(List<Group> groups) {
    this.groups = List.copyOf(groups);
    inOrder =
        groups.stream()
            .flatMap(group -> group.targets().stream().map(it -> key(group.name(), it.key())))
            .mapToLong(Long::longValue)
            .toArray();
    sorted = inOrder.clone();
    Arrays.sort(sorted);
    places = new int[sorted.length];
    for (int i = 0; i < inOrder.length; i++) {
      places[Arrays.binarySearch(sorted, inOrder[i])] = i;
    }
  }

  /** The groups, whose targets stand one after the other. */
  List<Group> groups() {
    return groups;
  }

  /** Whether the other ones say the same of every place. */
  boolean isSame(TargetKeys other) {
    return Arrays.equals(inOrder, other.inOrder) && groups.equals(other.groups);
  }

  int size() {
    return inOrder.length;
  }

  /** The key of the target in this place. */
  long key(int place) {
    return inOrder[place];
  }

  /** The place of the target with this key; {@link #NONE} if there is none. */
  int place(long key) {
    int found = Arrays.binarySearch(sorted, key);
    return found < 0 ? NONE : places[found];
  }

  /** The first 64 bits of the SHA-256 of the four, with a zero byte between them. */
  static long key(String group, Target.Key target) {
    String text =
        String.join("\0", group, target.id(), target.address(), Integer.toString(target.port()));
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
