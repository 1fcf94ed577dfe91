"""A network that lets few connections through is found out before the lab costs anything."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from lab import topology
from lab.account import uplink
from lab.aws import stack
from lab.profile import Profile


def opened(listener: socket.socket, wanted: int, seconds: float) -> int:
    host, port = listener.getsockname()
    return asyncio.run(uplink._opened(host, port, wanted, seconds))


def test_all_connections_are_open_at_the_same_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        assert opened(listener, 200, 10) == 200


def test_a_router_that_lets_few_through() -> None:
    """A listener that never accepts holds as many connections as its queue has places, and drops the others."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
        assert opened(listener, 100, 0.5) == 21


def test_the_finding_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ec2 = SimpleNamespace(meta=SimpleNamespace(endpoint_url=address))
        monkeypatch.setattr(stack, "client", lambda *_: ec2)
        monkeypatch.setattr(uplink, "SECONDS", 0.5)
        plan = topology.read({"mixed": "false"}, flags={"rounds": "3", "requests": "1000"})
        good = uplink.check(Profile("aws"), plan, 10)  # a smaller burst needs no more
        assert (good.found, good.ok) == ("10 of 10 opened", True)
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
        ec2.meta.endpoint_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        bad = uplink.check(Profile("aws"), plan, 1000)
    assert bad.found.startswith("this network opened 21 of 200")
    assert bad.remedy.startswith(
        "./deploy.sh up --profile aws --rounds 3 --requests 21 -c mixed=false, or"
    )
