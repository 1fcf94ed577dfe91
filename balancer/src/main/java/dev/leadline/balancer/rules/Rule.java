package dev.leadline.balancer.rules;

import java.util.List;

/**
 * What is done with which requests. Immutable.
 *
 * @param name how logs call it; empty: by its number
 * @param when which requests
 * @param action what is done with them
 */
public record Rule(String name, Conditions when, Action action) {

  /**
   * The conditions that a request has to fulfil, all of them. A list that is empty is no condition;
   * of the values of one condition any may match. In patterns {@code *} stands for any characters,
   * {@code ?} for one.
   *
   * @param paths patterns of normalised paths; case counts
   * @param hosts patterns of host names, without port; case does not count
   * @param methods names of methods; case counts
   * @param headers conditions of headers
   * @param query conditions of query parameters
   * @param sources address blocks of clients
   */
  public record Conditions(
      List<String> paths,
      List<String> hosts,
      List<String> methods,
      List<HeaderCondition> headers,
      List<QueryCondition> query,
      List<Cidr> sources) {

    /** Whether every request fulfils them. */
    public boolean isEmpty() {
      return paths.isEmpty()
          && hosts.isEmpty()
          && methods.isEmpty()
          && headers.isEmpty()
          && query.isEmpty()
          && sources.isEmpty();
    }
  }

  /**
   * One header that has to have one of some values.
   *
   * @param name its name; case does not count
   * @param values patterns of its value; case does not count
   */
  public record HeaderCondition(String name, List<String> values) {}

  /**
   * One query parameter that has to have one of some values.
   *
   * @param key pattern of its name; case does not count
   * @param values patterns of its value; case does not count
   */
  public record QueryCondition(String key, List<String> values) {}
}
