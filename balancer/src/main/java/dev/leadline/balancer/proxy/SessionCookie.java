package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Stickiness;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that keeps a client at a target of a group. Its value is a mark of the target, the end
 * of its validity, and a signature over both. The mark is a keyed hash of the target's id: it
 * reveals nothing, and without the key nobody can make one up. Any balancer with the same key and
 * group understands it, so there is nothing to remember. Not thread-safe.
 */
final class SessionCookie {

  private static final int MARK_BYTES = 8;
  private static final int SIGNATURE_BYTES = 12;
  private static final int VALUE_CHARS = 32; // of the 24 bytes, in Base64

  private final Stickiness config;
  private final String group;
  private final InstantSource clock;
  private final Mac mac;
  private final String name;

  /** The targets of {@link #known} by their marks. */
  private final Map<Long, String> targetIds = new HashMap<>();

  private @Nullable TargetGroup known;

  SessionCookie(Stickiness config, String group, InstantSource clock) {
    this.config = config;
    this.group = group;
    this.clock = clock;
    try {
      mac = Mac.getInstance("HmacSHA256");
      byte[] key = config.key().getBytes(StandardCharsets.US_ASCII);
      mac.init(new SecretKeySpec(key, mac.getAlgorithm()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
    name = "leadline-" + HexFormat.of().formatHex(hash("group\0" + group), 0, 4);
  }

  /** The target that a request with these headers belongs to; null if there is none any more. */
  @Nullable TargetState target(MultiMap headers, GroupRouter router) {
    byte @Nullable [] value = valid(headers);
    if (value == null) {
      return null;
    }
    if (!router.group().equals(known)) {
      TargetGroup targets = router.group();
      targetIds.clear();
      targets.targets().forEach(it -> targetIds.put(mark(it.id()), it.id()));
      known = targets;
    }
    String id = targetIds.get(ByteBuffer.wrap(value).getLong());
    for (TargetState state : router.states()) {
      if (!state.hasLeft() && state.target().id().equals(id)) {
        return state;
      }
    }
    return null;
  }

  /**
   * Adds the cookie to an answer of this target, unless the client has it already and it is valid
   * for more than half of its time.
   */
  void add(HttpServerRequest request, TargetState target) {
    MultiMap answer = request.response().headers();
    byte @Nullable [] had = valid(request.headers());
    if (had == null && !beginsSession(answer)) {
      return;
    }
    long mark = mark(target.target().id());
    long now = clock.millis() / 1000;
    long seconds = config.duration().toSeconds();
    if (had != null) {
      ByteBuffer value = ByteBuffer.wrap(had);
      if (value.getLong() == mark && Integer.toUnsignedLong(value.getInt()) - now > seconds / 2) {
        return;
      }
    }
    ByteBuffer value = ByteBuffer.allocate(MARK_BYTES + 4 + SIGNATURE_BYTES);
    value.putLong(mark).putInt((int) (now + seconds));
    value.put(signature(value.array()));
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(value.array());
    String secure = request.isSSL() ? "; Secure" : "";
    answer.add(
        HttpHeaders.SET_COOKIE,
        name + "=" + text + "; Path=/; Max-Age=" + seconds + "; HttpOnly" + secure);
  }

  private boolean beginsSession(MultiMap answer) {
    String begin = config.applicationCookie();
    return begin.isEmpty()
        || answer.getAll(HttpHeaders.SET_COOKIE).stream()
            .anyMatch(it -> it.startsWith(begin + "="));
  }

  /** The bytes of the cookie, if there is one that we have made and that is not too old. */
  private byte @Nullable [] valid(MultiMap headers) {
    String own = null;
    boolean inSession = config.applicationCookie().isEmpty();
    for (String header : headers.getAll(HttpHeaders.COOKIE)) {
      for (int from = 0; from < header.length(); ) {
        int semicolon = header.indexOf(';', from);
        int to = semicolon < 0 ? header.length() : semicolon;
        while (from < to && header.charAt(from) == ' ') {
          from++;
        }
        if (own == null && isCookie(header, from, name)) {
          own = header.substring(from + name.length() + 1, to);
        } else if (!inSession && isCookie(header, from, config.applicationCookie())) {
          inSession = true;
        }
        from = to + 1;
      }
    }
    return own == null || !inSession ? null : checked(own);
  }

  private static boolean isCookie(String header, int at, String name) {
    int end = at + name.length();
    return end < header.length() && header.charAt(end) == '=' && header.startsWith(name, at);
  }

  private byte @Nullable [] checked(String text) {
    if (text.length() != VALUE_CHARS) {
      return null;
    }
    try {
      byte[] value = Base64.getUrlDecoder().decode(text);
      byte[] signed = Arrays.copyOfRange(value, MARK_BYTES + 4, value.length);
      long end = Integer.toUnsignedLong(ByteBuffer.wrap(value).getInt(MARK_BYTES));
      boolean ours = MessageDigest.isEqual(signed, signature(value));
      return ours && end > clock.millis() / 1000 ? value : null;
    } catch (IllegalArgumentException e) {
      return null; // Not Base64.
    }
  }

  private byte[] signature(byte[] value) {
    mac.update(value, 0, MARK_BYTES + 4);
    return Arrays.copyOf(hash("\0session\0" + group), SIGNATURE_BYTES);
  }

  private long mark(String targetId) {
    return ByteBuffer.wrap(hash("target\0" + group + "\0" + targetId)).getLong();
  }

  private byte[] hash(String text) {
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }
}
