package dev.leadline.balancer.discovery;

/** AWS does not say what it was asked; the message says why, in words. */
final class AwsProblem extends Exception {

  private static final long serialVersionUID = 1;

  AwsProblem(String message) {
    super(message);
  }
}
