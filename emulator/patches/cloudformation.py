"""CloudFormation: what a stack's operations end in, and what is refused."""

import functools
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import (
    CloudFormationBackend,
    Event,
    OutputMap,
    Stack,
)
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from emulator.patches import refreshes
from emulator.patches.updates import ResourceError, Update

_TAKES_UPDATES = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_TAKES_NO_DELETE = ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    previous_values_of_parameters()
    failures_are_said()
    failed_updates_are_rolled_back()
    no_exports()
    outputs_end_with_their_stack()
    refused_updates()
    change_sets()
    signals()


def previous_values_of_parameters() -> None:
    """moto looks for UsePreviousValue among resolved values (KeyError, or an SSM parameter's value as its name)."""
    update = CloudFormationBackend.update_stack

    @functools.wraps(update)
    def update_stack(  # noqa: PLR0913, PLR0917 - moto's signature
        self: CloudFormationBackend,
        name: str,
        template: str,
        role_arn: str | None,
        parameters: list[dict[str, Any]],
        tags: dict[str, str] | None,
    ) -> Stack:
        before = self.get_stack(name).parameters
        given = [
            {"ParameterKey": parameter["ParameterKey"], "ParameterValue": value}
            for parameter in parameters
            if (value := parameter.get("ParameterValue", before.get(parameter["ParameterKey"])))
            is not None
        ]
        return update(self, name, template, role_arn, given, tags)

    CloudFormationBackend.update_stack = update_stack


def _say(stack: Stack, name: str, status: str, reason: str) -> None:
    """An event of one of the stack's resources."""
    part = stack.resource_map._resource_json_map.get(name, {})
    resource = stack.resource_map._parsed_resources.get(name)
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=name,
            physical_resource_id=getattr(resource, "physical_resource_id", None) or "",
            resource_type=part.get("Type", ""),
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def _failed(stack: Stack, error: Exception, status: str) -> None:
    """Says which resources failed and why, and puts the stack into the status that follows."""
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, ResourceError):
        for name, why in error.failed.items():
            _say(stack, name, f"{error.operation.upper()}_FAILED", why)
        reason = error.sentence
    elif isinstance(error, ValidationError):
        reason = str(error.message)
    _reach(stack, status, reason)


def _reach(stack: Stack, status: str, reason: str | None = None) -> None:
    stack._add_stack_event(status, resource_status_reason=reason)
    stack.status = status


def failures_are_said() -> None:
    """moto leaves a stack whose creation, update or deletion failed as it was, and answers with a server error.

    Clients then try again, and wait for ever. Here a stack's events say which resource failed and why; a failed
    creation and a failed update are taken back.
    """
    create, delete = Stack.create_resources, Stack.delete

    @functools.wraps(create)
    def create_resources(self: Stack) -> None:
        try:
            create(self)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the stack's failure
            _failed(self, error, "ROLLBACK_IN_PROGRESS")
            _set_outputs(self, {})
            try:
                self.resource_map.delete()
            except Exception as remains:  # noqa: BLE001
                _failed(self, remains, "ROLLBACK_FAILED")
            else:
                _reach(self, "ROLLBACK_COMPLETE")

    @functools.wraps(delete)
    def delete_stack(self: Stack) -> None:
        try:
            _set_outputs(self, {it.key: it.value for it in self.output_map.values() if it})
            delete(self)
        except Exception as error:  # noqa: BLE001
            _failed(self, error, "DELETE_FAILED")

    forget = CloudFormationBackend.delete_stack

    @functools.wraps(forget)
    def keep_what_failed(self: CloudFormationBackend, name_or_stack_id: str) -> None:
        forget(self, name_or_stack_id)
        stack = self.deleted_stacks.get(name_or_stack_id)
        if stack and stack.status == "DELETE_FAILED":
            self.stacks[stack.stack_id] = self.deleted_stacks.pop(stack.stack_id)

    Stack.create_resources = create_resources
    Stack.delete = delete_stack
    CloudFormationBackend.delete_stack = keep_what_failed


def failed_updates_are_rolled_back() -> None:
    """moto leaves an update that failed half done."""

    def update(
        self: Stack,
        template: str,
        role_arn: str | None = None,
        parameters: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        before = (self.template, self.template_dict, self.parameters, self.tags, self.role_arn)
        _reach(self, "UPDATE_IN_PROGRESS", "User Initiated")
        change = None
        try:
            self.template = template
            self._parse_template()
            change = Update(self.resource_map, self.template_dict, parameters)
            change.run()
            self.output_map = self._create_output_map()
        except Exception as error:  # noqa: BLE001
            roll_back(self, change, before, error)
            return
        self.role_arn = role_arn
        self.parameters, self.tags = parameters or self.parameters, tags or self.tags
        refreshes.wait(
            self,
            lambda: _end(self, change.finish(), "UPDATE_COMPLETE"),
            lambda error: roll_back(self, change, before, error),
        )

    def roll_back(
        self: Stack, change: Update | None, before: tuple[Any, ...], error: Exception
    ) -> None:
        _failed(self, error, "UPDATE_ROLLBACK_IN_PROGRESS")
        self.template, self.template_dict, self.parameters, self.tags, self.role_arn = before
        try:
            left = change.roll_back() if change else {}
        except Exception as remains:  # noqa: BLE001
            _failed(self, remains, "UPDATE_ROLLBACK_FAILED")
            return
        self.output_map = self._create_output_map()
        refreshes.wait(
            self,
            lambda: _end(self, left, "UPDATE_ROLLBACK_COMPLETE"),
            lambda error: _failed(self, error, "UPDATE_ROLLBACK_FAILED"),
        )

    Stack.update = update


def _end(stack: Stack, left: dict[str, str], status: str) -> None:
    """Ends an update; ``left`` are the resources that could not be deleted, which CloudFormation leaves, too."""
    for name, reason in left.items():
        _say(stack, name, "DELETE_FAILED", reason)
    _reach(stack, status)


def no_exports() -> None:
    """moto creates resources early to work out exports, and cannot delete a stack whose creation left none.

    No stack of ours imports anything, so exports are not emulated.
    """
    OutputMap.exports = property(lambda _self: [])


def _found(backend: CloudFormationBackend, name_or_stack_id: str) -> Stack | None:
    """The stack that there is, not one that was deleted."""
    stacks = backend.stacks.values()
    return next((it for it in stacks if name_or_stack_id in (it.name, it.stack_id)), None)


def outputs_end_with_their_stack() -> None:
    """Reading an output of a deleted stack makes moto create the resource again that the output names."""
    delete = Stack.delete

    @functools.wraps(delete)
    def delete_stack(self: Stack) -> None:
        delete(self)
        if self.status == "DELETE_COMPLETE":
            _set_outputs(self, {})

    Stack.delete = delete_stack


def _set_outputs(stack: Stack, values: dict[str, str]) -> None:
    """Gives a stack these outputs: where they named resources that are gone, reading them would make them again."""
    outputs = {"Outputs": {key: {"Value": value} for key, value in values.items()}}
    stack.output_map = OutputMap(stack.resource_map, outputs, stack.stack_id)


def refused_updates() -> None:
    """moto updates a stack in any status; CloudFormation only one whose last operation left it whole.

    It deletes one in any status but those in which an update is under way.
    """
    update = CloudFormationBackend.update_stack

    @functools.wraps(update)
    def update_stack(self: CloudFormationBackend, name: str, *args: Any, **kwargs: Any) -> Stack:
        stack = self.get_stack(name)
        if stack.status not in _TAKES_UPDATES:
            raise _takes_no_update(stack)
        return update(self, name, *args, **kwargs)

    delete = CloudFormationBackend.delete_stack

    @functools.wraps(delete)
    def delete_stack(self: CloudFormationBackend, name_or_stack_id: str) -> None:
        stack = _found(self, name_or_stack_id)
        if stack and stack.status in _TAKES_NO_DELETE:
            raise ValidationError(
                message=f"Stack [{stack.stack_id}] cannot be deleted while in status {stack.status}"
            )
        delete(self, name_or_stack_id)

    CloudFormationBackend.update_stack = update_stack
    CloudFormationBackend.delete_stack = delete_stack


def _takes_no_update(stack: Stack) -> ValidationError:
    return ValidationError(
        message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
    )


def change_sets() -> None:
    """moto executes a change set past all this: no outputs, and a server error where something fails."""
    execute = CloudFormationBackend.execute_change_set

    @functools.wraps(execute)
    def execute_change_set(
        self: CloudFormationBackend,
        change_set_name: str,
        stack_name: str | None = None,  # noqa: ARG001 - the change set has its stack
    ) -> None:
        change_set = self.describe_change_set(change_set_name)
        stack = change_set.stack
        if change_set.change_set_type == "UPDATE":
            if stack.status not in _TAKES_UPDATES:
                raise _takes_no_update(stack)
            stack.update(
                change_set.template, change_set.role_arn, change_set.parameters, change_set.tags
            )
        else:
            stack.template, stack.parameters = change_set.template, change_set.parameters
            stack._parse_template()
            stack.cross_stack_resources = self.exports
            stack.resource_map = stack._create_resource_map()
            stack.output_map = stack._create_output_map()
            stack._add_stack_event("CREATE_IN_PROGRESS", "User Initiated")
            stack.create_resources()
        change_set.execution_status = "EXECUTE_COMPLETE"

    CloudFormationBackend.execute_change_set = execute_change_set


def signals() -> None:
    """Adds SignalResource, which moto lacks: the signal becomes an event of the stack. Nothing waits for it."""

    def signal_resource(self: CloudFormationResponse) -> ActionResult:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        name, status = self._get_param("LogicalResourceId"), self._get_param("Status")
        if name not in stack.resource_map._resource_json_map:
            raise ValidationError(message=f"Resource {name} does not exist for stack {stack.name}")
        reason = f"Received {status} signal with UniqueId {self._get_param('UniqueId')}"
        ended = "CREATE_COMPLETE" if status == "SUCCESS" else "CREATE_FAILED"
        _say(stack, name, ended, reason)
        return EmptyResult()

    CloudFormationResponse.signal_resource = signal_resource
