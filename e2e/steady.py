"""A client that asks some URLs over and over in the background, and remembers every answer that was not 200."""

import time
import urllib.error
import urllib.request
from collections import Counter
from functools import partial
from typing import Self

from e2e.background import Background

PAUSE_SECONDS = 0.05
TIMEOUT_SECONDS = 10
SHOWN = 5

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str) -> str:
    """One request on a connection of its own: the status, or the error's name."""
    try:
        with _opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
            answer.read()
            return str(answer.status)
    except urllib.error.HTTPError as answer:
        with answer:
            return str(answer.code)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return type(reason).__name__


class Steady(Background):
    """While the block runs, a thread for each URL sends about twenty requests a second to it."""

    def __init__(self, *urls: str) -> None:
        super().__init__(*(partial(self._run, url) for url in urls))
        self._urls = urls
        self._failures: list[str] = []
        self.answers: Counter[str] = Counter()
        """How often each URL was answered with 200."""

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        return super().__enter__()

    def _run(self, url: str) -> None:
        while not self._end.wait(PAUSE_SECONDS):
            at = time.monotonic() - self._begun
            outcome = ask(url)
            if outcome == "200":
                self.answers[url] += 1
            else:
                self._failures.append(f"{outcome} from {url} after {at:.1f} s")

    def require_all_answered(self) -> None:
        """Raises AssertionError where a request was not answered with 200, or a URL was never asked."""
        shown = "; ".join(self._failures[:SHOWN])
        assert not self._failures, f"{len(self._failures)} requests failed: {shown}"
        silent = [url for url in self._urls if not self.answers[url]]
        assert not silent, f"never asked: {silent}"
