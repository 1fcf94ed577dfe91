"""Instance refreshes: started by a call, or by the update of a stack, which then goes on until they have ended."""

import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from emulator import groups
from emulator.patches import autoscaling
from emulator.patches.updates import ResourceError

_MOST_REFRESHES = 20
"""How many refreshes of a group are remembered."""


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    instance_refresh()


def begin(group: FakeAutoScalingGroup, preferences: dict[str, Any]) -> str:
    """Begins to replace the members of a group, in place of a refresh that is under way; returns its id."""
    cancel(group)
    now = autoscaling.now()
    warm_up = preferences.get("InstanceWarmup", getattr(group, "default_instance_warmup", None))
    if warm_up is None:
        warm_up = group.health_check_grace_period or 0
    wanted = autoscaling.maintenance(group) | preferences
    skip = str(preferences.get("SkipMatching", "false")).lower() == "true"
    version = group.ec2_launch_template.get_version(group.launch_template_version).number
    old = frozenset(
        it.instance_id
        for it in group.active_instances()
        if not (skip and it.launch_template["Version"] == str(version))
    )
    group.refresh = groups.Refresh(
        id=str(uuid.uuid4()),
        old=old,
        began=now,
        moved=now,
        least=int(wanted.get("MinHealthyPercentage", 90)),
        most=int(wanted.get("MaxHealthyPercentage", 100)),
        warm_up=float(warm_up),
        total=len(old),
        left=len(old),
    )
    return group.refresh.id


def cancel(group: FakeAutoScalingGroup) -> str | None:
    """Ends the refresh that is under way and remembers it; None without one."""
    known = getattr(group, "refresh", None)
    if known is None:
        return None
    running = known.status == groups.IN_PROGRESS
    if running:
        known = replace(known, status=groups.CANCELLED, ended=autoscaling.now())
    _history(group).appendleft(known)
    group.refresh = None
    return known.id if running else None


def _history(group: FakeAutoScalingGroup) -> deque[groups.Refresh]:
    return vars(group).setdefault("refreshes", deque(maxlen=_MOST_REFRESHES - 1))


def is_refreshed(group: FakeAutoScalingGroup) -> bool | None:
    """Whether the last refresh of a group succeeded; None while it is under way."""
    known = getattr(group, "refresh", None) or next(iter(_history(group)), None)
    if known is None or known.status == groups.SUCCESSFUL:
        return True
    return None if known.status == groups.IN_PROGRESS else False


def wait(stack: Stack, succeeded: Callable[[], None], failed: Callable[[Exception], None]) -> None:
    """Goes on with a stack's update when the refreshes that it began have ended; at once where it began none."""
    begun = {
        name: it
        for name, it in stack.resource_map._parsed_resources.items()
        if isinstance(it, FakeAutoScalingGroup) and is_refreshed(it) is None
    }
    stack.waits = (begun, succeeded, failed)
    _settle(stack)


def settle() -> None:
    """Goes on with every update whose refreshes have ended."""
    for _, _, backend in list(cloudformation_backends.iter_backends()):
        for stack in list(backend.stacks.values()):
            if getattr(stack, "waits", None):
                _settle(stack)


def _settle(stack: Stack) -> None:
    begun, succeeded, failed = stack.waits
    ends = {name: is_refreshed(group) for name, group in begun.items()}
    if None in ends.values():
        return
    stack.waits = None
    reasons = {
        name: f"The instance refresh of {group.name} did not succeed"
        for name, group in begun.items()
        if not ends[name]
    }
    if reasons:
        failed(ResourceError("update", reasons))
    else:
        succeeded()


def instance_refresh() -> None:
    """moto answers StartInstanceRefresh, DescribeInstanceRefreshes and CancelInstanceRefresh with a server error."""

    def group_of(self: AutoScalingResponse) -> FakeAutoScalingGroup:
        name = self._get_param("AutoScalingGroupName")
        found = self.autoscaling_backend.autoscaling_groups.get(name)
        if found is None:
            raise AutoscalingClientError(
                "ValidationError", "AutoScalingGroup name not found - null"
            )
        return found

    def start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
        group = group_of(self)
        if is_refreshed(group) is None:
            raise AutoscalingClientError(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
            )
        wanted = self._get_param("DesiredConfiguration", {}).get("LaunchTemplate")
        if wanted:
            group._set_launch_configuration("", wanted, None)
        id_ = begin(group, self._get_param("Preferences", {}))
        return ActionResult({"InstanceRefreshId": id_})

    def cancel_instance_refresh(self: AutoScalingResponse) -> ActionResult:
        id_ = cancel(group_of(self))
        if id_ is None:
            raise AutoscalingClientError(
                "ActiveInstanceRefreshNotFound",
                "No in progress or pending Instance Refresh found for Auto Scaling group "
                + self._get_param("AutoScalingGroupName"),
            )
        return ActionResult({"InstanceRefreshId": id_})

    def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
        group = group_of(self)
        known = [it for it in (getattr(group, "refresh", None), *_history(group)) if it]
        ids = self._get_param("InstanceRefreshIds", [])
        return ActionResult(
            {
                "InstanceRefreshes": [
                    _described(group, it) for it in known if not ids or it.id in ids
                ]
            }
        )

    AutoScalingResponse.start_instance_refresh = start_instance_refresh
    AutoScalingResponse.cancel_instance_refresh = cancel_instance_refresh
    AutoScalingResponse.describe_instance_refreshes = describe_instance_refreshes


def _described(group: FakeAutoScalingGroup, refresh: groups.Refresh) -> dict[str, Any]:
    described = {
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": group.name,
        "Status": refresh.status,
        "StartTime": _date(refresh.began),
        "PercentageComplete": refresh.percent,
        "InstancesToUpdate": refresh.left,
        "Strategy": "Rolling",
        "Preferences": {
            "MinHealthyPercentage": refresh.least,
            "MaxHealthyPercentage": refresh.most,
            "InstanceWarmup": int(refresh.warm_up),
        },
    }
    if refresh.reason:
        described["StatusReason"] = refresh.reason
    if refresh.ended is not None:
        described["EndTime"] = _date(refresh.ended)
    return described


def _date(moment: float) -> datetime:
    return utcnow() - timedelta(seconds=autoscaling.now() - moment)
