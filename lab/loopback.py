"""Answers to programs that the lab has started, on addresses that only this machine reaches."""

from http.server import BaseHTTPRequestHandler


class Answers(BaseHTTPRequestHandler):
    """Answers whole texts, and writes no log: the terminal is the program's."""

    def answer(self, status: int, content_type: str, said: str) -> None:
        """Sends this as the whole answer."""
        body = said.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Writes nothing."""
