"""Auto Scaling: groups over several subnets whose members drain before they end, and instance refreshes.

What a group does next is worked out in emulator/groups.py; here that is read from moto's models and done to them.
"""

import functools
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    Activity,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    TerminateInstanceActivity,
    autoscaling_backends,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.instances import Instance
from moto.elbv2.exceptions import TargetGroupNotFoundError

from emulator import groups
from emulator.patches import attachments, hooks, target_groups
from emulator.restrictions import lost_zones

_MOST_ACTIVITIES = 100
"""How many activities of a group are remembered."""
_RETRY_SECONDS = 10.0
"""How long a group waits after a launch that failed."""
_IN_SERVICE, _TERMINATING = "InService", "Terminating"
_PENDING, _WAITING = "Pending:Wait", "Terminating:Wait"

_clock: Callable[[], float] = time.monotonic


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    capacity_over_subnets()
    members_from_their_version()
    members_drain()
    capacity_within_limits()
    termination_drains()
    activities()


def tell_time_with(clock: Callable[[], float]) -> None:
    """Sets the clock of groups and of draining targets, in seconds."""
    global _clock  # noqa: PLW0603 - moto's classes are global too: one emulator a process
    _clock = clock
    target_groups.tell_time_with(clock)


def now() -> float:
    """The time by the groups' clock."""
    return _clock()


def advance_all(say: Callable[[str], None]) -> None:
    """Does what every group has to do by now. A launch that fails is said and tried again later."""
    for _, _, backend in list(autoscaling_backends.iter_backends()):
        for group in list(backend.autoscaling_groups.values()):
            if getattr(group, "retry_at", 0.0) <= _clock():
                why = _try_to_advance(group)
                if why:
                    say(f"{group.name}: no instance could be launched: {why}")


def _try_to_advance(group: FakeAutoScalingGroup) -> str | None:
    """Advances a group; returns what refused it an instance, which it tries again later."""
    try:
        advance(group)
    except Exception as error:  # noqa: BLE001 - whatever refuses an instance, the group goes on
        group.retry_at = _clock() + _RETRY_SECONDS
        why = f"{type(error).__name__}: {error}"
        _note(group, "Launching a new EC2 instance", why, "Failed")
        return why
    return None


def advance(group: FakeAutoScalingGroup) -> None:
    """Does what the group has to do by now."""
    for state in list(group.instance_states):
        _after_hooks(group, state, hooks.expire(state, _clock()))
    step = groups.plan(_seen(group), _clock())
    for id_ in step.end:
        _end(group, id_)
    for id_, why in step.drain:
        _drain(group, id_, why)
    group.refresh = step.refresh
    for subnet in step.launch:
        _launch_somewhere(group, subnet)


def _seen(group: FakeAutoScalingGroup) -> groups.Group:
    return groups.Group(
        desired=int(group.desired_capacity or 0),
        subnets=tuple((group.vpc_zone_identifier or "").split(",")),
        grace=float(group.health_check_grace_period or 0),
        members=tuple(_member(group, state) for state in group.instance_states),
        most=maintenance(group).get("MaxHealthyPercentage", 100),
        refresh=getattr(group, "refresh", None),
    )


def maintenance(group: FakeAutoScalingGroup) -> dict[str, int]:
    """The percentages of a group's instance maintenance policy; empty without one."""
    return getattr(group, "instance_maintenance_policy", None) or {}


def _member(group: FakeAutoScalingGroup, state: InstanceState) -> groups.Member:
    found = [*attachments.healths(group, state)] if group.health_check_type == "ELB" else []
    return groups.Member(
        id=state.instance_id,
        subnet=state.instance.subnet_id or "",
        launched=_launched(state),
        version=_version(state),
        alive=_is_alive(state.instance),
        healthy=state.health_status == "Healthy" and "unhealthy" not in found,
        serving=all(it in ("healthy", "unused") for it in found),
        protected=bool(state.protected_from_scale_in),
        pending=state.lifecycle_state == _PENDING,
        leaves=hooks.over(state, getattr(state, "drained", None)),
    )


def _is_alive(instance: Instance) -> bool:
    return (
        instance.state in ("pending", "running") and instance.availability_zone not in lost_zones()
    )


def _launched(state: InstanceState) -> float:
    """When it came; one that was attached came when it was first seen."""
    if not hasattr(state, "launched"):
        state.launched = _clock()
    return state.launched


def _version(state: InstanceState) -> int:
    return getattr(state, "version", 1)


def _launch_somewhere(group: FakeAutoScalingGroup, subnet: str) -> None:
    """Launches a member, in another subnet where that one refuses it."""
    refused: list[Exception] = []
    others = [it for it in (group.vpc_zone_identifier or "").split(",") if it != subnet]
    for place in [subnet, *others]:
        try:
            return _launch(group, place)
        except Exception as error:  # noqa: BLE001 - whatever one zone refuses, the next may have
            refused.append(error)
    raise refused[0]


def _launch(group: FakeAutoScalingGroup, subnet: str) -> None:
    template = group.ec2_launch_template
    version = template.get_version(group.launch_template_version) if template else None
    data = version.data if version else {}
    nic = (data.get("NetworkInterfaces") or [{}])[0]
    zone = group.ec2_backend.get_subnet(subnet).availability_zone if subnet else None
    more = {"security_group_ids": nic["Groups"]} if "Groups" in nic else {}
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=group.instance_type,
        tags={"instance": {**group.get_propagated_tags(), ASG_NAME_TAG: group.name}},
        placement=zone or group.availability_zones[0],
        launch_config=group.launch_config,
        launch_template=(
            {"LaunchTemplateId": template.id, "Version": str(version.number)} if template else None
        ),
        is_instance_type_default=False,
        associate_public_ip=nic.get("AssociatePublicIpAddress"),
        subnet_id=subnet or None,
        region_name=group.region,
        **more,
    )
    (instance,) = reservation.instances
    instance.autoscaling_group = group
    instance.target_lifecycle_state = _IN_SERVICE
    state = InstanceState(
        instance, protected_from_scale_in=group.new_instances_protected_from_scale_in
    )
    state.launched = _clock()
    state.version = version.number if version else 1
    group.instance_states.append(state)
    state.holds = hooks.begin(group, hooks.LAUNCHING, _clock())
    if state.holds:
        state.lifecycle_state = _PENDING
    else:
        attachments.register(group, state)
    _note(group, f"Launching a new EC2 instance: {instance.id}", "the desired capacity")


def _drain(group: FakeAutoScalingGroup, id_: str, why: str) -> None:
    state = next(it for it in group.instance_states if it.instance_id == id_)
    if "unhealthy" in why:
        state.health_status = "Unhealthy"
    state.drained = _clock() + attachments.deregister(group, state)
    served = state.lifecycle_state == _IN_SERVICE
    state.holds = hooks.begin(group, hooks.TERMINATING, state.drained) if served else {}
    state.lifecycle_state = _TERMINATING
    state.instance.target_lifecycle_state = "Terminated"
    _note(group, f"Terminating EC2 instance: {id_}", f"it {why}", "WaitingForELBConnectionDraining")
    if hooks.over(state, state.drained) <= _clock():
        _end(group, id_)


def _after_hooks(group: FakeAutoScalingGroup, state: InstanceState, result: str | None) -> None:
    """What follows when the last hook of a member has ended, if it has; says that one that is drained waits for one."""
    if state.lifecycle_state == _PENDING and result == hooks.CONTINUE:
        state.lifecycle_state, state.launched = _IN_SERVICE, _clock()
        attachments.register(group, state)
    elif state.lifecycle_state == _PENDING and result == hooks.ABANDON:
        _drain(group, state.instance_id, "was abandoned by a lifecycle hook")
    elif state.lifecycle_state == _TERMINATING and state.holds and state.drained <= _clock():
        state.lifecycle_state = _WAITING


def complete(group: FakeAutoScalingGroup, state: InstanceState, hook: str, result: str) -> None:
    """Ends a hook that a member waits for, and does what the group has to do then."""
    _after_hooks(group, state, hooks.release(state, hook, result))
    _try_to_advance(group)


def _end(group: FakeAutoScalingGroup, id_: str) -> None:
    group.instance_states = [it for it in group.instance_states if it.instance_id != id_]
    if group.ec2_backend.get_instance(id_).state != "terminated":
        group.ec2_backend.terminate_instances([id_])
    for activity in getattr(group, "activities", ()):
        if activity.description.endswith(id_):
            activity.status_code, activity.end_time = "Successful", utcnow()


def end_all(group: FakeAutoScalingGroup) -> None:
    """Terminates every member at once."""
    for state in list(group.instance_states):
        _end(group, state.instance_id)


def _note(
    group: FakeAutoScalingGroup, description: str, cause: str, status: str = "Successful"
) -> None:
    """Remembers an activity, the newest first."""
    if not hasattr(group, "activities"):
        group.activities = deque(maxlen=_MOST_ACTIVITIES)
    said = Activity(description, f"At {utcnow():%Y-%m-%dT%H:%M:%SZ}: {cause}", group)
    said.status_code = status
    said.progress = 100
    group.activities.appendleft(said)


def capacity_over_subnets() -> None:
    """moto launches every instance of a group in its first subnet."""

    def set_desired_capacity(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
        self.desired_capacity = self.min_size if new_capacity is None else int(new_capacity)
        if self.name in self.autoscaling_backend.autoscaling_groups:
            _try_to_advance(self)
            return
        try:
            advance(self)
        except Exception:  # a group that is not made leaves nothing
            end_all(self)
            raise

    FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity


def members_from_their_version() -> None:
    """moto launches from, and says of every instance, the launch template's default version."""

    def launch_template(self: InstanceState) -> dict[str, Any] | None:
        template = self.auto_scaling_group.ec2_launch_template
        if template is None:
            return None
        return {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": str(_version(self)),
        }

    InstanceState.launch_template = property(launch_template)


def members_drain() -> None:
    """moto terminates what a group does not need any more at once, and leaves it registered and healthy."""

    def notify_terminate_instances(self: AutoScalingBackend, instance_ids: list[str]) -> None:
        for group in self.autoscaling_groups.values():
            if any(it.instance_id in instance_ids for it in group.instance_states):
                _try_to_advance(group)

    def update_attached_target_groups(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups[group_name]
        for arn in group.target_group_arns:
            targets = self.elbv2_backend.target_groups.get(arn)
            if targets is None:
                raise TargetGroupNotFoundError
            wanted = {(it.instance_id, int(targets.port)) for it in group.active_instances()}
            new = [{"Id": id_, "Port": port} for id_, port in wanted - targets.targets.keys()]
            self.elbv2_backend.register_targets(arn, new)

    AutoScalingBackend.notify_terminate_instances = notify_terminate_instances
    AutoScalingBackend.update_attached_target_groups = update_attached_target_groups


def capacity_within_limits() -> None:
    """moto takes a desired capacity beyond a group's limits, and keeps one that new limits exclude."""
    set_capacity, update = AutoScalingBackend.set_desired_capacity, FakeAutoScalingGroup.update

    @functools.wraps(set_capacity)
    def set_desired_capacity(
        self: AutoScalingBackend, group_name: str, desired_capacity: int | None
    ) -> None:
        group = self.autoscaling_groups[group_name]
        for word, limit, outside in (
            ("above max", group.max_size, int(desired_capacity) > int(group.max_size)),
            ("below min", group.min_size, int(desired_capacity) < int(group.min_size)),
        ):
            if outside:
                raise ValidationError(
                    f"New SetDesiredCapacity value {desired_capacity} is {word} value {limit} for the AutoScalingGroup."
                )
        set_capacity(self, group_name, desired_capacity)

    @functools.wraps(update)
    def update_within_limits(self: FakeAutoScalingGroup, *args: Any, **kwargs: Any) -> None:
        least = kwargs["min_size"] if kwargs.get("min_size") is not None else self.min_size
        most = kwargs["max_size"] if kwargs.get("max_size") is not None else self.max_size
        wanted = kwargs.get("desired_capacity")
        if wanted is None:
            wanted = min(max(int(self.desired_capacity), int(least)), int(most))
        elif not int(least) <= int(wanted) <= int(most):
            raise ValidationError(
                f"Desired capacity:{wanted} must be between the specified min size:{least} and max size:{most}"
            )
        update(self, *args, **{**kwargs, "desired_capacity": wanted})

    AutoScalingBackend.set_desired_capacity = set_desired_capacity
    FakeAutoScalingGroup.update = update_within_limits


def termination_drains() -> None:
    """moto's TerminateInstanceInAutoScalingGroup ends the instance at once."""

    def terminate_instance(
        self: AutoScalingBackend, instance_id: str, should_decrement: bool
    ) -> TerminateInstanceActivity:
        group, state = next(
            (group, state)
            for group in self.autoscaling_groups.values()
            for state in group.instance_states
            if state.instance_id == instance_id
        )
        before = group.desired_capacity
        if should_decrement:
            if before <= int(group.min_size):
                raise ValidationError(
                    f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
                    "replacement will violate group's min size constraint."
                )
            group.desired_capacity = before - 1
        if state.lifecycle_state in (_IN_SERVICE, _PENDING):
            _drain(group, instance_id, "was taken out of service in response to a user request")
        _try_to_advance(group)
        return TerminateInstanceActivity(state.instance, before)

    AutoScalingBackend.terminate_instance = terminate_instance


def activities() -> None:
    """moto remembers nothing of what a group did."""

    def describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
        wanted = self._get_param("AutoScalingGroupName")
        most = self._get_int_param("MaxRecords", _MOST_ACTIVITIES)
        found = [
            activity
            for group in self.autoscaling_backend.autoscaling_groups.values()
            if wanted in (None, group.name)
            for activity in getattr(group, "activities", ())
        ]
        return ActionResult({"Activities": found[:most]})

    AutoScalingResponse.describe_scaling_activities = describe_scaling_activities
