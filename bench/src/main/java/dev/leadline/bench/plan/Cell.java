package dev.leadline.bench.plan;

/** What one burst measures: a path asked of a balancer. */
public record Cell(String path, String balancer) {
  @Override
  public String toString() {
    return path + " through " + balancer;
  }
}
