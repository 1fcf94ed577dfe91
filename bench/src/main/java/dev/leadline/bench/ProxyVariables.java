package dev.leadline.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The variables that send other programs through a proxy. */
final class ProxyVariables {
  private static final List<String> NAMES = List.of("http_proxy", "https_proxy", "all_proxy");

  private ProxyVariables() {}

  /** What a reader of the report must know where one of them is set: the load does not use it. */
  static Optional<String> remark(Map<String, String> environment) {
    return environment.entrySet().stream()
        .filter(variable -> NAMES.contains(variable.getKey().toLowerCase(Locale.ROOT)))
        .filter(variable -> !variable.getValue().isBlank())
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .map(
            name ->
                name
                    + " is set, but not used: requests go straight to the servers, and their times"
                    + " hold no proxy.");
  }
}
