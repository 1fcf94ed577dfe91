"""The calls that end a lifecycle hook, or make it wait longer."""

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from emulator.patches import autoscaling, hooks


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    lifecycle_actions()


def lifecycle_actions() -> None:
    """moto answers CompleteLifecycleAction and RecordLifecycleActionHeartbeat with a server error."""

    def waiting(self: AutoScalingResponse) -> tuple[FakeAutoScalingGroup, InstanceState, str]:
        name, instance = (self._get_param(it) for it in ("LifecycleHookName", "InstanceId"))
        groups = self.autoscaling_backend.autoscaling_groups
        group = groups.get(self._get_param("AutoScalingGroupName"))
        for state in group.instance_states if group else ():
            if state.instance_id == instance and name in hooks.held(state):
                return group, state, name
        raise ValidationError(f"No active Lifecycle Action found with instance ID {instance}")

    def complete_lifecycle_action(self: AutoScalingResponse) -> ActionResult:
        group, state, name = waiting(self)
        autoscaling.complete(group, state, name, self._get_param("LifecycleActionResult"))
        return EmptyResult()

    def record_lifecycle_action_heartbeat(self: AutoScalingResponse) -> ActionResult:
        _, state, name = waiting(self)
        hold = hooks.held(state)[name]
        hold.until = autoscaling.now() + hold.timeout
        return EmptyResult()

    AutoScalingResponse.complete_lifecycle_action = complete_lifecycle_action
    AutoScalingResponse.record_lifecycle_action_heartbeat = record_lifecycle_action_heartbeat
