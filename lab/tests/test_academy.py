"""A Learner Lab closes an account that runs too many instances, so nothing may be created beyond its limit."""

import boto3
import pytest

from lab import topology
from lab.account import academy
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.profile import STACK, Profile

ACADEMY = Profile("academy")
pytestmark = pytest.mark.usefixtures("account")


def run_instances(count: int, tags: list[dict[str, str]]) -> list[str]:
    specification = [{"ResourceType": "instance", "Tags": tags}]
    made = boto3.client("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=count, MaxCount=count, TagSpecifications=specification
    )
    return [it["InstanceId"] for it in made["Instances"]]


def test_nine_fit_and_ten_do_not() -> None:
    academy.require_room(ACADEMY, 9, "us-west-2")
    with pytest.raises(LabError, match="-c topology=") as refusal:
        academy.require_room(ACADEMY, 10, "us-west-2")
    assert refusal.value.exit_code == USAGE


def test_the_topology_that_is_offered_fits() -> None:
    offered = academy.FOUR_AND_FOUR.removeprefix("-c topology='").removesuffix("'")
    plan = topology.read({"topology": offered})
    assert sum(plan.instance_counts.values()) == academy.MOST_INSTANCES


def test_what_others_run_counts_and_the_labs_own_does_not() -> None:
    run_instances(9, [{"Key": "leadline:lab", "Value": STACK}])
    academy.require_room(ACADEMY, 9, "us-east-1")
    other = run_instances(1, [{"Key": "Name", "Value": "homework"}])[0]
    with pytest.raises(LabError, match=f"stop-instances .*{other}"):
        academy.require_room(ACADEMY, 9, "us-east-1")
    academy.require_room(ACADEMY, 8, "us-east-1")


def test_other_regions_are_refused() -> None:
    with pytest.raises(LabError, match="AWS_REGION=us-east-1"):
        academy.require_room(ACADEMY, 9, "eu-west-1")


@pytest.mark.usefixtures("state")
def test_it_is_looked_at_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: pytest.fail("built"))
    options = Options(yes=True, context={"allowedCidr": "203.0.113.7/32"})
    with pytest.raises(LabError, match="10 instances"):
        deployment.deploy("academy", options)
