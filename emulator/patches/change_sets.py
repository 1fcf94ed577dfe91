"""CloudFormation's change sets: what they keep of a stack, and the errors for one that does not exist."""

import functools
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    previous_values_in_change_sets()
    change_sets_that_are_gone()


def previous_values_in_change_sets() -> None:
    """moto takes the value of an SSM parameter for its name where a change set keeps the previous one."""
    create = CloudFormationBackend.create_change_set

    @functools.wraps(create)
    def create_change_set(
        self: CloudFormationBackend, stack_name: str, *args: Any, **kwargs: Any
    ) -> tuple[str, str]:
        if kwargs["change_set_type"] == "UPDATE":
            stack = self.get_stack(stack_name)
            resolved, before = stack.stack_parameters, stack.parameters
            kwargs["parameters"] = {
                key: before.get(key) if value == resolved.get(key) else value
                for key, value in kwargs["parameters"].items()
                if value != resolved.get(key) or key in before
            }
        return create(self, stack_name, *args, **kwargs)

    CloudFormationBackend.create_change_set = create_change_set


class _ChangeSetNotFoundError(CloudFormationError):
    code = "ChangeSetNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


def change_sets_that_are_gone() -> None:
    """For a missing change set moto reports a missing stack, and fails to delete a change set.

    The CDK CLI deletes the change set of an earlier deployment and waits until that is not found any more.
    """
    describe = CloudFormationBackend.describe_change_set
    delete = CloudFormationBackend.delete_change_set

    @functools.wraps(describe)
    def describe_change_set(self: CloudFormationBackend, change_set_name: str) -> ChangeSet:
        if not _has_change_set(self, change_set_name):
            raise _ChangeSetNotFoundError(change_set_name)
        return describe(self, change_set_name)

    @functools.wraps(delete)
    def delete_change_set(self: CloudFormationBackend, change_set_name: str) -> None:
        if _has_change_set(self, change_set_name):
            delete(self, change_set_name)

    CloudFormationBackend.describe_change_set = describe_change_set
    CloudFormationBackend.delete_change_set = delete_change_set


def _has_change_set(backend: CloudFormationBackend, name_or_id: str) -> bool:
    return any(name_or_id in (id_, it.change_set_name) for id_, it in backend.change_sets.items())
