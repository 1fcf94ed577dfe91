package dev.leadline.routing.target;

/**
 * A server that requests are sent to. Immutable.
 *
 * @param id name of the target, unique in its group; on EC2 the instance id
 * @param address host name or IP address
 * @param port TCP port, 1 to 65535
 * @param weight its share of the requests relative to the other targets, 1 to {@value #MAX_WEIGHT};
 *     0 means no requests, with every policy
 */
public record Target(String id, String address, int port, int weight) {

  /** The greatest weight a target may have. */
  public static final int MAX_WEIGHT = 1000;

  /** What makes it the same server, whatever its weight is. */
  public record Key(String id, String address, int port) {}

  /** Which server it is. */
  public Key key() {
    return new Key(id, address, port);
  }

  public Target {
    if (id.isBlank()) {
      throw new IllegalArgumentException("a target needs an id");
    }
    if (address.isBlank()) {
      throw new IllegalArgumentException("target " + id + " needs an address");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port of target " + id + " is not 1 to 65535: " + port);
    }
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "weight of target " + id + " is not 0 to " + MAX_WEIGHT + ": " + weight);
    }
  }
}
