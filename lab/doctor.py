"""Checks everything that a lab needs, before anything is done: this machine, and the account if there is one."""

import platform
from typing import Any

from lab import console
from lab.account import checks
from lab.errors import LabError
from lab.machine import emulator, prerequisites
from lab.machine.prerequisites import Finding
from lab.profile import DEFAULT_PORT, Profile

MARKS = {
    True: ("ok", "[green]ok[/green]     "),
    False: ("failed", "[red]missing[/red]"),
    None: ("unknown", "[yellow]unknown[/yellow]"),
}


def machine(name: str | None, port: int | None) -> list[Finding]:
    """What this machine has; the ports of a local lab that is up are its own."""
    found = prerequisites.tools()
    if not prerequisites.has_local_lab():
        found.append(
            Finding(
                "Linux, for ./deploy.sh local",
                platform.system(),
                False if name == "local" else None,  # it may not be wanted at all
                prerequisites.LOCAL_ELSEWHERE,
            )
        )
    elif emulator.process_id(Profile("local")) is None:
        found += prerequisites.local_ports(port or DEFAULT_PORT)
    return found


def in_account(name: str | None) -> list[Finding] | None:
    """What the account has; None without a profile and without credentials on this machine."""
    if name == "local" or (name is None and not checks.is_configured()):
        return None
    profile = Profile(name or "aws")
    try:
        return checks.findings(profile)
    except LabError as problem:
        return [Finding("account", str(problem), False)]


def examine(name: str | None, port: int | None, *, as_json: bool) -> None:
    """Checks everything and prints the results.

    Raises:
        LabError: where something is missing that would make a lab fail.
    """
    here = machine(name, port)
    there = in_account(name)
    found = here + (there or [])
    bad = [it for it in found if it.ok is False]
    if as_json:
        console.answer(
            {
                "ok": not bad,
                "machine": [_as_json(it) for it in here],
                "account": None if there is None else [_as_json(it) for it in there],
            }
        )
    console.heading("This machine")
    _show(here)
    if emulator.process_id(Profile("local")) is not None:
        console.say("  A local lab is up; its ports are its own.")
    console.heading("AWS (for ./deploy.sh up; ./deploy.sh local needs none)")
    if there is None:
        console.say("  not looked at: this machine has no AWS credentials (aws configure)")
    _show(there or [])
    if bad:
        raise LabError(f"{len(bad)} of {len(found)} checks failed")


def _as_json(it: Finding) -> dict[str, Any]:
    return {"what": it.what, "state": MARKS[it.ok][0], "found": it.found} | (
        {} if it.ok else {"cure": it.remedy}
    )


def _show(findings: list[Finding]) -> None:
    for it in findings:
        console.out.print(f"  {MARKS[it.ok][1]}  {it.what:<38} ", end="")
        console.say(it.found)
        if it.remedy and not it.ok:
            console.say(f"           -> {it.remedy}")
