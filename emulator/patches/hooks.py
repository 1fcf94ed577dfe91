"""Lifecycle hooks: a member waits for each, before it is in service or after it was drained, until it is completed."""

from dataclasses import dataclass

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.models import LifecycleHook as Hook

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
CONTINUE, ABANDON = "CONTINUE", "ABANDON"


@dataclass
class Hold:
    """A hook that a member waits for, and until when at most."""

    until: float
    timeout: float
    result: str


def begin(group: FakeAutoScalingGroup, transition: str, since: float) -> dict[str, Hold]:
    """What a member waits for from ``since`` on, by the hooks' names."""
    found: list[Hook] = [
        it
        for it in group.autoscaling_backend.lifecycle_hooks.values()
        if it.auto_scaling_group_name == group.name and it.lifecycle_transition == transition
    ]
    return {
        it.name: Hold(since + it.heartbeat_timeout, float(it.heartbeat_timeout), it.default_result)
        for it in found
    }


def over(state: InstanceState, drained: float | None) -> float | None:
    """When a member that drains until then may end: not before its hooks are over."""
    if drained is None:
        return None
    return max([drained, *(it.until for it in held(state).values())])


def expire(state: InstanceState, now: float) -> str | None:
    """Ends what a member waited for too long; returns the result where that was the last."""
    result = None
    for name, hold in list(held(state).items()):
        if hold.until <= now:
            result = release(state, name, hold.result)
    return result


def release(state: InstanceState, name: str, result: str) -> str | None:
    """Ends one hook; returns the result where the member now waits for none. ABANDON ends all."""
    holds = held(state)
    holds.pop(name, None)
    if result == ABANDON:
        holds.clear()
    return None if holds else result


def held(state: InstanceState) -> dict[str, Hold]:
    """What a member waits for now, by the hooks' names."""
    return vars(state).setdefault("holds", {})
