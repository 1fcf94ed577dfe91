"""The life of a lab whose balancers and targets are groups, while clients send requests through the front.

A request may be lost where a process was killed that had its connection, or a zone was lost through which it was on its
way, and nowhere else: not while a balancer joins, leaves or is replaced, nor while targets come and go.
"""

import json
import os
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from e2e import evidence, inventory, permission_coverage
from e2e.checkout import Checkout
from e2e.inventory import Api
from e2e.kept_alive import KeptAlive

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

ENDPOINT = "http://localhost:5566"
CLIENTS = 8
WAIT_SECONDS = 180
PAUSE_SECONDS = 0.1
MOST_TRIES = 10
# Nothing grows by itself: the test says when.
TOPOLOGY = {
    "clusters": [
        {"name": "cluster1", "path": "/cluster1", "instanceType": "t2.micro", "count": 2},
        {
            **{"name": "cluster2", "path": "/cluster2", "instanceType": "t2.micro"},
            **{"min": 1, "max": 2, "targetCpu": 90},
        },
    ],
    "balancer": {
        "instanceType": "t3.small",
        "policy": "leadline",
        "min": 2,
        "max": 3,
        "targetCpu": 90,
    },
}


class Grown:
    """The lab with its groups."""

    def __init__(self, folder: Path) -> None:
        self.api = Api(ENDPOINT)
        state = folder / ".leadline" / "local"
        self.machines = state / "machines"
        self._faults = state / "faults.json"
        outputs = self.api.client("cloudformation").describe_stacks(StackName="Leadline")
        found = {it["OutputKey"]: it["OutputValue"] for it in outputs["Stacks"][0]["Outputs"]}
        self.url = found["LeadlineUrl"]
        self.balancers = found["BalancerGroup"]
        self.front = found["BalancerTargetGroupArn"]
        self.cluster = json.loads(found["ClusterGroups"])["cluster2"]
        self._scaling = self.api.client("autoscaling")

    def members(self, group: str) -> set[str]:
        """Ids of those in service."""
        (found,) = self._scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
            "AutoScalingGroups"
        ]
        return {
            it["InstanceId"] for it in found["Instances"] if it["LifecycleState"] == "InService"
        }

    def serving(self) -> set[str]:
        """The balancers that the front calls healthy."""
        described = self.api.client("elbv2").describe_target_health(TargetGroupArn=self.front)
        return {
            it["Target"]["Id"]
            for it in described["TargetHealthDescriptions"]
            if it["TargetHealth"]["State"] == "healthy"
        }

    def running(self) -> set[str]:
        """Every instance that runs, also one that is leaving its group."""
        return {id_ for id_, it in self.api.instances().items() if it["State"]["Name"] == "running"}

    def zones(self, instances: Iterable[str]) -> dict[str, str]:
        """The zone of each that there still is."""
        known = self.api.instances()
        return {
            id_: known[id_]["Placement"]["AvailabilityZone"] for id_ in instances if id_ in known
        }

    def lose(self, zone: str) -> None:
        """Cuts off a zone's power: all that runs there ends, and nothing can be launched there."""
        self._faults.write_text(json.dumps({"account": {"lostZones": [zone]}}))

    def end_of_faults(self) -> None:
        """Every zone is as it was."""
        self._faults.unlink(missing_ok=True)

    def resize(self, group: str, size: int) -> None:
        self._scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=size)

    def refresh(self) -> None:
        """Replaces every balancer, the new one first, and waits until all are."""
        self._scaling.start_instance_refresh(
            AutoScalingGroupName=self.balancers,
            Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150},
        )

        def ended() -> bool:
            (newest, *_) = self._scaling.describe_instance_refreshes(
                AutoScalingGroupName=self.balancers
            )["InstanceRefreshes"]
            assert newest["Status"] not in ("Failed", "Cancelled"), newest
            return newest["Status"] == "Successful"

        wait_until(ended, "the refresh has ended")

    def kill(self, balancer: str) -> None:
        """SIGKILL, of the one process that serves."""
        os.kill(int((self.machines / balancer / "balancer.pid").read_text()), signal.SIGKILL)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"after {WAIT_SECONDS} s it is not so that {what}"
        time.sleep(0.2)  # between two looks at the condition


@pytest.fixture
def grown(checkout: Checkout) -> Iterator[Grown]:
    checkout.deploy("destroy", "--yes")
    topology = ["-c", "topology=" + json.dumps(TOPOLOGY), "-c", "mixed=false"]
    done = checkout.deploy("local", "--yes", "--no-bench", *topology)
    try:
        assert done.returncode == 0, done.stdout
        yield Grown(checkout.folder)
    finally:
        checkout.deploy("destroy", "--yes")


class Clients:
    """What becomes of the requests of both clusters."""

    def __init__(self, *those: KeptAlive) -> None:
        self._those = those

    def require_none_lost(self, step: str) -> None:
        """Since the last look."""
        for client in self._those:
            answered, lost = client.taken()
            print(f"{step}: {answered} requests answered, {len(lost)} lost")
            assert not lost, f"{step}: {len(lost)} lost: {lost[:3]}"
            assert answered

    def require_few_lost(self, step: str) -> None:
        """Since the last look: only connections that broke, and no answer that was an error.

        A client loses the request that is on its way, and those that it sends again before the front has noticed.
        """
        for client in self._those:
            answered, lost = client.taken()
            print(f"{step}: {answered} requests answered, {len(lost)} lost by {CLIENTS} clients")
            assert not [it for it in lost if it.startswith("answered")], lost
            assert len(lost) <= CLIENTS * MOST_TRIES, f"{step}: {len(lost)} lost"


def test_a_request_is_lost_only_with_the_process_or_the_zone_that_had_its_connection(
    grown: Grown, checkout: Checkout
) -> None:
    first = grown.members(grown.balancers)
    assert len(first) == 2
    assert grown.serving() == first
    with (
        KeptAlive(grown.url + "/cluster1", CLIENTS, PAUSE_SECONDS) as fixed,
        KeptAlive(grown.url + "/cluster2", CLIENTS, PAUSE_SECONDS) as growing,
    ):
        clients = Clients(fixed, growing)
        grown.resize(grown.balancers, 3)
        wait_until(lambda: len(grown.serving()) == 3, "three balancers serve")
        clients.require_none_lost("a third balancer")

        grown.resize(grown.cluster, 2)
        wait_until(lambda: len(grown.members(grown.cluster)) == 2, "the cluster has two targets")
        wait_until(lambda: answered_by(grown.url + "/cluster2") == 2, "both targets answer")
        clients.require_none_lost("a second target")

        safe, lost = lose_a_process_and_a_zone(grown, first, clients)
        wait_until(lambda: len(grown.running()) == 2 + 2 + 3, "nothing of the killed one runs")
        grown.end_of_faults()
        grown.resize(grown.balancers, 2)
        wait_until(lambda: len(grown.running()) == 2 + 2 + 2, "one balancer has left")
        clients.require_none_lost("a balancer leaves")

        before = grown.members(grown.balancers)
        grown.refresh()
        wait_until(lambda: len(grown.running()) == 2 + 2 + 2, "the old balancers are gone")
        assert before.isdisjoint(grown.serving())
        assert {*grown.zones(grown.serving()).values()} == {safe, lost}
        wait_until(
            lambda: answered_by(grown.url + "/cluster1") == 2,
            "the lost zone's target has booted again",
        )
        clients.require_none_lost("an instance refresh")

        grown.resize(grown.cluster, 1)
        wait_until(lambda: len(grown.running()) == 2 + 1 + 2, "one target has left")
        clients.require_none_lost("a target leaves")

    run(checkout, "status")
    run(checkout, "stop", "--yes")
    assert not grown.running()
    run(checkout, "start")
    assert len(grown.serving()) == 2

    grown.api.client("cloudformation").delete_stack(StackName="Leadline")
    kinds = ("instance", "group", "launch template", "secret", "load balancer", "target group")
    left = {kind: set(inventory.KINDS[kind](grown.api)) for kind in kinds}
    assert not any(left.values()), left
    run(checkout, "destroy", "--yes")
    evidence.check_gone(checkout.folder)


def lose_a_process_and_a_zone(grown: Grown, first: set[str], clients: Clients) -> tuple[str, str]:
    """Kills one of the first two balancers, and takes the power of the zone of the other; the zones: left and lost.

    Each client's connection goes through one of the two. The successor of the killed one is not there yet when the zone
    is lost: one balancer, the third, and one target of each cluster are left.
    """
    zones = grown.zones(grown.serving())
    safe, lost = (zone for zone, _ in Counter(zones.values()).most_common())
    (killed,) = (id_ for id_ in first if zones[id_] == safe)
    grown.kill(killed)
    wait_until(lambda: killed not in grown.serving(), "the front has noticed")
    clients.require_few_lost("SIGKILL")

    grown.lose(lost)
    wait_until(
        lambda: lost not in grown.zones(grown.serving()).values(), "the front has lost the zone"
    )
    wait_until(lambda: answered_by(grown.url + "/cluster1") == 1, "the target that is left answers")
    clients.require_few_lost("a lost zone")

    wait_until(
        lambda: [*grown.zones(grown.serving() - {killed}).values()] == [safe] * 3,
        "three balancers serve in the zone that is left",
    )
    wait_until(
        lambda: [*grown.zones(grown.members(grown.cluster)).values()] == [safe] * 2,
        "the cluster has two targets in the zone that is left",
    )
    wait_until(lambda: answered_by(grown.url + "/cluster2") == 2, "both targets answer")
    clients.require_none_lost("in the zone that is left")
    return safe, lost


def run(checkout: Checkout, verb: str, *arguments: str) -> None:
    """A verb that must succeed, and may call only what docs/permissions.md says of it."""
    log = checkout.folder / ".leadline" / "local" / "calls.log"
    before = log.read_text()
    done = checkout.deploy(verb, *arguments)
    assert done.returncode == 0, done.stdout
    if log.exists():  # it goes with the lab
        new = log.read_text().removeprefix(before)
        permission_coverage.require_covered(verb, "local", new.splitlines())


def answered_by(url: str) -> int:
    """By how many instances twenty requests were answered, each over a connection of its own; 0 where one was not."""
    seen = set()
    try:
        for _ in range(20):
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the lab's own
                seen.add(json.load(answer)["instance_id"])
    except OSError:
        return 0
    return len(seen)
