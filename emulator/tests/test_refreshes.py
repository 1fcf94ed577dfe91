"""An update of a stack whose group replaces its members: it ends when they are, and goes back where they fail."""

from typing import Any

import pytest

from emulator.groups import REFRESH_SECONDS
from emulator.patches.target_groups import answer_target_health_with, nobody_checked
from emulator.tests.api import BALANCER, NETWORK, events, launched_group, rule, target_group
from emulator.tests.clocked import Clocked

_HEALTHY = ("healthy", None, None)


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
