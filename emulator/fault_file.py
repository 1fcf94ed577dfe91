"""What may stand in ``faults.json``; faults.py and restrictions.py say what it means."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from emulator.sayings import SAYINGS


class FaultFileError(ValueError):
    """Something in the file is not allowed; the message has its place and what is."""


Test = Callable[[Any], bool]
_ZONES = {zone.name for zones in RegionsAndZonesBackend.zones.values() for zone in zones}


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and _number(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _by_key(key: Test, value: Test) -> Test:
    return lambda it: isinstance(it, dict) and all(key(k) and value(v) for k, v in it.items())


_ZONE_FORM = "as in us-east-1a"
_A_TEXT = (_text, "a text")
_COUNT = (_count, "a whole number from 0 on")
_REFUSAL = {
    "code": _A_TEXT,
    "message": _A_TEXT,
    "times": (lambda it: it == "always" or _count(it), 'a whole number from 0 on, or "always"'),
}
_ENTRIES = {
    "calls": {"service": _A_TEXT, "action": _A_TEXT, **_REFUSAL},
    "resources": {
        "type": _A_TEXT,
        "operation": (
            lambda it: it in ("create", "update", "delete"),
            '"create", "update" or "delete"',
        ),
        **_REFUSAL,
    },
    "stacks": {"name": _A_TEXT, "status": _A_TEXT, "looks": _COUNT, "then": _A_TEXT},
}
_NEEDED = {"calls": ("code",), "resources": ("type", "code"), "stacks": ("name", "status")}
_ACCOUNT = {
    "plan": (lambda it: it in ("FREE", "PAID"), '"FREE" or "PAID"'),
    "types": (_texts, "a list of instance types"),
    "loadBalancers": (lambda it: isinstance(it, bool), "true or false"),
    "zonesWithout": (
        _by_key(_ZONES.__contains__, _texts),
        f"a list of instance types for each zone, {_ZONE_FORM}",
    ),
    "lostZones": (
        lambda it: _texts(it) and set(it) <= _ZONES,
        f"a list of zones of AWS, {_ZONE_FORM}",
    ),
    "quotas": (_by_key(_text, _number), "a number for each code of a quota"),
    "denied": (_texts, "a list of actions, as in iam:CreateRole"),
    "egress": (lambda it: _texts(it) and it != [], "a list of at least one address"),
}


def parsed(text: str) -> dict[str, Any]:
    """The content of the file.

    Raises:
        FaultFileError: it is no JSON, or something in it is not allowed
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise FaultFileError(f"no JSON: {error}") from error
    _check_keys(content, "", (*_ENTRIES, "account"))
    for kind, allowed in _ENTRIES.items():
        entries = content.get(kind, [])
        if not isinstance(entries, list):
            raise FaultFileError(f"{kind} is {_shown(entries)}; allowed is a list")
        for number, entry in enumerate(entries):
            _check(entry, f"{kind}[{number}]", allowed)
            for key in _NEEDED[kind]:
                if key not in entry:
                    raise FaultFileError(f"{kind}[{number}].{key} is missing")
            code = entry.get("code")
            if code and code not in SAYINGS and "message" not in entry:
                raise FaultFileError(
                    f'{kind}[{number}].code is "{code}", which needs a message; without one: {", ".join(SAYINGS)}'
                )
    _check(content.get("account", {}), "account", _ACCOUNT)
    return content


def _check(found: Any, where: str, allowed: Mapping[str, tuple[Test, str]]) -> None:
    _check_keys(found, where, tuple(allowed))
    for key, value in found.items():
        fits, what = allowed[key]
        if not fits(value):
            raise FaultFileError(f"{where}.{key} is {_shown(value)}; allowed is {what}")


def _check_keys(found: Any, where: str, allowed: tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        raise FaultFileError(f"{where or 'the whole'} is {_shown(found)}; allowed is a mapping")
    for key in found:
        if key not in allowed:
            place = f"{where}.{key}" if where else key
            raise FaultFileError(f"{place} is no key; allowed are {', '.join(allowed)}")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
