package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.Tls;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.spi.tls.DefaultSslContextFactory;
import io.vertx.core.spi.tls.SslContextFactory;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * TLS as the listener speaks it: TLS 1.2 and 1.3, with ciphers that have forward secrecy and
 * authenticated encryption, without renegotiation. BoringSSL does it where its library loads, the
 * JDK elsewhere: a handshake of the JDK costs several times as much.
 */
final class ListenerTls {

  private static final long HANDSHAKE_LIMIT_SECONDS = 10;

  private ListenerTls() {}

  static void secure(HttpServerOptions options, Tls tls) {
    PemKeyCertOptions pairs = new PemKeyCertOptions();
    for (Tls.Pair pair : tls.certificates()) {
      pairs.addCertPath(pair.certificate().toString()).addKeyPath(pair.key().toString());
    }
    options
        .setSsl(true)
        .setSni(tls.certificates().size() > 1)
        .setKeyCertOptions(pairs)
        .setSslHandshakeTimeout(HANDSHAKE_LIMIT_SECONDS)
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setEnabledSecureTransportProtocols(
            tls.minimumVersion() == Tls.Version.TLS_1_3
                ? Set.of("TLSv1.3")
                : Set.of("TLSv1.2", "TLSv1.3"));
    Tls.CIPHER_SUITES.forEach(options::addEnabledCipherSuite);
    tls.clientCa()
        .ifPresent(
            file ->
                options
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setTrustOptions(new PemTrustOptions().addCertPath(file.toString())));
    if (OpenSSLEngineOptions.isAvailable()) {
      options.setSslEngineOptions(new BoringSsl());
    }
  }

  /** BoringSSL with session tickets, which Netty leaves off: without them TLS 1.3 never resumes. */
  private static final class BoringSsl extends OpenSSLEngineOptions {

    @Override
    public OpenSSLEngineOptions copy() {
      return new BoringSsl();
    }

    @Override
    public SslContextFactory sslContextFactory() {
      return new DefaultSslContextFactory(SslProvider.OPENSSL, true) {
        @Override
        public SslContext create() throws SSLException {
          SslContext context = super.create();
          if (context.sessionContext() instanceof OpenSslServerSessionContext sessions) {
            // Without keys of ours BoringSSL makes its own, and new ones every 48 hours.
            sessions.setTicketKeys();
          }
          return context;
        }
      };
    }
  }
}
