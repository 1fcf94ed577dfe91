package dev.leadline.balancer.config;

import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.ScalarType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.impl.KeyStoreHelper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How {@code tls} is written in the configuration file, and whether its files can be used. */
final class TlsForm {

  private static final Option<Tls.Version> MINIMUM_VERSION =
      Option.of(
          "minimumVersion",
          ScalarType.oneOf(List.of("1.2", "1.3")).as(Tls.Version::of, Tls.Version::toString),
          Tls.Version.TLS_1_2,
          "The oldest version of TLS that a client may use.");

  /** What a key of this algorithm signs with. */
  private static final Map<String, String> SIGNATURES =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

  static final Form<Tls> FORM = Form.mapping(TlsForm::tls).check(TlsForm::checkPairs);

  private TlsForm() {}

  private static Tls tls(Fields it) {
    Tls.Pair first = pair(it);
    List<Tls.Pair> more =
        it.optional(
                "more",
                Form.mapping(TlsForm::pair).list("a list of certificates with keys", 1),
                "none",
                "More certificates. A client that asks for a name (SNI) gets the certificate that"
                    + " has it, any other client the first one.")
            .orElse(List.of());
    return new Tls(
        Stream.concat(Stream.of(first), more.stream()).toList(),
        it.optional(
            "clientCa",
            pem(),
            "clients need no certificate",
            "PEM file. Every client must show a certificate that one of these has signed."),
        it.get(MINIMUM_VERSION));
  }

  private static Tls.Pair pair(Fields it) {
    return new Tls.Pair(
        it.required(
            "certificate",
            pem(),
            "PEM file of the certificate, followed by the certificates that signed it."),
        it.required("key", pem(), "PEM file of the private key, not encrypted."));
  }

  /** The name of a PEM file that is there. */
  static Form<Path> pem() {
    ScalarType<Path> name =
        ScalarType.text(Pattern.compile("[^\\x00-\\x1f]+"), "the name of a PEM file")
            .as(Path::of, Path::toString);
    return Form.scalar(name, Path.of("server.pem"))
        .check(
            (node, file) -> {
              if (!Files.isRegularFile(file)) {
                throw node.error("is '" + file + "'; there is no such file");
              }
              if (!Files.isReadable(file)) {
                throw node.error(
                    "is '" + file + "'; this user may not read it: make it the owner of the file");
              }
            });
  }

  private static void checkPairs(YamlNode node, Tls tls) {
    tls.certificates().forEach(pair -> checkPair(node, pair));
    tls.clientCa().ifPresent(file -> checkAuthorities(node, "clientCa", file));
  }

  static void checkPair(YamlNode node, Tls.Pair pair) {
    problem(pair)
        .ifPresent(
            why -> {
              throw node.error(
                  "cannot be used: certificate %s and key %s: %s"
                      .formatted(pair.certificate(), pair.key(), why));
            });
  }

  static void checkAuthorities(YamlNode node, String key, Path file) {
    try {
      KeyStoreHelper.loadCA(Stream.of(read(file)));
    } catch (Exception e) {
      throw node.error("has a " + key + " without a certificate: " + file);
    }
  }

  /** Why a pair cannot be used, if it cannot. It is read as the listener reads it. */
  private static Optional<String> problem(Tls.Pair pair) {
    try {
      KeyStore store =
          KeyStoreHelper.loadKeyCert(List.of(read(pair.key())), List.of(read(pair.certificate())));
      String alias = store.aliases().nextElement();
      char[] password = KeyStoreHelper.DUMMY_PASSWORD.toCharArray();
      PrivateKey key = (PrivateKey) store.getKey(alias, password);
      return belongTogether(key, store.getCertificate(alias).getPublicKey())
          ? Optional.empty()
          : Optional.of("the key is not that of the certificate");
    } catch (IOException e) {
      return Optional.of("a file cannot be read");
    } catch (Exception e) {
      // Vert.x throws RuntimeExceptions and whatever Java's parsers throw.
      return Optional.of("one of them is not in PEM, or the key is encrypted");
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey inCertificate)
      throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(inCertificate.getAlgorithm())) {
      return false;
    }
    String algorithm = SIGNATURES.get(key.getAlgorithm());
    if (algorithm == null) {
      return true;
    }
    byte[] message = {1, 2, 3};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(inCertificate);
    signature.update(message);
    return signature.verify(signed);
  }

  private static Buffer read(Path file) throws IOException {
    return Buffer.buffer(Files.readAllBytes(file));
  }
}
