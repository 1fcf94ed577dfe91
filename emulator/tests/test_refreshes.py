"""An update of a stack whose group replaces its members: it ends when they are, and goes back where they fail."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.aws import Aws
from emulator.groups import REFRESH_SECONDS
from emulator.patches import autoscaling
from emulator.patches.target_groups import answer_target_health_with, nobody_checked
from emulator.tests.api import BALANCER, NETWORK, Api, events, launched_group, rule, target_group

_HEALTHY = ("healthy", None, None)


class Clocked:
    """An API without machines, whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        autoscaling.tell_time_with(lambda: self.now)
        self.aws = Aws(0, changed=lambda: None)
        self.aws.start()
        self.api = Api(self.aws.endpoint)

    def after(self, seconds: float) -> str:
        """The stack's status so much later."""
        self.now += seconds
        self.aws.read()
        return self.api.status()

    def versions(self) -> list[str]:
        """The launch template's version of each member in service."""
        (group,) = self.api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        members = [it for it in group["Instances"] if it["LifecycleState"] == "InService"]
        return sorted(it["LaunchTemplate"]["Version"] for it in members)


@pytest.fixture
def clocked() -> Iterator[Clocked]:
    it = Clocked()
    yield it
    it.aws.stop()
    autoscaling.tell_time_with(autoscaling.time.monotonic)
    answer_target_health_with(nobody_checked)


def _stack(user_data: str, **preferences: Any) -> dict[str, Any]:
    """Two members that are replaced when the user data changes; their load balancer lets them drain for ten seconds."""
    drain = [{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}]
    resources = {
        **NETWORK,
        **BALANCER,
        "Targets": target_group(TargetGroupAttributes=drain),
        "Rule": rule("Targets"),
        **launched_group(
            user_data,
            TargetGroupARNs=[{"Ref": "Targets"}],
            HealthCheckType="ELB",
            HealthCheckGracePeriod=30,
            DefaultInstanceWarmup=5,
        ),
    }
    refresh = {"Strategy": "Rolling", "Preferences": preferences}
    resources["Members"]["UpdatePolicy"] = {"AutoScalingInstanceRefresh": refresh}
    return resources


def test_an_update_ends_when_its_refresh_has_ended(clocked: Clocked) -> None:
    answer_target_health_with(lambda *_: _HEALTHY)
    preferences = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "SkipMatching": True}
    clocked.api.create(_stack("#!/bin/bash\n", **preferences))
    clocked.after(60)
    clocked.api.update(_stack("#!/bin/bash\n# another\n", **preferences))
    assert clocked.after(0) == "UPDATE_IN_PROGRESS"
    assert clocked.versions() == ["1", "1", "2"]
    with pytest.raises(clocked.api.stacks.exceptions.ClientError, match="UPDATE_IN_PROGRESS"):
        clocked.api.stacks.delete_stack(StackName="T")
    seen = [(clocked.after(1), clocked.versions()) for _ in range(20)]
    assert seen[-1] == ("UPDATE_COMPLETE", ["2", "2"])
    assert all(len(versions) >= 2 for _, versions in seen)
    (refresh,) = clocked.api.scaling.describe_instance_refreshes(
        AutoScalingGroupName=clocked.api.physical_id("Members")
    )["InstanceRefreshes"]
    assert (refresh["Status"], refresh["PercentageComplete"]) == ("Successful", 100)
    # another limit replaces nobody
    wider = _stack("#!/bin/bash\n# another\n", **preferences)
    wider["Members"]["Properties"]["MaxSize"] = "9"
    clocked.api.update(wider)
    assert clocked.after(0) == "UPDATE_COMPLETE"
    assert clocked.versions() == ["2", "2"]


def test_an_update_whose_refresh_fails_goes_back(clocked: Clocked) -> None:
    answer_target_health_with(lambda *_: _HEALTHY)
    clocked.api.create(_stack("#!/bin/bash\n", MinHealthyPercentage=50))
    clocked.after(60)
    answer_target_health_with(nobody_checked)  # what is launched from now on never serves
    clocked.api.update(_stack("#!/bin/bash\nexit 1\n", MinHealthyPercentage=50))
    assert clocked.after(0) == "UPDATE_IN_PROGRESS"
    assert clocked.after(REFRESH_SECONDS - 1) == "UPDATE_IN_PROGRESS"
    assert clocked.after(1) == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert any(it.startswith("Members UPDATE_FAILED") for it in events(clocked.api))
    answer_target_health_with(lambda *_: _HEALTHY)
    statuses = [clocked.after(5) for _ in range(10)]
    assert statuses[-1] == "UPDATE_ROLLBACK_COMPLETE"
    assert clocked.versions() == ["3", "3"]  # the first one's content, again
