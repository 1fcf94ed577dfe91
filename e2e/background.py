"""What sends requests in the background, in threads, while a block runs."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Background:
    """Runs each function in a thread of its own from the beginning of the block until its end."""

    def __init__(self, *functions: Callable[[], None]) -> None:
        """A function returns soon after ``_end`` is set."""
        self._end = threading.Event()
        self._threads = [threading.Thread(target=function) for function in functions]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
