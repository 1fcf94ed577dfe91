package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.observe.RequestEnd;

/** How a line of the access log is written. Not thread-safe: each event loop has its own. */
interface LineFormat {

  // What a client can make long is cut here, so that a line has a limit.
  int MAX_METHOD_CHARS = 32;
  int MAX_HOST_CHARS = 255;
  int MAX_URI_CHARS = 4096;
  int MAX_USER_AGENT_CHARS = 512;
  int MAX_TRACE_CHARS = 256;

  /** Most bytes of a line: every character may need six bytes. */
  int MAX_LINE_BYTES =
      4096
          + 6
              * (MAX_METHOD_CHARS
                  + MAX_HOST_CHARS
                  + MAX_URI_CHARS
                  + MAX_USER_AGENT_CHARS
                  + MAX_TRACE_CHARS);

  /** Writes the line, at most {@link #MAX_LINE_BYTES} with its line feed. */
  void write(RequestEnd end, LineBytes out);
}
