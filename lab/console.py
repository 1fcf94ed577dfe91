"""Everything the user reads goes through here: one style, 80 columns, NO_COLOR honoured."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape

SILENCE_SECONDS = 60  # the longest, where there is something to say

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def for_scripts(yes: bool) -> Iterator[None]:
    """While standard output is a script's, for the JSON alone, everything else goes to standard error."""
    out.stderr = yes
    try:
        yield
    finally:
        out.stderr = False
        _answers.clear()


_answers: list[dict[str, Any]] = []


def answer(value: dict[str, Any]) -> None:
    """The JSON that a script asked for."""
    _answers.append(value)
    print(json.dumps(value, indent=2))


def answered() -> bool:
    """Whether the script has its JSON, and must not get another."""
    return bool(_answers)


def say(message: str = "") -> None:
    """One line of plain information."""
    out.print(escape(message))


def heading(message: str) -> None:
    """The name of what follows."""
    out.print(f"\n[bold]{escape(message)}[/bold]")


def complain(message: str) -> None:
    """What went wrong; on standard error."""
    err.print(f"[red]error:[/red] {escape(message)}")


def warn(message: str) -> None:
    """What the user should know but need not act upon; on standard error."""
    err.print(f"[yellow]note:[/yellow] {escape(message)}")


class Step:
    """A step under way; ``detail`` may be changed meanwhile and stands beside the elapsed time.

    Where there is no terminal, a detail that is set after a minute of silence is printed as a line of its own.
    """

    def __init__(self) -> None:
        self._detail = ""
        self._spoke = time.monotonic()

    @property
    def detail(self) -> str:
        """How far the step is, in a few words."""
        return self._detail

    @detail.setter
    def detail(self, words: str) -> None:
        self._detail = words
        if not out.is_terminal and time.monotonic() - self._spoke >= SILENCE_SECONDS:
            say(f"      {words}")
            sys.stdout.flush()
            self._spoke = time.monotonic()


@contextmanager
def step(doing: str, done: str) -> Iterator[Step]:
    """Shows ``doing`` while the block runs, and ``done`` with the time it took when it ended well."""
    start = time.monotonic()
    progress = Step()
    try:
        if out.is_terminal:
            with out.status("") as status:
                status.update(_Ticker(doing, progress, start))
                yield progress
        else:
            say(f"  ... {doing}")
            sys.stdout.flush()
            yield progress
    except BaseException:
        out.print(f"  [red]no[/red]  {escape(doing)} {_since(start)}")
        raise
    out.print(f"  [green]ok[/green]  {escape(done)} {_since(start)}")


def _since(start: float) -> str:
    return f"[dim]({time.monotonic() - start:.0f} s)[/dim]"


class _Ticker:
    """Renders the step's line anew at each refresh, so that seconds are seen to pass."""

    def __init__(self, doing: str, progress: Step, start: float) -> None:
        self._doing = doing
        self._progress = progress
        self._start = start

    def __rich__(self) -> str:
        detail = f", {self._progress.detail}" if self._progress.detail else ""
        return escape(f"{self._doing}{detail} ({time.monotonic() - self._start:.0f} s)")


def can_ask() -> bool:
    """Whether there is a terminal to ask at."""
    return sys.stdin is not None and sys.stdin.isatty()


def question(text: str) -> str:
    """Asks for a line of text on the terminal; empty where there is none or nobody answers."""
    if not can_ask():
        return ""
    try:
        return input(f"{text} ").strip()
    except EOFError:
        return ""


def ask(text: str) -> bool:
    """Asks a yes-or-no question on the terminal; anything but yes is no."""
    return question(f"{text} [y/N]").lower() in ("y", "yes")
