"""CloudFormation: how a stack's resources change. What is new comes first, what is old goes last, failures go back."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.parsing import ResourceMap
from moto.ec2.models import ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

_REPLACED = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {"Name", "Scheme", "Type"},
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        *("Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"),
    },
    "AWS::ElasticLoadBalancingV2::Listener": {"LoadBalancerArn"},
    "AWS::ElasticLoadBalancingV2::ListenerRule": {"ListenerArn"},
    "AWS::ElasticLoadBalancing::LoadBalancer": {"LoadBalancerName", "Scheme"},
}
"""Properties of which another value makes another resource, though others of its type are changed in place."""

_OF_ITS_CONTENT = {"AWS::EC2::LaunchTemplate"}
"""Types with an attribute that changes with their content: what refers to them is updated with them."""

RefuseResource = Callable[[str, str], None]
"""(operation, resource type): raises AWS's error for the creation, update or deletion, or does nothing."""


class ResourceError(Exception):
    """A resource could not be created, updated or deleted; ``failed`` has the reason by logical name."""

    def __init__(self, operation: str, failed: dict[str, str]) -> None:
        super().__init__("; ".join(failed.values()))
        self.operation = operation
        self.failed = failed

    @property
    def sentence(self) -> str:
        """CloudFormation's text for it in the stack's own event."""
        return f"The following resource(s) failed to {self.operation}: [{', '.join(self.failed)}]."


def nothing_is_refused(operation: str, resource_type: str) -> None:
    """The default: no fault is played."""


_refuse: RefuseResource = nothing_is_refused


def refuse_resources_with(refuse: RefuseResource) -> None:
    """Sets the function that refuses resources."""
    global _refuse  # noqa: PLW0603 - moto's classes are global too: one emulator a process
    _refuse = refuse


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    resource_failures()
    replacement()
    create_before_delete()


def resource_failures() -> None:
    """moto does not say which resource failed, and deletes in random order."""
    create = parsing.parse_and_create_resource

    @functools.wraps(create)
    def parse_and_create_resource(
        logical_id: str, resource_json: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        with _Attempt("create", logical_id, resource_json["Type"]):
            return create(logical_id, resource_json, *args, **kwargs)

    def delete(self: ResourceMap) -> None:
        doomed = {
            name: (self._parsed_resources[name], resource)
            for name, resource in self._resource_json_map.items()
            if name in self._parsed_resources and resource.get("DeletionPolicy") != "Retain"
        }
        failed = _delete(self, doomed)
        for name in doomed.keys() - failed.keys():
            self._parsed_resources.pop(name)
        if failed:
            raise ResourceError("delete", failed)

    parsing.parse_and_create_resource = parse_and_create_resource
    ResourceMap.delete = delete


class _Attempt:
    """Names the resource where what happens inside fails; the innermost name stays."""

    def __init__(self, operation: str, name: str, resource_type: str) -> None:
        self._operation, self._name, self._type = operation, name, resource_type

    def __enter__(self) -> None:
        try:
            _refuse(self._operation, self._type)
        except Exception as error:
            raise ResourceError(self._operation, {self._name: str(error)}) from error

    def __exit__(self, _type: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, ResourceError):
            reason = f"{type(error).__name__}: {error}"
            raise ResourceError(self._operation, {self._name: reason}) from error


def _delete(resources: ResourceMap, doomed: dict[str, tuple[Any, Any]]) -> dict[str, str]:
    """Deletes (object, template part) pairs, dependents first, again while that helps; reasons by name of the rest."""
    left = list(
        reversed(_in_dependency_order(doomed, {n: part for n, (_, part) in doomed.items()}))
    )
    while True:
        failed: dict[str, str] = {}
        for name in left:
            resource, part = doomed[name]
            try:
                with _Attempt("delete", name, part["Type"]):
                    if resource is not None and not isinstance(resource, str):
                        resources._delete_resource(resource, part)
            except ResourceError as failure:
                failed |= failure.failed
        if not failed or len(failed) == len(left):
            return failed
        left = list(failed)


def _can_update(resource_type: str) -> bool:
    model = parsing.get_model_map().get(resource_type)
    return model is None or not hasattr(
        model.update_from_cloudformation_json, "__isabstractmethod__"
    )


def _is_another(old: dict[str, Any], new: dict[str, Any], replaced: set[str]) -> bool:
    before, after = old.get("Properties", {}), new.get("Properties", {})
    return any(
        before.get(key) != after.get(key) or _references(after.get(key)) & replaced
        for key in _REPLACED.get(new["Type"], ())
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


def _depends_on(resource: dict[str, Any]) -> list[str]:
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else named


def _only_tags_differ(old: dict[str, Any], new: dict[str, Any]) -> bool:
    def bare(resource: dict[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in resource.get("Properties", {}).items() if k != "Tags"}
        return {"Type": resource["Type"], "Properties": kept}

    return bare(old) == bare(new)


def _in_dependency_order(names: Iterable[str], resources: dict[str, Any]) -> list[str]:
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in resources:
            return
        seen.add(name)
        for other in [*sorted(_references(resources[name])), *_depends_on(resources[name])]:
            visit(other)
        ordered.append(name)

    for name in resources:
        visit(name)
    wanted = set(names)
    return [name for name in ordered if name in wanted]


def replacement() -> None:
    """moto forgets a changed resource that it has no update for: the old one stays for ever, a new one never comes.

    Here it is replaced, and what refers to it is updated or replaced in turn. A change of tags alone replaces nothing.
    """
    difference = ResourceMap.build_resource_diff

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
        self.replaced = set()
        given = parameters or {}
        changed = {key for key, value in given.items() if self.input_parameters.get(key) != value}
        # moto sees a changed parameter in a Ref, not in a Fn::Sub
        modified = _in_dependency_order(
            [
                name
                for name in new
                if name in old and (name in found["Modify"] or changed & _references(new[name]))
            ],
            new,
        )
        for name in modified:  # grows meanwhile: what is replaced takes along what refers to it
            if self._is_replaced(name, new) or _is_another(old[name], new[name], self.replaced):
                self.replaced.add(name)
            elif new[name]["Type"] not in _OF_ITS_CONTENT:
                continue
            modified += [
                other
                for other in new
                if other in old and other not in modified and name in _references(new[other])
            ]
        found["Modify"] = _in_dependency_order(modified, new)
        return found

    def is_replaced(self: ResourceMap, name: str, resources: dict[str, Any]) -> bool:
        return name not in self.only_tags_differ and not _can_update(resources[name]["Type"])

    ResourceMap._is_replaced = is_replaced
    ResourceMap.build_resource_diff = build_resource_diff


def create_before_delete() -> None:
    """moto deletes before it creates, so that nothing answers meanwhile and nothing can be put back."""

    def update(
        self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
    ) -> None:
        change = Update(self, template, parameters)
        change.run()
        change.finish()

    ResourceMap.update = update


class Update:
    """One update of a stack's resources: ``run``, then either ``finish`` or ``roll_back``."""

    def __init__(
        self, resources: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None
    ) -> None:
        self._resources = resources
        self._old = (resources._template, resources.input_parameters)
        self._new = (template, parameters or resources.input_parameters)
        self._before = self._existing()
        self._old_parts = dict(resources._resource_json_map)
        self._touched: list[str] = []
        self._replaced: set[str] = set()

    def _existing(self) -> dict[str, Any]:
        parsed = self._resources._parsed_resources
        return {name: parsed[name] for name in self._resources._resource_json_map if name in parsed}

    def _switch(self, template: dict[str, Any], parameters: dict[str, Any]) -> None:
        resources = self._resources
        resources._template = template
        resources.input_parameters = parameters
        resources.resolved_parameters = {}
        resources.load_mapping()
        resources.load_parameters()
        resources.load_conditions()
        resources._resource_json_map = template.get("Resources", {})

    def run(self) -> None:
        """Creates, updates and replaces; what is to go is still there.

        Raises:
            ResourceError: with the first resource that failed.
        """
        resources = self._resources
        difference = resources.build_resource_diff(*self._new)
        self._switch(*self._new)
        parts = resources._resource_json_map
        for name in _in_dependency_order([*difference["Add"], *difference["Modify"]], parts):
            if name not in self._before:
                _ = resources[name]
            elif name in resources.replaced:
                self._replaced.add(name)
                del resources._parsed_resources[name]
                _ = resources[name]
            else:
                self._touched.append(name)
                resources._parsed_resources[name] = self._updated(name)

    def _updated(self, name: str) -> Any:
        resources = self._resources
        part = resources._resource_json_map[name]
        old = resources._parsed_resources[name]
        with _Attempt("update", name, part["Type"]):
            if not _can_update(part["Type"]):
                self._set_tags(old, part)
                return old
            return parsing.parse_and_update_resource(
                name, part, resources, resources._account_id, resources._region_name
            )

    def _set_tags(self, resource: Any, part: dict[str, Any]) -> None:
        if not isinstance(resource, TaggedEC2Resource):
            return
        resources = self._resources
        tags = parsing.clean_json(part["Properties"].get("Tags", []), resources)
        ec2_backends[resources._account_id][resources._region_name].create_tags(
            [resource.physical_resource_id], {tag["Key"]: tag["Value"] for tag in tags}
        )

    def finish(self) -> dict[str, str]:
        """Deletes what was replaced or is in the template no more; reasons by name of what could not be."""
        new = self._resources._resource_json_map
        gone = {name for name in self._before if name not in new} | self._replaced
        failed = _delete(
            self._resources, {name: (self._before[name], self._old_parts[name]) for name in gone}
        )
        for name in gone - self._replaced:
            self._resources._parsed_resources.pop(name, None)
        return failed

    def roll_back(self) -> dict[str, str]:
        """Puts everything back as it was; reasons by name of new resources that could not be deleted.

        Raises:
            ResourceError: where a resource cannot be put back.
        """
        resources = self._resources
        new_parts = resources._resource_json_map
        created = {
            name: (resource, new_parts[name])
            for name, resource in self._existing().items()
            if name not in self._before or name in self._replaced
        }
        for name in created:
            del resources._parsed_resources[name]
        for name in self._replaced:
            resources._parsed_resources[name] = self._before[name]
        self._switch(*self._old)
        for name in self._touched:
            resources._parsed_resources[name] = self._updated(name)
        return _delete(resources, created)
