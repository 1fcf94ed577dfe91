"""Clients that keep their connections, as browsers do: what a balancer loses when it ends shows on these."""

import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from e2e.background import Background

TIMEOUT_SECONDS = 10


class KeptAlive(Background):
    """While the block runs, some clients send GET requests, each on one connection for as long as that stays open.

    A request that gets no answer, or another than 200, is lost: nobody sends it again. A client that has lost its
    connection opens another.
    """

    def __init__(self, url: str, clients: int, pause_seconds: float) -> None:
        """Each client waits so long between an answer and its next request."""
        self._url = urlsplit(url)
        self._pause_seconds = pause_seconds
        super().__init__(*[self._run] * clients)
        self._lock = threading.Lock()
        self.answered = 0
        self.connections = 0
        self.lost: list[str] = []
        """A sentence for each."""

    def taken(self) -> tuple[int, list[str]]:
        """How many were answered and which were lost since the last call."""
        with self._lock:
            taken = self.answered, self.lost
            self.answered, self.lost = 0, []
        return taken

    def _run(self) -> None:
        connection: HTTPConnection | None = None
        while not self._end.wait(self._pause_seconds):
            if connection is None:
                connection = HTTPConnection(
                    self._url.hostname or "", self._url.port, timeout=TIMEOUT_SECONDS
                )
                with self._lock:
                    self.connections += 1
            failure = ""
            try:
                connection.request("GET", self._url.path)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    failure = f"answered with {answer.status}: {body[:200]!r}"
                closed = answer.will_close
            except (OSError, HTTPException) as error:
                failure, closed = type(error).__name__, True
            with self._lock:
                if failure:
                    self.lost.append(failure)
                else:
                    self.answered += 1
            if closed:
                connection.close()
                connection = None
        if connection:
            with suppress(OSError):
                connection.close()
