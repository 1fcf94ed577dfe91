"""A zone that refuses instances, or is lost, and what a group makes of it."""

from collections.abc import Iterator

import pytest

from emulator.restrictions import restrict_with, unrestricted
from emulator.tests.api import NETWORK, events, instance, launched_group
from emulator.tests.clocked import Clocked


@pytest.fixture(autouse=True)
def free_afterwards() -> Iterator[None]:
    yield
    restrict_with(unrestricted)


def refuse(*zones: str) -> None:
    """These zones have no instance of the group's type."""
    restrict_with(lambda: {"zonesWithout": {zone: ["t2.micro"] for zone in zones}})


def zones(clocked: Clocked) -> list[str]:
    """The zone of each member that runs."""
    return sorted(it["Placement"]["AvailabilityZone"] for it in clocked.api.instances("running"))


def test_a_lost_zone_is_made_up_for_in_the_other(clocked: Clocked) -> None:
    clocked.api.create({**NETWORK, **launched_group(), "Alone": instance()})
    assert zones(clocked) == ["us-east-1a", "us-east-1a", "us-east-1b"]
    restrict_with(lambda: {"lostZones": ["us-east-1a"]})
    account = clocked.aws.read()
    assert account.lost_zones == {"us-east-1a"}
    # the one without a group stays, without power
    assert zones(clocked) == ["us-east-1a", "us-east-1b", "us-east-1b"]
    name = clocked.api.physical_id("Members")
    clocked.api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    assert zones(clocked) == ["us-east-1a", "us-east-1b", "us-east-1b", "us-east-1b"]
    restrict_with(unrestricted)
    clocked.api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=4)
    assert zones(clocked) == ["us-east-1a", "us-east-1a", *["us-east-1b"] * 3]


def test_a_group_that_gets_no_instance_tries_again(clocked: Clocked) -> None:
    clocked.api.create({**NETWORK, **launched_group()})
    refuse("us-east-1a", "us-east-1b")
    name = clocked.api.physical_id("Members")
    clocked.api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    assert len(zones(clocked)) == 2
    (newest, *_) = clocked.api.scaling.describe_scaling_activities(AutoScalingGroupName=name)[
        "Activities"
    ]
    assert newest["StatusCode"] == "Failed"
    assert "not supported in your requested Availability Zone" in newest["Cause"]
    refuse("us-east-1a")
    clocked.after(5)
    assert len(zones(clocked)) == 2  # it waits ten seconds
    clocked.after(5)
    assert zones(clocked) == ["us-east-1a", "us-east-1b", "us-east-1b"]


def test_a_group_that_is_not_made_leaves_nothing(clocked: Clocked) -> None:
    refuse("us-east-1a", "us-east-1b")
    clocked.api.create({**NETWORK, **launched_group()})
    assert clocked.api.status() == "ROLLBACK_COMPLETE"
    assert any(it.startswith("Members CREATE_FAILED") for it in events(clocked.api))
    assert not clocked.api.instances("running")
    assert not clocked.api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
