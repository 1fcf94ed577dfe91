package dev.leadline.bench.load;

import io.vertx.core.http.HttpClientConnection;

/** An open connection and what is under way on it. Belongs to one event loop. */
final class Connection {
  private final HttpClientConnection http;
  private final int streams;
  private int underWay;
  private int used;
  private boolean retired;

  /**
   * Takes over a connection.
   *
   * @param streams requests it may carry at once
   */
  Connection(HttpClientConnection http, int streams) {
    this.http = http;
    this.streams = streams;
  }

  HttpClientConnection http() {
    return http;
  }

  /** Whether it carried a request before the ones that are under way. */
  boolean reused() {
    return used > underWay;
  }

  boolean full() {
    return underWay >= streams;
  }

  boolean idle() {
    return underWay == 0;
  }

  /** Whether it is closed, or gets no more requests. */
  boolean retired() {
    return retired;
  }

  void take() {
    underWay++;
    used++;
  }

  void giveBack() {
    underWay--;
  }

  void retire() {
    retired = true;
  }
}
