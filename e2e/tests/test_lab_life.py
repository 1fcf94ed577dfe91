"""The life of a lab, as a person lives it: every verb, in an order that people use.

In the long tests test_lab_changes.py has the same steps and more, and .ci/run has the first ones in a clean clone.
"""

import asyncio
import json
import socket
from contextlib import closing

import pytest

from e2e import evidence
from e2e.assignment_client import volley
from e2e.checkout import Checkout

SHORT_RUN = ("--rounds", "1", "--warm-up", "1")


def status_of(lab: Checkout) -> dict:
    status = lab.deploy("status", "--json")
    assert status.returncode == 0, status.stdout
    return json.loads(status.stdout)


@pytest.mark.short
def test_status_names_both_balancers_and_nine_healthy_targets(lab: Checkout) -> None:
    status = status_of(lab)
    assert set(status) == {
        *("profile", "stack", "balancers", "balancerInstance", "targets", "lost", "cost", "notes")
    }
    assert status["stack"] == "CREATE_COMPLETE"
    assert status["balancerInstance"]["state"] == "running"
    assert status["lost"] == status["notes"] == []
    assert status["cost"]["dollars"] == 0
    assert status["profile"] == "local"
    assert set(status["balancers"]) == {"alb", "leadline"}
    assert sorted(target["number"] for target in status["targets"]) == list(range(1, 10))
    assert {target["state"] for target in status["targets"]} == {"healthy"}
    assert [target["type"] for target in status["targets"]].count("t2.large") == 4
    assert {frozenset(t) for t in status["targets"]} == {
        frozenset({"id", "number", "cluster", "type", "address", "state"})
    }


@pytest.mark.short
def test_a_run_leaves_the_evidence_it_should(lab: Checkout) -> None:
    """Runs before the other clients: CloudWatch counts by the minute, whichever client sent a request."""
    bench = lab.deploy("bench", *SHORT_RUN)
    assert bench.returncode == 0, bench.stdout
    evidence.check_run(lab.folder)


@pytest.fixture(scope="module")
def first_status(lab: Checkout) -> dict:
    """The lab's status, asked for once."""
    return status_of(lab)


@pytest.mark.short
@pytest.mark.parametrize("unlimited", [False, True], ids=["100 connections", "no limit"])
@pytest.mark.parametrize("path", ["/cluster1", "/cluster2"])
@pytest.mark.parametrize("balancer", ["alb", "leadline"])
def test_the_assignments_client_gets_every_answer(
    first_status: dict, balancer: str, path: str, unlimited: bool
) -> None:
    outcome = asyncio.run(
        volley(first_status["balancers"][balancer] + path, 1000, unlimited=unlimited)
    )
    assert outcome.statuses == {200: 1000}
    cluster = {t["id"] for t in first_status["targets"] if "/" + t["cluster"] == path}
    assert set(outcome.instances) == cluster


@pytest.mark.short
def test_stopped_targets_are_down_and_come_back(lab: Checkout) -> None:
    before = status_of(lab)
    stopped = lab.deploy("stop", "--yes")
    assert stopped.returncode == 0, stopped.stdout
    assert "healthy" not in {target["state"] for target in status_of(lab)["targets"]}
    assert not [address for address in evidence.listeners() if address.startswith("127.1.")]

    started = lab.deploy("start")
    assert started.returncode == 0, started.stdout
    after = status_of(lab)
    assert {target["state"] for target in after["targets"]} == {"healthy"}
    assert [t["id"] for t in after["targets"]] == [t["id"] for t in before["targets"]]
    url = after["balancers"]["leadline"] + "/cluster1"
    assert asyncio.run(volley(url, 50, unlimited=True)).statuses == {200: 50}


@pytest.mark.short
def test_a_second_local_uses_the_lab_that_is_up(lab: Checkout) -> None:
    before = status_of(lab)
    again = lab.deploy("local", "--yes", "--no-bench")
    assert again.returncode == 0, again.stdout
    assert status_of(lab)["targets"] == before["targets"]


@pytest.mark.short
def test_destroy_leaves_nothing_and_says_so(lab: Checkout) -> None:
    destroyed = lab.deploy("destroy", "--yes")
    assert destroyed.returncode == 0, destroyed.stdout
    evidence.check_gone(lab.folder)
    again = lab.deploy("destroy", "--yes")
    assert again.returncode == 0, again.stdout


def test_a_port_that_is_taken_is_named(checkout: Checkout) -> None:
    with closing(socket.create_server(("127.0.0.1", 5566))):
        refused = checkout.deploy("local", "--yes", "--no-bench")
    assert refused.returncode not in (0, 130)
    assert "5566" in refused.stdout
    assert "--port" in refused.stdout
    assert "Traceback" not in refused.stdout
    evidence.check_gone(checkout.folder)
