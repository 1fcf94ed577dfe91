package dev.leadline.balancer.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How TLS is spoken to the targets of a group.
 *
 * @param verify whether a target has to prove that it is the one that is meant
 * @param ca certificates, one of which must have signed the target's; absent: those that Java
 *     trusts
 * @param serverName the name that is asked for (SNI) and that the target's certificate must have;
 *     absent: the target's address
 * @param identity what the balancer proves itself with; absent: nothing
 */
public record TargetTls(
    boolean verify,
    Optional<PemFile> ca,
    Optional<String> serverName,
    Optional<Identity> identity) {

  /**
   * A certificate with its key.
   *
   * @param certificate the certificate, those that signed it after it
   * @param key its private key, not encrypted
   */
  public record Identity(PemFile certificate, PemFile key) {}

  /** Every file that it is made from. */
  public List<Path> files() {
    return Stream.concat(
            ca.stream(), identity.stream().flatMap(it -> Stream.of(it.certificate(), it.key())))
        .map(PemFile::path)
        .toList();
  }
}
