package dev.leadline.balancer.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a listener speaks TLS.
 *
 * @param certificates at least one; a client that asks for a name (SNI) gets the first that has it,
 *     any other client the first of all
 * @param clientCa PEM file of certificates, one of which must have signed the client's; absent:
 *     clients need none
 * @param minimumVersion the oldest version of the protocol that a client may use
 */
public record Tls(List<Pair> certificates, Optional<Path> clientCa, Version minimumVersion) {

  /** Mozilla's list "intermediate" without the suites that need Diffie-Hellman parameters. */
  public static final List<String> CIPHER_SUITES =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /**
   * A certificate with its key.
   *
   * @param certificate PEM file of the certificate, those that signed it after it
   * @param key PEM file of its private key, not encrypted
   */
  public record Pair(Path certificate, Path key) {}

  /** Every file that it is made from. */
  public List<Path> files() {
    return Stream.concat(
            certificates.stream().flatMap(it -> Stream.of(it.certificate(), it.key())),
            clientCa.stream())
        .toList();
  }

  /** A version of the protocol that is still sound. */
  public enum Version {
    TLS_1_2("1.2"),
    TLS_1_3("1.3");

    private final String number;

    Version(String number) {
      this.number = number;
    }

    static Version of(String number) {
      return number.equals(TLS_1_3.number) ? TLS_1_3 : TLS_1_2;
    }

    @Override
    public String toString() {
      return number;
    }
  }
}
