package dev.leadline.balancer.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** How {@code tls} of a target group is written, and whether its files can be used. */
final class TargetTlsForm {

  static final Form<TargetTls> FORM = Form.mapping(TargetTlsForm::tls).check(TargetTlsForm::check);

  private TargetTlsForm() {}

  private static TargetTls tls(Fields it) {
    boolean verify =
        it.flag(
            "verify",
            true,
            "Whether a target has to show a certificate that is trusted and has its name. Without"
                + " that anybody on the way can read and change everything.");
    Optional<PemFile> ca =
        it.optional(
            "ca",
            pem(),
            "the authorities that Java trusts",
            "PEM file of certificates, one of which must have signed the target's.");
    Optional<String> serverName =
        it.optional(
            "serverName",
            Form.scalar(GroupForm.HOST, "app.internal"),
            "the target's address",
            "Name that targets are asked for (SNI) and that their certificates must have.");
    Optional<PemFile> certificate =
        it.optional(
            "certificate",
            pem(),
            "none",
            "PEM file of a certificate that the balancer shows to targets that ask for one,"
                + " followed by the certificates that signed it.");
    Optional<PemFile> key =
        it.optional("key", pem(), "none", "PEM file of its private key, not encrypted.");
    // One without the other is refused by the check, which sees the node.
    return new TargetTls(
        verify,
        ca,
        serverName,
        certificate.isEmpty() && key.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new TargetTls.Identity(certificate.orElse(MISSING), key.orElse(MISSING))));
  }

  private static final PemFile MISSING = new PemFile(Path.of(""), "");

  private static Form<PemFile> pem() {
    Form<Path> name = TlsForm.pem();
    return new Form<>(
        name.shape(), new PemFile(name.example(), ""), node -> read(node, name.read(node)));
  }

  private static PemFile read(YamlNode node, Path file) {
    try {
      return new PemFile(file, Files.readString(file));
    } catch (IOException e) {
      throw node.error("is '" + file + "', which cannot be read as text");
    }
  }

  private static void check(YamlNode node, TargetTls tls) {
    if (!tls.verify() && tls.ca().isPresent()) {
      throw node.error("has verify: false and ca, which exclude each other; remove one of them");
    }
    tls.ca().ifPresent(it -> TlsForm.checkAuthorities(node, "ca", it.path()));
    tls.identity()
        .ifPresent(
            it -> {
              if (it.certificate().equals(MISSING) || it.key().equals(MISSING)) {
                throw node.error("has only one of certificate and key; name both of them, or none");
              }
              TlsForm.checkPair(node, new Tls.Pair(it.certificate().path(), it.key().path()));
            });
  }
}
