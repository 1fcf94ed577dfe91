"""Target groups: targets from templates, a target for each port of an instance, and health that was checked."""

import functools
import time
from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.elb.models import elb_backends
from moto.elbv2.exceptions import InvalidTargetError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends

HealthOf = Callable[[str, str, int], tuple[str, str | None, str | None]]
"""(target group ARN, target id, port) -> (state, reason, description), in the API's words."""

_ATTRIBUTES_OF_A_HEALTH_CHECK = {
    "HealthCheckProtocol": "health_check_protocol",
    "HealthCheckPort": "health_check_port",
    "HealthCheckPath": "health_check_path",
    "HealthCheckIntervalSeconds": "health_check_interval_seconds",
    "HealthCheckTimeoutSeconds": "health_check_timeout_seconds",
    "HealthyThresholdCount": "healthy_threshold_count",
    "UnhealthyThresholdCount": "unhealthy_threshold_count",
    "Matcher": "matcher",
}


_DRAINING = (
    *("draining", "Target.DeregistrationInProgress"),
    "Target deregistration is in progress",
)

_clock: Callable[[], float] = time.monotonic


def tell_time_with(clock: Callable[[], float]) -> None:
    """Sets the clock of draining targets, in seconds."""
    global _clock  # noqa: PLW0603 - as below
    _clock = clock


def nobody_checked(arn: str, target: str, port: int) -> tuple[str, str | None, str | None]:  # noqa: ARG001
    """The health of a target before the first check."""
    return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"


_health_of: HealthOf = nobody_checked


def answer_target_health_with(health_of: HealthOf) -> None:
    """Sets the function that returns the health of targets."""
    global _health_of  # noqa: PLW0603 - moto's classes are global too: one emulator a process
    _health_of = health_of


def checked_health(arn: str, target: str, port: int) -> tuple[str, str | None, str | None]:
    """What a check found of a target: state, reason and description, in the API's words."""
    return _health_of(arn, target, port)


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    targets_by_port()
    target_group_targets()
    target_group_update()
    target_group_delete()
    target_health()
    targets_drain()
    terminated_instances_leave()


def _key(group: FakeTargetGroup, target: dict[str, Any]) -> tuple[str, int]:
    return target["Id"], int(target.get("Port") or group.port)


def targets_by_port() -> None:
    """moto knows a target by its instance: of several ports the last stays, and leaving with one port removes it."""
    register, health_for = FakeTargetGroup.register, FakeTargetGroup.health_for

    @functools.wraps(register)
    def register_each(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            before, self.targets = self.targets, {}
            try:
                register(self, [target])  # its own checks
                known = next(iter(self.targets.values()))
            finally:
                self.targets = before
            key = _key(self, target)
            self.targets[key] = known
            self.deregistered_targets.pop(key, None)
            self.terminated_targets.pop(key, None)

    def deregister(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            key = _key(self, target)
            if key not in self.targets:
                raise InvalidTargetError
            self.deregistered_targets[key] = self.targets.pop(key)

    def deregister_terminated_instances(self: FakeTargetGroup, instance_ids: list[str]) -> None:
        for key in [key for key in self.targets if key[0] in instance_ids]:
            self.terminated_targets[key] = self.targets.pop(key)

    @functools.wraps(health_for)
    def health_of_one(
        self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend
    ) -> FakeHealthStatus:
        names = ("targets", "deregistered_targets", "terminated_targets")
        kept = {name: getattr(self, name) for name in names}
        key = _key(self, target)
        try:
            for name in names:  # moto's words for what it finds below the id
                found = kept[name].get(key)
                setattr(self, name, {target["Id"]: found} if found else {})
            return health_for(self, {**target, "Port": key[1]}, ec2_backend)
        finally:
            for name in names:
                setattr(self, name, kept[name])

    FakeTargetGroup.register = register_each
    FakeTargetGroup.deregister = deregister
    FakeTargetGroup.deregister_terminated_instances = deregister_terminated_instances
    FakeTargetGroup.health_for = health_of_one


def _targets(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {key: int(value) if key == "Port" else value for key, value in target.items()}
        for target in properties.get("Targets", [])
    ]


def target_group_targets() -> None:
    """moto ignores a target group's ``Targets`` (and its attributes and tags) in templates."""
    create = FakeTargetGroup.create_from_cloudformation_json.__func__

    def create_from_cloudformation_json(
        cls: type[FakeTargetGroup],
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> FakeTargetGroup:
        group = create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        properties = cloudformation_json["Properties"]
        group.register(_targets(properties))
        _set_attributes(group, properties)
        backend = elbv2_backends[account_id][region_name]
        backend.tagging_service.tag_resource(group.arn, properties.get("Tags"))
        return group

    FakeTargetGroup.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)


def _set_attributes(group: FakeTargetGroup, properties: dict[str, Any]) -> None:
    for attribute in properties.get("TargetGroupAttributes", []):
        group.attributes[attribute["Key"]] = attribute["Value"]


def target_group_update() -> None:
    """moto says that a changed target group was updated, and changes nothing."""

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[FakeTargetGroup],  # noqa: ARG001
        original_resource: FakeTargetGroup,
        new_resource_name: str,  # noqa: ARG001
        cloudformation_json: dict[str, Any],
        account_id: str,  # noqa: ARG001
        region_name: str,  # noqa: ARG001
    ) -> FakeTargetGroup:
        group, properties = original_resource, cloudformation_json["Properties"]
        for key, attribute in _ATTRIBUTES_OF_A_HEALTH_CHECK.items():
            if key in properties:
                setattr(group, attribute, properties[key])
        _set_attributes(group, properties)
        wanted = {_key(group, target): target for target in _targets(properties)}
        group.deregister([it for key, it in group.targets.items() if key not in wanted])
        # an instance that was terminated by hand stays away, as where templates are compared
        known = group.targets.keys() | group.terminated_targets.keys()
        group.register([target for key, target in wanted.items() if key not in known])
        return group

    FakeTargetGroup.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def target_group_delete() -> None:
    """moto's stack deletion leaves target groups, and their VPC cannot be deleted then."""

    def delete(self: FakeTargetGroup, account_id: str, region_name: str) -> None:
        backend = elbv2_backends[account_id][region_name]
        if self.arn in backend.target_groups:
            backend.delete_target_group(self.arn)

    FakeTargetGroup.delete = delete


def target_health() -> None:
    """moto calls every registered target healthy, with nothing listening: answer with what a check found."""
    health_for = FakeTargetGroup.health_for

    @functools.wraps(health_for)
    def health_for_checked(
        self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend
    ) -> FakeHealthStatus:
        status = health_for(self, target, ec2_backend)
        if status.status != "healthy":
            return status
        state, reason, description = _health_of(self.arn, status.instance_id, int(status.port))
        return FakeHealthStatus(
            status.instance_id, status.port, status.health_check_port, state, reason, description
        )

    FakeTargetGroup.health_for = health_for_checked


def drain_seconds(group: FakeTargetGroup) -> float:
    """For how long a target that leaves now drains: not at all where no listener sends to it."""
    backend = elbv2_backends[group.account_id][group.region_name]
    if not backend._any_listener_using(group.arn):
        return 0.0
    return float(group.attributes["deregistration_delay.timeout_seconds"])


def _draining(group: FakeTargetGroup) -> dict[tuple[str, int], float]:
    """When the draining of each target ends that left and still drains."""
    known: dict[tuple[str, int], float] = vars(group).setdefault("draining", {})
    for key in [key for key, ends in known.items() if ends <= _clock() or key in group.targets]:
        del known[key]
    return known


def targets_drain() -> None:
    """moto forgets a target at once that leaves; AWS says that it drains for as long as its group's delay is."""
    deregister, ended = (
        FakeTargetGroup.deregister,
        FakeTargetGroup.deregister_terminated_instances,
    )
    describe, health_for = ELBv2Backend.describe_target_health, FakeTargetGroup.health_for

    @functools.wraps(deregister)
    def deregister_slowly(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
        deregister(self, targets)
        seconds = drain_seconds(self)
        if seconds:
            _draining(self).update({_key(self, it): _clock() + seconds for it in targets})

    @functools.wraps(ended)
    def deregister_terminated_instances(self: FakeTargetGroup, instance_ids: list[str]) -> None:
        ended(self, instance_ids)
        for key in [key for key in _draining(self) if key[0] in instance_ids]:
            del self.draining[key]

    @functools.wraps(describe)
    def describe_target_health(
        self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
    ) -> list[FakeHealthStatus]:
        found = describe(self, target_group_arn, targets)
        if not targets:
            group = self.target_groups[target_group_arn]
            found += [
                group.health_for({"Id": id_, "Port": port}, self.ec2_backend)
                for id_, port in _draining(group)
            ]
        return found

    @functools.wraps(health_for)
    def health_for_draining(
        self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend
    ) -> FakeHealthStatus:
        id_, port = _key(self, target)
        if (id_, port) in _draining(self):
            return FakeHealthStatus(id_, str(port), self.health_check_port, *_DRAINING)
        return health_for(self, target, ec2_backend)

    FakeTargetGroup.deregister = deregister_slowly
    FakeTargetGroup.deregister_terminated_instances = deregister_terminated_instances
    ELBv2Backend.describe_target_health = describe_target_health
    FakeTargetGroup.health_for = health_for_draining


def terminated_instances_leave() -> None:
    """An instance that a group or a stack ends stays registered in moto; a Classic Load Balancer keeps every one."""
    terminate = Instance.terminate

    @functools.wraps(terminate)
    def terminate_and_leave(self: Instance, *args: Any, **kwargs: Any) -> Any:
        ended = terminate(self, *args, **kwargs)
        account, region = self.ec2_backend.account_id, self.ec2_backend.region_name
        elbv2_backends[account][region].notify_terminate_instances([self.id])
        classic = elb_backends[account][region]
        for name, balancer in classic.load_balancers.items():
            if self.id in balancer.instance_ids:
                classic.deregister_instances(name, [self.id])
                classic.deregister_instances(name, [self.id], from_autoscaling=True)
        return ended

    Instance.terminate = terminate_and_leave
