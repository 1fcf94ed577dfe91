"""A Learner Lab closes an account that runs too many instances, so nothing may be created beyond its limit."""

import json
import shlex
from pathlib import Path

import boto3
import pytest

from lab import cli, lock, topology
from lab.account import academy
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.profile import STACK, Profile

ACADEMY = Profile("academy")
TEN = json.dumps(topology.read({}).declared)
pytestmark = pytest.mark.usefixtures("account")


def run_instances(count: int, tags: list[dict[str, str]]) -> list[str]:
    specification = [{"ResourceType": "instance", "Tags": tags}]
    made = boto3.client("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=count, MaxCount=count, TagSpecifications=specification
    )
    return [it["InstanceId"] for it in made["Instances"]]


def declared(*counts: int) -> topology.Topology:
    clusters = [
        {"name": f"c{i}", "path": f"/c{i}", "instanceType": "t2.micro", "count": count}
        for i, count in enumerate(counts)
    ]
    balancer = {"instanceType": "t3.small", "policy": "leadline"}
    rules = [{"headers": [{"name": "X-It's", "values": ["a b"]}], "forward": "c0"}]
    return topology.read(
        {"topology": json.dumps({"clusters": clusters, "balancer": balancer, "rules": rules})}
    )


def test_nine_fit_and_ten_do_not() -> None:
    academy.require_room(ACADEMY, declared(4, 4), "us-west-2")
    with pytest.raises(LabError, match="-c topology=") as refusal:
        academy.require_room(ACADEMY, declared(4, 5), "us-west-2")
    assert refusal.value.exit_code == USAGE


@pytest.mark.parametrize(
    ("counts", "fewer"),
    [((4, 5), [4, 4]), ((1, 50), [1, 7]), ((2, 9, 9), [1, 4, 3]), ((10**9,), [8])],
)
def test_the_topology_that_is_offered_fits_and_keeps_the_rest(
    counts: tuple[int, ...], fewer: list[int]
) -> None:
    wanted = declared(*counts)
    with pytest.raises(LabError) as refusal:
        academy.require_room(ACADEMY, wanted, "us-west-2")
    option = shlex.split(str(refusal.value).splitlines()[-1])[-1]
    offered = topology.read({"topology": option.removeprefix("topology=")})
    assert [it.pop("count") for it in offered.declared["clusters"]] == fewer
    assert offered.instances == academy.MOST_INSTANCES
    for it in wanted.declared["clusters"]:
        it.pop("count")
    assert offered.declared == wanted.declared


def test_nine_targets_fit_where_leadline_shares_a_host() -> None:
    """The offer keeps all targets, and says what it costs."""
    with pytest.raises(LabError, match="costs fairness") as refusal:
        academy.require_room(ACADEMY, topology.read({}), "us-west-2")
    commands = [line for line in str(refusal.value).splitlines() if "-c topology=" in line]
    shared, fewer = (shlex.split(it)[-1].removeprefix("topology=") for it in commands)
    offered = topology.read({"topology": shared})
    assert [it["count"] for it in offered.declared["clusters"]] == [4, 5]
    assert offered.declared["balancer"] == {"sharesHostOf": "cluster1", "policy": "leadline"}
    assert offered.instance_counts == {"t2.large": 4, "t2.micro": 5}
    academy.require_room(ACADEMY, offered, "us-west-2")
    assert topology.read({"topology": fewer}).instances == academy.MOST_INSTANCES


def test_a_shared_host_with_too_many_targets_is_offered_fewer() -> None:
    shared = json.dumps(declared(5, 5).sharing_a_host().declared)
    with pytest.raises(LabError) as refusal:
        academy.require_room(ACADEMY, topology.read({"topology": shared}), "us-west-2")
    option = shlex.split(str(refusal.value).splitlines()[-1])[-1].removeprefix("topology=")
    offered = topology.read({"topology": option})
    assert offered.shares_a_host
    assert offered.instances == academy.MOST_INSTANCES


def test_too_many_clusters_have_no_topology_that_fits() -> None:
    with pytest.raises(LabError, match="Take fewer clusters"):
        academy.require_room(ACADEMY, declared(*[1] * 9), "us-west-2")


def test_what_others_run_counts_and_the_labs_own_does_not() -> None:
    run_instances(9, [{"Key": "leadline:lab", "Value": STACK}])
    academy.require_room(ACADEMY, declared(8), "us-east-1")
    other = run_instances(1, [{"Key": "Name", "Value": "homework"}])[0]
    with pytest.raises(LabError, match=f"stop-instances .*{other}"):
        academy.require_room(ACADEMY, declared(8), "us-east-1")
    academy.require_room(ACADEMY, declared(7), "us-east-1")


def test_other_regions_are_refused() -> None:
    with pytest.raises(LabError, match="AWS_REGION=us-east-1"):
        academy.require_room(ACADEMY, declared(8), "eu-west-1")


def test_a_load_generator_is_offered_leadlines_host() -> None:
    asked = topology.read({"loadGenerator": "t3.medium"})
    assert asked.instances == 11
    with pytest.raises(LabError, match="harder on Leadline") as refusal:
        academy.require_room(ACADEMY, asked, "us-west-2")
    beside, fewer = (
        dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
        for line in str(refusal.value).splitlines()
        if line.startswith("  ./deploy.sh")
    )
    assert beside.pop("loadGenerator") == "balancer"
    assert fewer.pop("loadGenerator") == "t3.medium"
    assert "This has 8 targets" in str(refusal.value)
    assert topology.read({**beside, "loadGenerator": "balancer"}).targets == 8
    assert topology.read(fewer).targets == 7


def test_a_command_that_is_offered_keeps_what_the_user_asked_for(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(lock, "STATE", state)
    asked = "--yes --no-checks --requests 200 --rounds 3 --policies leadline,fastest -c mixed=false"
    asked += " -c loadGenerator=balancer -c allowedCidr=203.0.113.7/32"
    words = [*shlex.split(asked), "-c", 'alarms={"errorPercent": 7}']
    assert cli.main(["up", "--profile", "academy", *words, "-c", f"topology={TEN}"]) == USAGE
    offered = [it for it in capsys.readouterr().err.splitlines() if it.startswith("  ./deploy.sh")]
    assert len(offered) == 2
    for line in offered:
        command = shlex.split(line)
        assert command[-1].startswith("topology=")
        assert command[:-2] == ["./deploy.sh", "up", "--profile", "academy", *words]


@pytest.mark.usefixtures("state")
def test_it_is_looked_at_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: pytest.fail("built"))
    options = Options(yes=True, context={"allowedCidr": "203.0.113.7/32"})
    with pytest.raises(LabError, match="10 instances"):
        deployment.deploy("academy", options)
