"""Target tracking: how many members a group should have, from the CPU figures of those that it has.

AWS's rule: more when three minutes in a row were above the target, fewer when fifteen were a tenth below it.
"""

import math
from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends

OUT_MINUTES, IN_MINUTES = 3, 15
_BELOW = 0.9
_CPU = "ASGAverageCPUUtilization"


class Minutes:
    """The mean of each whole minute of one group, for as long as AWS's rule looks back."""

    def __init__(self) -> None:
        self._values: dict[int, list[float]] = {}

    def add(self, now: float, percents: list[float]) -> None:
        """Adds what members measured at ``now`` (seconds)."""
        minute = int(now // 60)
        self._values.setdefault(minute, []).extend(percents)
        for old in [it for it in self._values if it < minute - IN_MINUTES]:
            del self._values[old]

    def wanted(self, now: float, target: float, capacity: int) -> int:
        """The capacity that would meet the target; ``capacity`` where no rule asks for another."""
        if self._all(now, OUT_MINUTES, lambda mean: mean > target):
            return max(capacity + 1, self._fitting(now, target, capacity))
        if self._all(now, IN_MINUTES, lambda mean: mean < _BELOW * target):
            return min(capacity, max(1, self._fitting(now, target, capacity)))
        return capacity

    def _fitting(self, now: float, target: float, capacity: int) -> int:
        return math.ceil(capacity * self._mean(int(now // 60) - 1) / target)

    def _mean(self, minute: int) -> float:
        values = self._values[minute]
        return sum(values) / len(values)

    def _all(self, now: float, count: int, holds: Callable[[float], bool]) -> bool:
        """Whether it holds for each of the last whole minutes; a minute without figures says nothing."""
        last = range(int(now // 60) - count, int(now // 60))
        return all(self._values.get(it) and holds(self._mean(it)) for it in last)


class Tracking:
    """All groups of the account. Not thread-safe: the caller holds the API's lock."""

    def __init__(self) -> None:
        self._groups: dict[str, Minutes] = {}

    def follow(self, now: float, percents: dict[str, float]) -> None:
        """Takes over the CPU figures of instances, and sets the capacity of the groups whose policy asks for it."""
        known: dict[str, Minutes] = {}
        for _, _, backend in list(autoscaling_backends.iter_backends()):
            for group in list(backend.autoscaling_groups.values()):
                policy = _policy(group)
                if policy is None:
                    continue
                minutes = known[group.arn] = self._groups.get(group.arn) or Minutes()
                minutes.add(now, _warm(group, now, percents))
                capacity = int(group.desired_capacity)
                wanted = minutes.wanted(now, float(policy["TargetValue"]), capacity)
                if wanted < capacity and str(policy.get("DisableScaleIn")).lower() == "true":
                    continue
                wanted = min(max(wanted, int(group.min_size)), int(group.max_size))
                if wanted != capacity:
                    del known[group.arn]  # what another capacity makes of it is to be seen first
                    backend.set_desired_capacity(group.name, wanted)
        self._groups = known


def _policy(group: FakeAutoScalingGroup) -> dict[str, Any] | None:
    """What a group's policy tracks, where that is the CPU of its members."""
    for policy in group.autoscaling_backend.policies.values():
        tracked = policy.target_tracking_configuration
        if policy.auto_scaling_group_name == group.name and tracked:
            metric = vars(tracked).get("PredefinedMetricSpecification", {})
            if metric.get("PredefinedMetricType") == _CPU:
                return vars(tracked)
    return None


def _warm(group: FakeAutoScalingGroup, now: float, percents: dict[str, float]) -> list[float]:
    """The figures of members that are in service and warmed up."""
    warm_up = getattr(group, "default_instance_warmup", None) or 0
    return [
        percents[it.instance_id]
        for it in group.active_instances()
        if it.instance_id in percents and now - getattr(it, "launched", now) >= warm_up
    ]
