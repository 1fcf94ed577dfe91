"""The admin pages of several balancers on one port of this machine: all added up, and each by itself below its name."""

import contextlib
import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lab.loopback import Answers
from lab.running.added_up import AddedUp, choices

SECONDS = 2.0  # the page itself waits for three
FRESH_SECONDS = 0.5  # several windows look at one answer
MOST_BYTES = 16 << 20
MOST_CHOICES = 999
HOSTS = ("127.0.0.1", "localhost")
KEPT_HEADERS = (
    "content-type",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
)
OWN_HEADERS = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
JSON, TEXT = "application/json", "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Said:
    """An answer of a balancer, or of these pages."""

    status: int
    headers: dict[str, str]
    body: bytes


class Unreachable(Exception):  # noqa: N818 - it says how things are
    """No balancer answers."""


def ask(url: str, path: str) -> Said | None:
    """What a balancer's admin port answers to a GET; None where it does not answer in time."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES)
        if answer.length:  # it ended before its time, or is too long
            return None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    kept = {name: it for name, it in answer.headers.items() if name.lower() in KEPT_HEADERS}
    return Said(answer.status, kept, body)


class Pages:
    """What the server answers. Thread-safe."""

    def __init__(
        self,
        members: Callable[[], dict[str, str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``members`` names the admin port of each balancer, as a URL, by its instance."""
        self._members = members
        self._clock = clock
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="admin")
        self._sum: AddedUp | None = None
        self._fresh: tuple[float, Said] | None = None

    def get(self, target: str) -> Said:
        """The answer to a GET of this path and query.

        Raises:
            Unreachable: where no balancer answers, or the one that was asked for.
        """
        url = urlsplit(target)
        first, _, rest = url.path.removeprefix("/").partition("/")
        members = self._members()
        if url.path == f"/{first}" and first in members:  # its links begin below it
            return Said(307, {"Location": f"/{first}/"}, b"")
        if first in members:
            return self._of_one(first, members[first], f"/{rest}", url.query)
        if url.path == "/status":
            return self._status(members)
        if url.path == "/explain":
            return self._explain(members, target, url.query)
        if url.path == "/metrics":
            said = "Each balancer has metrics of its own:\n"
            return Said(404, {"Content-Type": TEXT}, _lines(said, members, "metrics"))
        for it in members.values():  # the page and its parts, which all have alike
            if answer := ask(it, target):
                return answer
        raise Unreachable

    def _of_one(self, name: str, url: str, path: str, query: str) -> Said:
        answer = ask(url, f"{path}?{query}" if query else path)
        if answer is None:
            raise Unreachable
        if path != "/status" or answer.status != 200:
            return answer
        # so that its page says whose it is, and leads back
        status = _parsed(answer)
        if status is None:
            raise Unreachable
        return _json(status | {"balancer": name, "all": "../"})

    def _status(self, members: dict[str, str]) -> Said:
        with self._lock:
            if self._fresh and self._clock() - self._fresh[0] < FRESH_SECONDS:
                return self._fresh[1]
            answers = self._answers(members, "/status")
            if self._sum is None:
                self._sum = AddedUp(self._catalogue(members), self._clock)
            try:
                said = _json(self._sum.take(answers))
            except ValueError:
                raise Unreachable from None
            self._fresh = self._clock(), said
            return said

    def _catalogue(self, members: dict[str, str]) -> dict[str, Any]:
        for url in members.values():
            answer = ask(url, "/catalogue")
            if (catalogue := _parsed(answer)) is not None:
                return catalogue
        raise Unreachable

    def _explain(self, members: dict[str, str], target: str, query: str) -> Said:
        limit = parse_qs(query).get("limit", ["10"])[0]
        most = int(limit) if re.fullmatch("[0-9]{1,9}", limit) else 10
        try:
            found = choices(self._answers(members, target), min(most, MOST_CHOICES))
        except ValueError:  # none has it: one of them says why
            refused = [it for url in members.values() if (it := ask(url, target))]
            if not refused:
                raise Unreachable from None
            return refused[0]
        return _json(found)

    def _answers(self, members: dict[str, str], path: str) -> dict[str, dict[str, Any] | None]:
        said = self._pool.map(lambda url: ask(url, path), members.values())
        return {name: _parsed(it) for name, it in zip(members, said, strict=True)}

    def close(self) -> None:
        """Asks nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _parsed(said: Said | None) -> dict[str, Any] | None:
    """The JSON of an answer; None where there is none that can be read."""
    if said and said.status == 200:
        with contextlib.suppress(ValueError):
            return json.loads(said.body)
    return None


def _json(content: dict[str, Any]) -> Said:
    return Said(200, {"Content-Type": JSON}, (json.dumps(content) + "\n").encode())


def _lines(said: str, members: dict[str, str], page: str) -> bytes:
    return (said + "".join(f"/{name}/{page}\n" for name in members)).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    pages: Pages


class _Handler(Answers):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        host = self.headers.get("Host", "").partition(":")[0]
        if host not in HOSTS:  # a page elsewhere whose name was led here (DNS rebinding)
            self.answer(421, TEXT, f"use one of these names: {', '.join(HOSTS)}\n")
            return
        try:
            said = self.server.pages.get(self.path)
        except Unreachable:
            self.answer(503, TEXT, "no balancer answers\n")
            return
        with contextlib.suppress(ConnectionError):  # a window that was closed
            self.send_response(said.status)
            has = {name.lower() for name in said.headers}
            own = {name: it for name, it in OWN_HEADERS.items() if name.lower() not in has}
            for name, value in (said.headers | own).items():
                self.send_header(name, value)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)


@contextlib.contextmanager
def served(pages: Pages, port: int) -> Iterator[str]:
    """Answers on this port of 127.0.0.1 within the block; the value is the URL."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.pages = pages
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            pages.close()
