package dev.leadline.routing.policy;

/** What a policy can see of the request that it chooses a target for. */
@FunctionalInterface
public interface PolicyRequest {

  /**
   * A number that related requests share, such as a hash of the client's address. Only policies
   * that keep related requests together call this.
   */
  long flow();
}
