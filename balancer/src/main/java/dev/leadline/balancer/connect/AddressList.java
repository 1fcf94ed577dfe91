package dev.leadline.balancer.connect;

import java.util.List;

/** The addresses of a host name, and with which of them to begin. Thread-safe. */
final class AddressList {

  private final List<String> all;
  private volatile int first;

  AddressList(List<String> all) {
    this.all = List.copyOf(all);
  }

  List<String> all() {
    return all;
  }

  /** Index of the address that took the last connection. */
  int first() {
    return first;
  }

  /** The next connection begins with this one. */
  void beginWith(int index) {
    if (first != index) {
      first = index;
    }
  }
}
