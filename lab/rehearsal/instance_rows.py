"""Rows of the table about the instances, made of what facts.sh printed on each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.machine.prerequisites import Finding

OPEN_FILES = (
    4096  # a burst is a thousand connections, and the balancer has one more to a target for each
)
NOT_LOCAL = "not on this machine"
OLDEST_JAVA = 17
OLDEST_PYTHON = (3, 11)
TRANSPORTS = ("io_uring", "epoll")

Facts = Mapping[str, str]


def parsed(printed: str) -> dict[str, str]:
    """The facts among the lines that a machine printed."""
    pairs = (line.partition("=") for line in printed.splitlines() if "=" in line)
    return {name: value.strip() for name, _, value in pairs}


@dataclass(frozen=True)
class _Row:
    """One row: the fact, on which instances it is looked at, and which values are good."""

    what: str
    fact: str
    good: Callable[[str], bool]
    local: bool = True


def _number(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else -1


def _java(text: str) -> bool:
    return _number(text) >= OLDEST_JAVA


def _python(text: str) -> bool:
    found = re.search(r"(\d+)\.(\d+)", text)
    return bool(found) and (int(found[1]), int(found[2])) >= OLDEST_PYTHON


def _unit(whose: str, name: str) -> list[_Row]:
    return [
        _Row(f"{whose} unit", f"{name}.state", lambda it: it == "active"),
        _Row(f"{whose} unit at boot", f"{name}.boot", lambda it: it == "enabled", local=False),
        _Row(f"{whose} restarts", f"{name}.restarts", lambda it: it == "0", local=False),
        _Row(f"{whose} errors in its log", f"{name}.errors", lambda it: it == "0"),
        _Row(f"{whose} open files, at most", f"{name}.files", lambda it: _number(it) >= OPEN_FILES),
    ]


def _rows(jar: str) -> list[_Row]:
    return [
        _Row("operating system", "system", bool),
        _Row("kernel", "kernel", bool),
        _Row("start script's last word", "script", lambda it: it.endswith("is ready")),
        _Row("clock is synchronised", "clock", lambda it: it == "yes", local=False),
        _Row("metadata without a token", "metadata", lambda it: it == "401", local=False),
        _Row(
            "queue for new connections", "queue", lambda it: _number(it) >= OPEN_FILES, local=False
        ),
        _Row("Python", "python", _python),
        *_unit("application's", "app"),
        _Row("application's /health", "health", lambda it: it == "200"),
        _Row("JDK", "java", _java),
        *_unit("Leadline's", "balancer"),
        _Row("Leadline's jar is the one built here", "jar", lambda it: it == jar),
        _Row("Leadline's version", "version", bool),
        _Row("Leadline's transport", "transport", lambda it: it in TRANSPORTS),
        _Row("Leadline's /ready", "ready", lambda it: it == "200"),
    ]


def rows(facts: Mapping[str, Facts], jar: str, *, is_local: bool) -> list[Finding]:
    """One row a fact.

    Args:
        facts: of each instance, by its name
        jar: SHA-256 of the jar that was deployed, in hexadecimal
        is_local: what the emulated machines do not have is left open
    """
    found = [_finding(row, facts, is_local=is_local) for row in _rows(jar)]
    return [*found, _healthy(facts)]


def _finding(row: _Row, facts: Mapping[str, Facts], *, is_local: bool) -> Finding:
    if is_local and not row.local:
        return Finding(row.what, NOT_LOCAL, None)
    values = {name: its[row.fact] for name, its in facts.items() if row.fact in its}
    if not values:
        return Finding(row.what, "no instance said it", False)
    return Finding(row.what, together(values), all(map(row.good, values.values())))


def _healthy(facts: Mapping[str, Facts]) -> Finding:
    what = "healthy targets, as Leadline has them"
    groups = {
        name.removeprefix("group."): value
        for its in facts.values()
        for name, value in its.items()
        if name.startswith("group.")
    }
    said = ", ".join(f"{name} {value}" for name, value in groups.items())
    whole = all(of == healthy for healthy, _, of in (it.partition("/") for it in groups.values()))
    return Finding(what, said or "no instance said it", bool(groups) and whole)


def together(values: Mapping[str, str]) -> str:
    """Values of several instances in one line: one value once, different ones with who has them."""
    by_value: dict[str, list[str]] = {}
    for name, value in values.items():
        by_value.setdefault(_without_time(value) or "nothing", []).append(name)
    if len(by_value) == 1:
        return next(iter(by_value))
    return "; ".join(f"{value} ({', '.join(names)})" for value, names in by_value.items())


def _without_time(value: str) -> str:
    """A line of a log without its time, which differs from instance to instance."""
    return re.sub(r"^\d{4}-\d\d-\d\dT\S+ leadline: ", "", value)
