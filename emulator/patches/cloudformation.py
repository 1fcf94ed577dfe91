"""CloudFormation: updates that arrive, and failures that are said."""

import functools
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, OutputMap, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

_TAKES_UPDATES = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    previous_values_of_parameters()
    replacement()
    failures_are_said()
    outputs_end_with_their_stack()
    refused_updates()


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


def _can_update(resource_type: str) -> bool:
    model = parsing.get_model_map().get(resource_type)
    return model is None or not hasattr(
        model.update_from_cloudformation_json, "__isabstractmethod__"
    )


def _references(value: Any) -> set[str]:
    """Logical names that a part of a template refers to."""
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    # DependsOn names resources too, but says nothing of their attributes
    found = set().union(*(_references(v) for k, v in value.items() if k != "DependsOn"))
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if attribute:
        found.add(attribute[0] if isinstance(attribute, list) else attribute.split(".")[0])
    text = value.get("Fn::Sub")
    if isinstance(text, list):
        text = text[0]
    if text:
        found.update(part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
    return found


def _only_tags_differ(old: dict[str, Any], new: dict[str, Any]) -> bool:
    def bare(resource: dict[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in resource.get("Properties", {}).items() if k != "Tags"}
        return {"Type": resource["Type"], "Properties": kept}

    return bare(old) == bare(new)


def _in_dependency_order(names: list[str], resources: dict[str, Any]) -> list[str]:
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in resources:
            return
        seen.add(name)
        for reference in sorted(_references(resources[name])):
            visit(reference)
        ordered.append(name)

    for name in resources:
        visit(name)
    wanted = set(names)
    return [name for name in ordered if name in wanted]


def replacement() -> None:
    """moto forgets a changed resource that it has no update for: the old one stays for ever, a new one never comes.

    Here it is replaced, and what refers to it is updated or replaced in turn. Unlike CloudFormation, the old one goes
    first, as moto does everywhere. A change of tags alone replaces nothing.
    """
    difference = ResourceMap.build_resource_diff
    update = parsing.parse_and_update_resource

    @functools.wraps(difference)
    def build_resource_diff(
        self: ResourceMap, other_template: dict[str, Any], parameters: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        found = difference(self, other_template, parameters)
        old, new = self._resource_json_map, other_template["Resources"]
        self.only_tags_differ = {
            name
            for name in found["Modify"]
            if old[name] != new[name] and _only_tags_differ(old[name], new[name])
        }
        given = parameters or {}
        changed = {key for key, value in given.items() if self.input_parameters.get(key) != value}
        # moto sees a changed parameter in a Ref, not in a Fn::Sub
        modified = list(found["Modify"]) + [
            name
            for name in new
            if name in old and name not in found["Modify"] and changed & _references(new[name])
        ]
        for name in modified:  # grows meanwhile: what is replaced takes along what refers to it
            if self._is_replaced(name, new):
                modified += [
                    other
                    for other in new
                    if other in old and other not in modified and name in _references(new[other])
                ]
        found["Modify"] = _in_dependency_order(modified, new)
        return found

    def is_replaced(self: ResourceMap, name: str, resources: dict[str, Any]) -> bool:
        return name not in self.only_tags_differ and not _can_update(resources[name]["Type"])

    @functools.wraps(update)
    def parse_and_update_resource(
        logical_id: str,
        resource_json: dict[str, Any],
        resources_map: ResourceMap,
        account_id: str,
        region_name: str,
    ) -> Any:
        if _can_update(resource_json["Type"]):
            return update(logical_id, resource_json, resources_map, account_id, region_name)
        old = resources_map[logical_id]
        if logical_id in resources_map.only_tags_differ:
            if isinstance(old, TaggedEC2Resource):
                tags = parsing.clean_json(
                    resource_json["Properties"].get("Tags", []), resources_map
                )
                ec2_backends[account_id][region_name].create_tags(
                    [old.physical_resource_id], {tag["Key"]: tag["Value"] for tag in tags}
                )
            return old
        if old is not None:
            resources_map._delete_resource(old, resource_json)
        return parsing.parse_and_create_resource(
            logical_id, resource_json, resources_map, account_id, region_name
        )

    ResourceMap._is_replaced = is_replaced
    ResourceMap.build_resource_diff = build_resource_diff
    parsing.parse_and_update_resource = parse_and_update_resource


def failures_are_said() -> None:
    """moto leaves a stack whose creation, update or deletion failed as it was, and answers with a server error.

    Clients then try again, and wait for ever. Here the stack says that it failed and why, and a failed creation is
    taken back. A failed update is not: moto cannot, and UPDATE_ROLLBACK_FAILED says so.
    """
    create, update, delete = Stack.create_resources, Stack.update, Stack.delete

    def failed(stack: Stack, status: str, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        stack._add_stack_event(status, resource_status_reason=reason)
        stack.status = status

    @functools.wraps(create)
    def create_resources(self: Stack) -> None:
        try:
            create(self)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the stack's failure
            failed(self, "CREATE_FAILED", error)
            try:
                self.resource_map.delete()
            except Exception as remains:  # noqa: BLE001
                failed(self, "ROLLBACK_FAILED", remains)
            else:
                failed(self, "ROLLBACK_COMPLETE", error)

    @functools.wraps(update)
    def update_stack(self: Stack, *args: Any, **kwargs: Any) -> None:
        try:
            update(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001
            failed(self, "UPDATE_ROLLBACK_FAILED", error)

    @functools.wraps(delete)
    def delete_stack(self: Stack) -> None:
        try:
            delete(self)
        except Exception as error:  # noqa: BLE001
            failed(self, "DELETE_FAILED", error)

    forget = CloudFormationBackend.delete_stack

    @functools.wraps(forget)
    def keep_what_failed(self: CloudFormationBackend, name_or_stack_id: str) -> None:
        forget(self, name_or_stack_id)
        stack = self.deleted_stacks.get(name_or_stack_id)
        if stack and stack.status == "DELETE_FAILED":
            self.stacks[stack.stack_id] = self.deleted_stacks.pop(stack.stack_id)

    Stack.create_resources = create_resources
    Stack.update = update_stack
    Stack.delete = delete_stack
    CloudFormationBackend.delete_stack = keep_what_failed


def outputs_end_with_their_stack() -> None:
    """Reading an output of a deleted stack makes moto create the resource again that the output names."""
    delete = Stack.delete

    @functools.wraps(delete)
    def delete_stack(self: Stack) -> None:
        delete(self)
        if self.status == "DELETE_COMPLETE":
            self.output_map = OutputMap(self.resource_map, {"Outputs": {}}, self.stack_id)

    Stack.delete = delete_stack


def refused_updates() -> None:
    """moto updates a stack in any status; CloudFormation only one whose last operation left it whole."""
    update = CloudFormationBackend.update_stack

    @functools.wraps(update)
    def update_stack(self: CloudFormationBackend, name: str, *args: Any, **kwargs: Any) -> Stack:
        stack = self.get_stack(name)
        if stack.status not in _TAKES_UPDATES:
            raise ValidationError(
                message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
            )
        return update(self, name, *args, **kwargs)

    CloudFormationBackend.update_stack = update_stack
