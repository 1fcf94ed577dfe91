"""The policies of one lab, measured in turn: those of Leadline, and the algorithms of the load balancer.

The benchmark sees a balancer for each of them. Before the bursts of one it asks this program to set it, by a POST to an
address of this machine, and waits for the answer.
"""

import contextlib
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import console, kinds
from lab.errors import USAGE, LabError
from lab.loopback import Answers
from lab.profile import Profile
from lab.refusals import explained
from lab.running import labfile
from lab.running.switching import Switches, put_back_at_the_end

ALGORITHMS = ("round_robin", "least_outstanding_requests")
MOST = 6  # with the load balancer's two, as many as a report has colours for
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
# Where tables have little room.
SHORT = {"least_outstanding_requests": "lor", "round_robin": "rr"}


def names(text: str) -> list[str]:
    """The policies of a list with commas.

    Raises:
        ValueError: when there are none, one twice, or too many.
    """
    found = [name.strip() for name in text.split(",")]
    whole = all(NAME.fullmatch(name) for name in found) and len(set(found)) == len(found)
    if not whole or len(found) > MOST:
        raise ValueError(
            f"'{text}' is no list of one to {MOST} different policies, with commas between; "
            "java -jar balancer/target/balancer.jar policies lists them"
        )
    return found


@contextlib.contextmanager
def in_turn(profile: Profile, lab: dict[str, Any], policies: list[str]) -> Iterator[Path]:
    """A lab file with a balancer for each policy and each algorithm; what was in force is put back at the end.

    Each policy is set once beforehand: one that there is not, or a permission that is missing, shows now and not in the
    middle of a run.

    Raises:
        LabError: when a policy cannot be set, or what was in force cannot be put back.
    """
    if len(policies) == 1 and all(it["name"] != kinds.ALB for it in lab["balancers"]):
        raise LabError(
            f"{policies[0]} would be compared with nothing: this lab has no Application Load Balancer, so name two "
            "policies or more",
            USAGE,
        )
    switches = Switches(profile)
    with put_back_at_the_end(profile, switches, lab["settings"]["policy"]):
        with console.step("Trying each policy", f"{len(policies)} policies can be set"):
            for policy in policies:
                switches.set_policy(policy)
        actions: dict[str, Callable[[], None]] = {}
        for (
            algorithm
        ) in ALGORITHMS:  # none is asked for where there is no Application Load Balancer
            actions[f"alb/{algorithm}"] = _algorithm(switches, algorithm)
        for policy in policies:
            actions[f"leadline/{policy}"] = _policy(switches, policy)
        with _listening(actions) as url:
            file = profile.state / "policies.json"
            labfile.write_to(file, described(lab, policies, url))
            yield file
            file.unlink(missing_ok=True)


def _algorithm(switches: Switches, algorithm: str) -> Callable[[], None]:
    groups = list(switches.algorithms())
    return lambda: switches.set_algorithms(dict.fromkeys(groups, algorithm))


def _policy(switches: Switches, policy: str) -> Callable[[], None]:
    return lambda: switches.set_policy(policy)


def described(lab: dict[str, Any], policies: list[str], url: str) -> dict[str, Any]:
    """The lab as the benchmark shall see it: the first algorithm is what the others are compared with.

    The kinds that have nothing to set are left out. Without an Application Load Balancer the first policy is what the
    others are compared with.
    """
    of_kind = {it["name"]: it for it in lab["balancers"]}
    alb, leadline = of_kind.get(kinds.ALB), of_kind[kinds.LEADLINE]

    def one(balancer: dict[str, Any], name: str, value: str) -> dict[str, Any]:
        setting = {
            "of": balancer["title"],
            "value": value,
            "url": f"{url}/{balancer['name']}/{value}",
        }
        title = f"{balancer['title']} ({value})"
        return {**balancer, "name": name, "title": title, "setting": setting}

    algorithms = [one(alb, f"{alb['name']}-{SHORT[it]}", it) for it in ALGORITHMS] if alb else []
    own = [one(leadline, "lor" if it == ALGORITHMS[1] else it, it) for it in policies]
    return {
        **lab,
        "balancers": [*algorithms[:1], *own, *algorithms[1:]],
        "notes": [note.replace("own server in round robin", "own server") for note in lab["notes"]],
        "settings": {},
    }


class _Server(HTTPServer):
    """One request after the other: two settings at once would be neither."""

    actions: dict[str, Callable[[], None]]


class _Handler(Answers):
    server: _Server

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        action = self.server.actions.get(self.path)
        status, said = (200, "") if action else (404, "there is nothing to be set at this address")
        if action:
            try:
                action()
            except (LabError, ClientError, BotoCoreError) as problem:
                status, said = 500, explained(str(problem))
        self.answer(status, "text/plain; charset=utf-8", said)


@contextlib.contextmanager
def _listening(actions: dict[str, Callable[[], None]]) -> Iterator[str]:
    """Answers POSTs on an address that only this machine reaches, below a path that nobody can guess."""
    secret = secrets.token_urlsafe(16)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.actions = {f"/{secret}/{name}": action for name, action in actions.items()}
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{secret}"
        finally:
            server.shutdown()  # waits for what is being set: nothing may be set after it was put back
            thread.join()
