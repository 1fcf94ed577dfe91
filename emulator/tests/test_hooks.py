"""Lifecycle hooks: who waits for whom, and for how long."""

from typing import Any

from emulator.patches.target_groups import answer_target_health_with
from emulator.tests.api import BALANCER, NETWORK, launched_group, rule, target_group
from emulator.tests.clocked import Clocked


def _stack(**hook: Any) -> dict[str, Any]:
    """Two members that drain for ten seconds and wait for one hook of a minute."""
    drain = [{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}]
    named = {"LifecycleHookName": "look", "HeartbeatTimeout": 60, **hook}
    return {
        **NETWORK,
        **BALANCER,
        "Targets": target_group(TargetGroupAttributes=drain),
        "Rule": rule("Targets"),
        **launched_group(
            TargetGroupARNs=[{"Ref": "Targets"}], LifecycleHookSpecificationList=[named]
        ),
    }


def _states(clocked: Clocked, seconds: float = 0) -> list[str]:
    """The members' states so much later."""
    clocked.after(seconds)
    (group,) = clocked.api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return sorted(it["LifecycleState"] for it in group["Instances"])


def _complete(clocked: Clocked, state: str, result: str) -> None:
    (group,) = clocked.api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    clocked.api.scaling.complete_lifecycle_action(
        AutoScalingGroupName=group["AutoScalingGroupName"],
        LifecycleHookName="look",
        InstanceId=next(
            it["InstanceId"] for it in group["Instances"] if it["LifecycleState"] == state
        ),
        LifecycleActionResult=result,
    )


def test_a_member_ends_when_it_was_drained_and_its_hook_is_over(clocked: Clocked) -> None:
    answer_target_health_with(lambda *_: ("healthy", None, None))
    clocked.api.create(_stack(LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING"))
    name = clocked.api.physical_id("Members")
    for wanted in (4, 2):
        clocked.api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=wanted)
    _complete(clocked, "Terminating", "CONTINUE")  # while it drains: it ends when that is over
    kept = ["InService"] * 2
    assert _states(clocked, 9) == [*kept, "Terminating", "Terminating"]
    assert _states(clocked, 2) == [*kept, "Terminating:Wait"]
    assert _states(clocked, 58) == [*kept, "Terminating:Wait"]
    assert _states(clocked, 2) == kept  # nobody completed it


def test_a_launch_that_is_abandoned_is_replaced(clocked: Clocked) -> None:
    clocked.api.create(_stack(LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING"))
    assert _states(clocked) == ["Pending:Wait"] * 2
    _complete(clocked, "Pending:Wait", "ABANDON")
    _complete(clocked, "Pending:Wait", "CONTINUE")
    assert _states(clocked, 30) == ["InService", "Pending:Wait"]
    assert len(clocked.api.instances("terminated")) == 1
    # the default result is ABANDON: the second one, too, is replaced after its minute
    assert _states(clocked, 31) == ["InService", "Pending:Wait"]
    assert len(clocked.api.instances("terminated")) == 2
