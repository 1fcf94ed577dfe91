"""The life of a lab that changes, and after every step a look at all that the account holds.

While a step runs, requests are sent wherever AWS would go on answering them, and each must be answered. What cannot be
shown on this machine, and so is not claimed:

- The emulator makes an update in one moment: an instance that is replaced ends when its successor begins to boot, where
  CloudFormation first waits until that serves. Where a step replaces all targets of a path, or the balancer's instance
  (its user data has the targets' addresses), the test asserts that requests are answered again when the verb has ended,
  not that none failed meanwhile.
- A change of the instance type stops and starts an instance on AWS, which keeps its id; the emulator replaces it.
- A rule that changes restarts the emulated load balancer; an ALB goes on. So instances join and leave while there is no
  /mixed, whose weights are the numbers of instances.
- The local template asks for no disks (test_permissions.py has some). What e2e/inventory.py calls not emulated is not
  counted.
"""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from e2e import evidence, inventory, permission_coverage
from e2e.account import Account
from e2e.checkout import Checkout
from e2e.inventory import Api, Inventory
from e2e.steady import Steady, ask

pytestmark = [pytest.mark.full, pytest.mark.timeout(2400)]

STACKS = ("Leadline", "LeadlineToolkit")
ENDPOINT = "http://localhost:5566"
SECONDS_WATCHED = 2.0
QUICK = ("--requests", "50", "--rounds", "1", "--path", "/cluster1", "--no-cloudwatch")


def topology(micros: int, kind: str = "t2.micro", policy: str = "leadline") -> str:
    clusters = [("cluster1", "t2.large", 2), ("cluster2", kind, micros)]
    return "topology=" + json.dumps(
        {
            "clusters": [
                {"name": name, "path": f"/{name}", "instanceType": kind, "count": count}
                for name, kind, count in clusters
            ],
            "balancer": {"instanceType": "t3.small", "policy": policy},
        }
    )


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """What an account holds that nobody has used."""
    account = Account(tmp_path_factory.mktemp("untouched") / "state")
    try:
        return inventory.take(Api(account.environment["AWS_ENDPOINT_URL"]))
    finally:
        account.stop()


class Life:
    """A lab, and how each step of its life is looked at."""

    def __init__(self, checkout: Checkout, untouched: Inventory) -> None:
        self.checkout = checkout
        self.api = Api(ENDPOINT)
        self._untouched = untouched

    def run(self, *arguments: str) -> str:
        """A verb that must succeed, and may call only what docs/permissions.md says of it."""
        log = self.checkout.folder / ".leadline" / "local" / "calls.log"
        before = log.read_text() if log.exists() else ""
        done = self.checkout.deploy(*arguments)
        assert done.returncode == 0, done.stdout
        after = log.read_text()
        new = after.removeprefix(before) if after.startswith(before) else after
        verb = "up" if arguments[0] == "local" else arguments[0]
        permission_coverage.require_covered(verb, "local", new.splitlines())
        return done.stdout

    def local(self, *context: str) -> str:
        options = [word for setting in context for word in ("-c", setting)]
        return self.run("local", "--yes", "--no-bench", *options)

    def status(self) -> dict:
        return json.loads(self.run("status", "--json"))

    def lab(self) -> dict:
        """The lab file, which the last deployment or start wrote."""
        return json.loads((self.checkout.folder / ".leadline" / "local" / "lab.json").read_text())

    def targets(self) -> list[dict]:
        return self.lab()["targets"]

    def policies(self) -> set[str]:
        """Of the target groups of Leadline, as it has them now."""
        instance = self.status()["balancerInstance"]
        url = f"http://{instance['address']}:9901/status"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return {group["policy"] for group in json.load(answer)["targetGroups"]}

    def algorithms(self) -> set[str]:
        """Of the load balancer's target groups."""
        client = self.api.client("elbv2")
        return {
            attribute["Value"]
            for group in client.describe_target_groups()["TargetGroups"]
            for attribute in client.describe_target_group_attributes(
                TargetGroupArn=group["TargetGroupArn"]
            )["Attributes"]
            if attribute["Key"] == "load_balancing.algorithm.type"
        }

    def urls(self, *paths: str) -> dict[str, list[str]]:
        """Where both balancers answer on some paths."""
        return {it["name"]: [it["url"] + path for path in paths] for it in self.lab()["balancers"]}

    @contextmanager
    def step(self, name: str, *steady: str, state: str = "running") -> Iterator[None]:
        """A step: every URL answers all the while, and then the account holds what it should."""
        begun = time.monotonic()
        try:
            with Steady(*steady) as client:
                yield
            client.require_all_answered()
            self.require_whole(state)
        except BaseException as error:
            error.add_note(f"in the step: {name}")
            raise
        answered = sum(client.answers.values())
        print(f"{name}: {time.monotonic() - begun:.0f} s, {answered} requests answered meanwhile")

    def require_whole(self, state: str) -> None:
        found = inventory.differences(self.api, self._untouched, STACKS)
        found += inventory.strays(self.api, "Leadline", state)
        assert not found, "\n".join(found)

    def require_serving(self, *paths: str) -> None:
        """Both balancers answer on every path, and again and again."""
        urls = self.urls(*paths)
        with Steady(*urls["alb"], *urls["leadline"]) as client:
            time.sleep(SECONDS_WATCHED)  # so long it is watched
        client.require_all_answered()


@pytest.fixture
def life(checkout: Checkout, untouched: Inventory) -> Iterator[Life]:
    checkout.deploy("destroy", "--yes")
    yield Life(checkout, untouched)
    checkout.deploy("destroy", "--yes")


def test_a_lab_that_changes_serves_and_leaks_nothing(life: Life) -> None:
    with life.step("deploy"):
        life.local(topology(3))
        life.require_serving("/cluster1", "/cluster2", "/mixed")

    both = [url for urls in life.urls("/cluster1", "/mixed").values() for url in urls]
    with life.step("another policy: no instance is replaced, and both balancers go on", *both):
        before = life.status()
        life.local(topology(3, policy="round_robin"))
        after = life.status()
        assert (after["targets"], after["balancerInstance"]) == (
            before["targets"],
            before["balancerInstance"],
        )
        assert life.policies() == {"round_robin"}

    with life.step("policies in turn: at the end all is as before", *both):
        life.run("bench", *QUICK, "--policies", "leadline,fastest")
        assert life.policies() == {"round_robin"}
        assert life.algorithms() == {"round_robin"}

    with life.step("change user data: every instance is replaced"):
        before = {target["id"] for target in life.targets()}
        life.local("mixed=false", topology(3))
        assert before.isdisjoint(target["id"] for target in life.targets())
        life.require_serving("/cluster1", "/cluster2")
        assert ask(life.urls("/mixed")["alb"][0]) == "404"

    alb = life.urls("/cluster1", "/cluster2")["alb"]
    with life.step("one micro more", *alb):
        before = life.targets()
        life.local("mixed=false", topology(4))
        assert life.targets()[:5] == before, "the others are not touched"
        life.require_serving("/cluster1", "/cluster2")

    with life.step("one micro less", *alb):
        life.local("mixed=false", topology(3))
        assert life.targets() == before
        life.require_serving("/cluster1", "/cluster2")

    with life.step("another instance type: the other cluster goes on", alb[0]):
        life.local("mixed=false", topology(3, "t2.small"))
        types = [target["type"] for target in life.targets()]
        assert types == ["t2.large"] * 2 + ["t2.small"] * 3
        life.require_serving("/cluster2")

    stop_and_start(life)
    lose_an_instance(life)

    # The account ends with its emulator; test_permissions.py looks at one that outlives its lab.
    life.run("destroy", "--yes")
    evidence.check_gone(life.checkout.folder)
    again = life.checkout.deploy("destroy", "--yes")
    assert again.returncode == 0, again.stdout


def stop_and_start(life: Life) -> None:
    """Nothing of a stopped lab listens, and the same instances come back."""
    alb = life.urls("/cluster1")["alb"]
    ids = [target["id"] for target in life.targets()]
    with life.step("stop: an ALB without a target that runs has nobody to ask", state="stopped"):
        life.run("stop", "--yes")
        assert ask(alb[0]) != "200"
        assert "healthy" not in {target["state"] for target in life.status()["targets"]}
        assert not [it for it in evidence.listeners() if it.startswith("127.1.")]

    with life.step("start"):
        life.run("start")
        life.require_serving("/cluster1", "/cluster2")
        started = life.status()["targets"]
        assert [target["id"] for target in started] == ids
        assert {target["state"] for target in started} == {"healthy"}


def lose_an_instance(life: Life) -> None:
    """Terminated behind the lab's back. CloudFormation does not notice; the lab does, and makes it anew.

    An ALB may answer 502 until it has noticed; Leadline asks another target and answers, and so does the ALB for the
    cluster that lost nothing.
    """
    others = life.urls("/cluster2")["alb"] + life.urls("/cluster1")["leadline"]
    gone = life.targets()[0]
    with Steady(*others) as client:
        life.api.client("ec2").terminate_instances(InstanceIds=[gone["id"]])
        time.sleep(SECONDS_WATCHED)  # so long it is watched
        seen = life.status()
    client.require_all_answered()
    assert [it["id"] for it in seen["lost"]] == [gone["id"]]
    assert gone["id"] not in {target["id"] for target in seen["targets"]}
    with pytest.raises(AssertionError) as found:  # the inventory sees it, too
        life.require_whole("running")
    assert "instance: 5, should be 6" in str(found.value)
    bench = life.checkout.deploy("bench")
    assert bench.returncode == 1
    assert f"leadline-cluster1-1 ({gone['id']})" in bench.stdout

    with life.step("lose an instance: made anew by the next deployment"):
        said = life.local("mixed=false", topology(3, "t2.small"))
        assert f"leadline-cluster1-1 ({gone['id']}) was terminated" in said
        status = life.status()
        assert (len(status["targets"]), status["lost"]) == (5, [])
        life.require_serving("/cluster1", "/cluster2")
