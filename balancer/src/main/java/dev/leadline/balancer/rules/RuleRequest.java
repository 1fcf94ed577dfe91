package dev.leadline.balancer.rules;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What rules can see of a request. They ask for what they need only. */
public interface RuleRequest {

  /** Its target: a path, with the query if it has one. */
  String target();

  /** Its method. */
  String method();

  /** The host it is for, with the port if it has one; null if it has none. */
  @Nullable String host();

  /** The values of all headers of this name, in their order. */
  List<String> headers(String name);

  /** The IP address of the client. */
  String clientAddress();
}
