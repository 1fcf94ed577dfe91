#!/usr/bin/env python3
"""A small web server to try the balancer with: python3 examples/server.py 8001.

It answers every GET with its own name. `/health` always answers 200.
"""

import argparse
import contextlib
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser(description="A small web server to try the balancer with.")
parser.add_argument("port", type=int, help="port on 127.0.0.1; 0 takes a free one")
parser.add_argument("--name", default="server", help="what it calls itself (default: server)")
parser.add_argument(
    "--millis", type=int, default=0, help="how long it takes for a request (default: 0)"
)
parser.add_argument("--status", type=int, default=200, help="status of its answers (default: 200)")
options = parser.parse_args()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Connections stay open between requests.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        healthy = self.path == "/health"
        if not healthy:
            time.sleep(options.millis / 1000)
        body = b"ok\n" if healthy else f"{options.name} answers {self.path}\n".encode()
        self.send_response(200 if healthy else options.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024  # new connections that may wait: a load test opens many at once


server = Server(("127.0.0.1", options.port), Handler)
print(f"{options.name} listens on http://127.0.0.1:{server.server_port}", flush=True)
with contextlib.suppress(KeyboardInterrupt):
    server.serve_forever()
