"""The balancers' admin pages on this machine: of one balancer, or of several each by itself and all added up."""

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import console
from lab.commands import last_lines, wait
from lab.errors import LabError
from lab.profile import Profile
from lab.running import admin_pages, fleet, forwarding
from lab.running.forwarding import ADMIN_PORT, Session

LOOK_SECONDS = 5
PAGES = (
    ("/", "the dashboard"),
    ("/status", "targets, their health and load"),
    ("/explain?group=NAME", "the last choices of a target group, with the reason of each"),
    ("/metrics", "everything counted, for Prometheus"),
)


def show(profile: Profile, port: int | None) -> None:
    """Says where the admin pages are and keeps them open until Ctrl-C.

    The page of a single balancer on this machine is open anyway: there it returns at once.

    Raises:
        LabError: where a program is missing, no instance runs or can be reached, or the port is taken.
    """
    found = fleet.balancers(profile)
    running = [it for it in found if it["state"] == fleet.RUNNING]
    if not running:
        state = f"is {found[0]['state']}" if found else "is no more"
        raise LabError(
            f"the balancer's instance {state}; ./deploy.sh start starts what was stopped"
        )
    if len(running) > 1:
        _show_all(profile, port, running)
    elif profile.is_local:
        url = _url(running[0])
        if not forwarding.answers(url):
            raise LabError(f"{url} does not answer; {profile.state / 'machines'} has its log")
        _say(url)
    else:
        _forward(profile, running[0]["id"], port)


def _url(balancer: dict[str, str]) -> str:
    return f"http://{balancer['address']}:{ADMIN_PORT}"


def _say(url: str) -> None:
    console.heading("The balancer's admin pages")
    for path, what in PAGES:
        console.say(f"  {url + path:<46} {what}")


def _forward(profile: Profile, instance_id: str, wish: int | None) -> None:
    forwarding.require_programs()
    forwarding.require_agent(profile, instance_id)
    port = forwarding.local_port(wish)
    session = Session(profile, instance_id, port)
    try:
        with console.step("Opening a session", f"forwarding port {port} to {instance_id}"):
            session.await_open()
        _say(session.url)
        console.say("  Until Ctrl-C.")
        wait(session.process)
        raise LabError(
            "Session Manager ended the session (it does after 20 minutes without use):\n\n"
            f"{last_lines(session.log)}\n\n./deploy.sh dashboard --profile {profile.name} opens it again"
        )
    except KeyboardInterrupt:
        console.say("\n  closed")
    finally:
        session.end()


def _show_all(profile: Profile, wish: int | None, running: list[dict[str, str]]) -> None:
    ways: _Sessions | _Addresses = _Addresses() if profile.is_local else _Sessions(profile)
    try:
        with console.step(
            "Reaching the balancers", f"{len(running)} balancers, one by one and all added up"
        ):
            members = ways.to(running)
        if not members:
            raise LabError("none of the balancers can be reached; ./deploy.sh status says more")
        pages = admin_pages.Pages(lambda: members)
        with admin_pages.served(pages, forwarding.local_port(wish)) as url:
            _say_all(url, [*members])
            while True:
                time.sleep(LOOK_SECONDS)
                members = _look_again(profile, ways, members)
    except KeyboardInterrupt:
        console.say("\n  closed")
    finally:
        ways.end()


def _say_all(url: str, names: list[str]) -> None:
    console.heading("The balancers' admin pages")
    console.say(f"  {url + '/':<46} all balancers added up")
    for name in names:
        console.say(f"  {f'{url}/{name}/':<46} this one alone")
    console.say("\n  Below each: status, explain?group=NAME. Below a single one: metrics, too.")
    console.say("  A balancer that joins is there a few seconds later. Until Ctrl-C.")


def _look_again(profile: Profile, ways: Any, members: dict[str, str]) -> dict[str, str]:
    """Who is there by now; where the account does not say, those that were."""
    try:
        running = [it for it in fleet.balancers(profile) if it["state"] == fleet.RUNNING]
        return ways.to(running) or members
    except (BotoCoreError, ClientError, LabError):
        return members


class _Addresses:
    """On this machine every admin port has an address."""

    def to(self, running: list[dict[str, str]]) -> dict[str, str]:
        """The URL of each balancer, by its id."""
        return {it["id"]: _url(it) for it in running}

    def end(self) -> None:
        """There is nothing to end."""


class _Sessions:
    """In an account there is a session for each balancer."""

    def __init__(self, profile: Profile) -> None:
        forwarding.require_programs()
        self._profile = profile
        self._open: dict[str, Session] = {}
        self._refused: set[str] = set()

    def to(self, running: list[dict[str, str]]) -> dict[str, str]:
        """The URL of each balancer that can be reached, by its id; why one cannot be is said once."""
        wanted = {it["id"] for it in running}
        for name, session in [*self._open.items()]:
            if name not in wanted or session.process.poll() is not None:
                self._open.pop(name).end()
        for name in sorted(wanted - self._open.keys()):
            self._try(name)
        return {it["id"]: self._open[it["id"]].url for it in running if it["id"] in self._open}

    def _try(self, name: str) -> None:
        try:
            forwarding.require_agent(self._profile, name)
            session = Session(self._profile, name, forwarding.any_port())
            self._open[name] = session  # ended at the end, whatever comes
            session.await_open()
        except LabError as problem:
            if name in self._open:
                self._open.pop(name).end()
            if name not in self._refused:
                self._refused.add(name)
                console.warn(str(problem))

    def end(self) -> None:
        """Ends every session."""
        for session in self._open.values():
            session.end()
        self._open.clear()
