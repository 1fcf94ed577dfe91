package dev.leadline.balancer.proxy;

/**
 * Stops and starts the reading of a connection at the next message. Vert.x alone stops only after
 * 24 messages, which may be a megabyte.
 */
interface ReadGate {

  /** The gate of a connection that has flow control of its own. */
  ReadGate NONE =
      new ReadGate() {
        @Override
        public void pause() {}

        @Override
        public void resume() {}
      };

  /** Nothing more is decoded until {@link #resume}. */
  void pause();

  /** Decoding goes on. */
  void resume();

  /** So many bytes that came through have been written to the other side. */
  default void written(int bytes) {}
}
