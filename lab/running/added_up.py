"""What the balancers of a group say of themselves, added up: one answer of the form of /status (docs/admin-port.md)."""

import time
from collections.abc import Callable, Iterable
from typing import Any

Status = dict[str, Any]
# A target's load is each balancer's own opinion, and a probe is of one path: a sum would mean nothing.
MEAN = ("load", "probedResponseMillis")
LARGEST = ("busiestClientConnections",)
# Of what each balancer checks for itself, the worst verdict is shown.
VERDICTS = ("unhealthy", "initial", "healthy")


class AddedUp:
    """Adds up answers as they come. Counts never shrink: what a balancer counted stays when it leaves. Not thread-safe.

    What is kept of balancers that are gone is one answer, with the groups and targets that there still are.
    """

    def __init__(self, catalogue: dict[str, Any], clock: Callable[[], float] = time.monotonic):
        """Knows from the balancers' catalogue what kind of figure each is; ``clock`` counts seconds."""
        self._metrics = {level: catalogue[level] for level in ("balancer", "targetGroup", "target")}
        self._clock = clock
        self._began = clock()
        self._older: float | None = None
        self._last: dict[str, Status] = {}
        self._past: Status = {"targetGroups": []}

    def take(self, answers: dict[str, Status | None]) -> Status:
        """All of them as one.

        Args:
            answers: by balancer; None of one that gives no answer now, whose counts are as it last said them.

        Raises:
            ValueError: where none answers.
        """
        now = {name: it for name, it in answers.items() if it is not None}
        if not now:
            raise ValueError("no balancer answers")
        for name, last in [*self._last.items()]:
            again = now.get(name, last)
            if name not in answers or again["uptimeMillis"] < last["uptimeMillis"]:
                self._past = self._counts([self._past, self._last.pop(name)])
        self._last |= now
        silent = [self._last[name] for name in answers if name not in now and name in self._last]
        parts = [*now.values()]
        counted = [*parts, *(self._counts([it]) for it in silent), self._past]
        added = self._added(parts, counted, [*now])
        self._past = _without_strangers(self._past, added)
        return added | {"balancers": [self._row(name, it) for name, it in answers.items()]}

    def _added(self, parts: list[Status], counted: list[Status], names: list[str]) -> Status:
        if self._older is None:
            self._older = max(it["uptimeMillis"] for it in parts)
        whole = self._combined("balancer", counted)
        whole.pop("peers", None)  # each has its own
        groups = [
            self._group(name, parts, counted, names)
            for name in _distinct(group["name"] for it in parts for group in it["targetGroups"])
        ]
        return whole | {
            "version": _named(it["version"] for it in parts),
            "transport": _named(it["transport"] for it in parts),
            "loops": sum(it["loops"] for it in parts),
            "uptimeMillis": int(self._older + (self._clock() - self._began) * 1000),
            "targetGroups": groups,
        }

    def _group(
        self, name: str, parts: list[Status], counted: list[Status], names: list[str]
    ) -> Status:
        own = [_group_of(it, name) for it in parts]
        there = [it for it in own if it]
        all_counted = [it for it in (_group_of(part, name) for part in counted) if it]
        keys = _distinct(_key(target) for it in there for target in it["targets"])
        targets = []
        for key in keys:
            found = [(who, _target_of(it, key)) for who, it in zip(names, own, strict=True)]
            counts = [target for it in all_counted if (target := _target_of(it, key))]
            targets.append(self._target([(who, it) for who, it in found if it], counts))
        problems = [
            f"{who}: {it['discoveryProblem']}"
            for who, it in zip(names, own, strict=True)
            if it and it["discoveryProblem"]
        ]
        health = [it["health"] for it in targets]
        return self._combined("targetGroup", all_counted) | {
            "name": name,
            "policy": _named(it["policy"] for it in there),
            "policySummary": there[0]["policySummary"],
            "discoveryProblem": "; ".join(problems) or None,
            "healthyTargets": health.count("healthy"),
            "unhealthyTargets": health.count("unhealthy"),
            "targets": targets,
        }

    def _target(self, found: list[tuple[str, Status]], counts: list[Status]) -> Status:
        first = found[0][1]
        why = [f"{who}: {it['unhealthyBecause']}" for who, it in found if it["unhealthyBecause"]]
        return self._combined("target", counts) | {
            **{key: first[key] for key in ("id", "address", "weight")},
            "health": min((it["health"] for _, it in found), key=VERDICTS.index),
            "unhealthyBecause": "; ".join(why) or None,
        }

    def _combined(self, level: str, parts: list[Status]) -> Status:
        """Every metric of a level; a part that lacks one has no say in it."""
        combined: Status = {}
        for metric in self._metrics[level]:
            values = [value for it in parts if (value := _at(it, metric["key"])) is not None]
            _put(combined, metric["key"], _one(metric, values) if values else None)
        return combined

    def _counts(self, parts: list[Status]) -> Status:
        """Only what counts since the start, of all parts."""
        groups = []
        for name in _distinct(group["name"] for it in parts for group in it["targetGroups"]):
            own = [it for it in (_group_of(part, name) for part in parts) if it]
            keys = _distinct(_key(target) for it in own for target in it["targets"])
            targets = [
                self._counted("target", [it for part in own if (it := _target_of(part, key))])
                | dict(zip(("id", "address"), key, strict=True))
                for key in keys
            ]
            groups.append(self._counted("targetGroup", own) | {"name": name, "targets": targets})
        return self._counted("balancer", parts) | {"targetGroups": groups}

    def _counted(self, level: str, parts: list[Status]) -> Status:
        counted: Status = {}
        for metric in self._metrics[level]:
            if metric["type"] == "counter":
                values = [value for it in parts if (value := _at(it, metric["key"])) is not None]
                _put(counted, metric["key"], sum(values))
        return counted

    def _row(self, name: str, status: Status | None) -> Status:
        """One balancer in the list of all."""
        last = status or self._last.get(name)
        if last is None:
            return {"id": name, "answers": False}
        groups = last["targetGroups"]
        peers = last.get("peers") or {}
        others = [it for it in peers.get("members", ()) if it["state"] != "self"]
        return {
            "id": name,
            "answers": status is not None,
            "uptimeMillis": last["uptimeMillis"],
            "requests": sum(it["requests"] for it in groups),
            "errors": sum(it["targetErrors"] + it["balancerErrors"] for it in groups),
            "requestsInFlight": last["requestsInFlight"] if status else 0,
            "peersUsed": peers.get("used") if others else None,
            "peers": len(others) if others else None,
        }


def choices(answers: dict[str, dict[str, Any] | None], most: int) -> dict[str, Any]:
    """The last choices of all balancers, the newest first, each with its balancer: as one answer of /explain.

    Raises:
        ValueError: where none answers.
    """
    there = {name: it for name, it in answers.items() if it is not None}
    if not there:
        raise ValueError("no balancer answers")
    decisions = [
        {"balancer": name, **decision} for name, it in there.items() for decision in it["decisions"]
    ]
    decisions.sort(key=lambda it: it["agoMillis"])
    return next(iter(there.values())) | {"decisions": decisions[:most]}


def _one(metric: dict[str, Any], values: list[Any]) -> Any:
    key = metric["key"]
    if metric["type"] == "flag":
        return all(values) if key == "healthy" else any(values)
    if key in MEAN:
        return sum(values) / len(values)
    return max(values) if key in LARGEST else sum(values)


def _without_strangers(past: Status, now: Status) -> Status:
    """What is past, of the groups and targets that there still are."""
    groups = []
    for group in now["targetGroups"]:
        keys = {_key(it) for it in group["targets"]}
        if known := _group_of(past, group["name"]):
            groups.append(known | {"targets": [it for it in known["targets"] if _key(it) in keys]})
    return past | {"targetGroups": groups}


def _group_of(status: Status, name: str) -> Status | None:
    return next((it for it in status["targetGroups"] if it["name"] == name), None)


def _target_of(group: Status | None, key: tuple[str, str]) -> Status | None:
    return next((it for it in group["targets"] if _key(it) == key), None) if group else None


def _key(target: Status) -> tuple[str, str]:
    return target["id"], target["address"]


def _at(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _put(values: Status, key: str, value: Any) -> None:
    *outer, last = key.split(".")
    for part in outer:
        values = values.setdefault(part, {})
    values[last] = value


def _distinct(names: Iterable[Any]) -> list[Any]:
    return [*dict.fromkeys(names)]


def _named(names: Iterable[str]) -> str:
    return " and ".join(_distinct(names))
