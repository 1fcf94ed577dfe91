package dev.leadline.infra;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A rule of both balancers' listeners, tried before the clusters' own: which requests, and what is
 * done with them. Immutable. {@code docs/rules.md} has the meaning.
 *
 * @param name how our balancer's logs call it; empty: by its number
 */
record ListenerRule(Optional<String> name, Conditions when, Action action) {

  /** All of them have to hold; an empty list is no condition. */
  record Conditions(
      List<String> paths,
      List<String> hosts,
      List<String> methods,
      List<Named> headers,
      List<Named> query,
      List<String> sources) {

    /** The values of each condition. */
    Stream<List<String>> values() {
      return Stream.concat(
          Stream.of(paths, hosts, methods, sources).filter(it -> !it.isEmpty()),
          Stream.concat(headers.stream(), query.stream()).map(Named::values));
    }
  }

  /** One header, or the query parameters that have a name, and what it may be. */
  record Named(String name, List<String> values) {
    static final String ANY = "*";

    /** Whether it is about every query parameter. */
    boolean isAny() {
      return name.equals(ANY);
    }
  }

  /** What is done with a request. */
  sealed interface Action {
    /** The action as the balancer's configuration has it: one key with its value. */
    Map<String, Object> written();
  }

  /**
   * The request is sent to a cluster.
   *
   * @param weights each cluster's share of the requests, by its name, in order
   */
  record Forward(Map<String, Integer> weights) implements Action {
    @Override
    public Map<String, Object> written() {
      if (weights.size() == 1) {
        return mapping("forward", weights.keySet().iterator().next());
      }
      return mapping(
          "forward",
          weights.entrySet().stream()
              .map(it -> mapping("targetGroup", it.getKey(), "weight", it.getValue()))
              .toList());
    }
  }

  /** The client is sent to another URL; a part that is not given is the request's. */
  record Redirect(
      int status,
      Optional<String> protocol,
      Optional<String> host,
      Optional<String> port,
      Optional<String> path,
      Optional<String> query)
      implements Action {
    @Override
    public Map<String, Object> written() {
      return mapping(
          "redirect",
          mapping(
              "status",
              status,
              "protocol",
              protocol,
              "host",
              host,
              "port",
              port,
              "path",
              path,
              "query",
              query));
    }
  }

  /** The client gets this answer. */
  record FixedResponse(int status, String contentType, String body) implements Action {
    @Override
    public Map<String, Object> written() {
      return mapping(
          "fixedResponse",
          mapping(
              "status",
              status,
              "contentType",
              contentType,
              "body",
              Optional.of(body).filter(it -> !it.isEmpty())));
    }
  }

  /** The rule as the balancer's configuration has it. */
  Map<String, Object> written() {
    Map<String, Object> written =
        mapping(
            "name",
            name,
            "paths",
            when.paths(),
            "hosts",
            when.hosts(),
            "methods",
            when.methods(),
            "headers",
            when.headers().stream()
                .map(it -> mapping("name", it.name(), "values", it.values()))
                .toList(),
            "query",
            when.query().stream()
                .map(it -> mapping("key", it.name(), "values", it.values()))
                .toList(),
            "sources",
            when.sources());
    written.putAll(action.written());
    return written;
  }

  /** Keys and values in turn, in order; without those that are empty. */
  private static Map<String, Object> mapping(Object... keysAndValues) {
    Map<String, Object> mapping = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      Object value = keysAndValues[i + 1];
      if (value instanceof Optional<?> optional) {
        value = optional.isPresent() ? optional.get() : List.of();
      }
      if (!(value instanceof Collection<?> values && values.isEmpty())) {
        mapping.put((String) keysAndValues[i], value);
      }
    }
    return mapping;
  }
}
