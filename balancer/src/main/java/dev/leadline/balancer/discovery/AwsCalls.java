package dev.leadline.balancer.discovery;

import java.util.Map;

/** Asks services of AWS. Each call blocks for some seconds at most. Not thread-safe. */
interface AwsCalls extends AutoCloseable {

  /**
   * Asks once; nothing is asked again by itself.
   *
   * @param action what is asked
   * @param parameters of the action
   * @return the whole answer
   * @throws AwsProblem if there is none, or another one than asked for
   */
  XmlElement call(AwsService service, String action, Map<String, String> parameters)
      throws AwsProblem;

  @Override
  void close();
}
