package dev.leadline.bench.lab;

import dev.leadline.bench.lab.LabDescription.MetricScope;
import org.jspecify.annotations.Nullable;

/** What kind of load balancer something is; CloudWatch's namespace tells. */
public enum Kind {
  APPLICATION("AWS/ApplicationELB", "the ALB"),
  NETWORK("AWS/NetworkELB", "the NLB"),
  CLASSIC("AWS/ELB", "the Classic Load Balancer"),

  /** Leadline, or any other. */
  OTHER("", "");

  private final String namespace;
  private final String inWords;

  Kind(String namespace, String inWords) {
    this.namespace = namespace;
    this.inWords = inWords;
  }

  /** The kind of what publishes there; null: it publishes nothing. */
  public static Kind of(@Nullable MetricScope scope) {
    for (Kind kind : values()) {
      if (scope != null && kind.namespace.equals(scope.namespace())) {
        return kind;
      }
    }
    return OTHER;
  }

  /** Whether it is AWS's own, for which a local lab has a stand-in. */
  public boolean ofAws() {
    return this != OTHER;
  }

  /** Whether it balances requests, and counts them: layer 4 knows connections only. */
  public boolean countsRequests() {
    return this != NETWORK;
  }

  /** As a sentence names AWS's own. */
  String inWords() {
    return inWords;
  }
}
