package dev.leadline.balancer.observe;

import java.util.Locale;

/** Why a datagram of a peer was not believed. */
public enum PeerRefusal {
  /** Its sender is not listed. */
  STRANGER("it came from an address that is no member's"),
  /** It cannot be one of ours. */
  LENGTH("it was too short or too long, or not as long as it said"),
  /** Another program, or another version of this one. */
  VERSION("it was not of this version of the protocol"),
  /** Whoever sent it does not know the secret. */
  SIGNATURE("it was signed with another secret, or changed on its way"),
  /** The signature is right and the numbers are not. */
  CONTENT("it said what cannot be, such as more requests awake than in flight"),
  /** A copy, or overtaken by a newer one. */
  REPLAYED("it was not newer than the last one of the same balancer"),
  /** From before a restart, or from after one that cannot have been. */
  OLDER_BOOT(
      "it was of an earlier start of the balancer at this address, or of a later one while the"
          + " earlier was heard"),
  /** One balancer that is listed with two addresses. */
  SECOND_ADDRESS("the same balancer is already known by another address");

  private final String text;

  PeerRefusal(String text) {
    this.text = text;
  }

  /** As a label of metrics. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** In words that can follow "refused: ". */
  public String text() {
    return text;
  }
}
