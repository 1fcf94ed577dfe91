"""Elastic Load Balancing: targets from templates, addresses that answer, and health that was checked."""

import functools
import itertools
from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.elbv2 import models
from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeListener,
    FakeListenerRule,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)

HealthOf = Callable[[str, str, int], tuple[str, str | None, str | None]]
"""(target group ARN, target id, port) -> (state, reason, description), in the API's words."""

_LAST_RESERVED_HOST = 9
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


def nobody_checked(arn: str, target: str, port: int) -> tuple[str, str | None, str | None]:  # noqa: ARG001
    """The health of a target before the first check."""
    return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"


_health_of: HealthOf = nobody_checked


def answer_target_health_with(health_of: HealthOf) -> None:
    """Sets the function that returns the health of targets."""
    global _health_of  # noqa: PLW0603 - moto's classes are global too: one emulator a process
    _health_of = health_of


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    load_balancer_address()
    full_names()
    target_group_targets()
    target_group_update()
    target_group_delete()
    listener_delete()
    listener_rule_delete()
    listener_rule_priority()
    target_health()


def load_balancer_address() -> None:
    """moto's names for load balancers resolve nowhere: an address of this machine instead, from 127.2.0.10 on.

    A name below .localhost would not do: glibc and Java do not resolve those.
    """
    create = ELBv2Backend.create_load_balancer

    @functools.wraps(create)
    def create_load_balancer(self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
        taken = {
            load_balancer.dns_name
            for _, _, backend in elbv2_backends.iter_backends()
            for load_balancer in backend.load_balancers.values()
        }
        load_balancer = create(self, *args, **kwargs)
        hosts = (f"127.2.0.{host}" for host in itertools.count(_LAST_RESERVED_HOST + 1))
        load_balancer.dns_name = next(address for address in hosts if address not in taken)
        return load_balancer

    ELBv2Backend.create_load_balancer = create_load_balancer


def full_names() -> None:
    """Adds the full names of load balancers and target groups, CloudWatch's dimensions, which moto lacks."""
    of_balancer = FakeLoadBalancer.get_cfn_attribute

    @functools.wraps(of_balancer)
    def balancer_attribute(self: FakeLoadBalancer, attribute_name: str) -> Any:
        if attribute_name == "LoadBalancerFullName":
            return self.arn.split(":loadbalancer/", 1)[1]
        return of_balancer(self, attribute_name)

    def group_attribute(self: FakeTargetGroup, attribute_name: str) -> str:
        if attribute_name == "TargetGroupFullName":
            return self.arn.rsplit(":", 1)[1]
        raise UnformattedGetAttTemplateException

    FakeLoadBalancer.get_cfn_attribute = balancer_attribute
    FakeTargetGroup.has_cfn_attr = classmethod(lambda _, name: name == "TargetGroupFullName")
    FakeTargetGroup.get_cfn_attribute = group_attribute


def _targets(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {key: int(value) if key == "Port" else value for key, value in target.items()}
        for target in properties.get("Targets", [])
    ]


def target_group_targets() -> None:
    """moto ignores a target group's ``Targets`` (and its attributes) in templates."""
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
        properties = cloudformation_json["Properties"]
        for key, attribute in _ATTRIBUTES_OF_A_HEALTH_CHECK.items():
            if key in properties:
                setattr(original_resource, attribute, properties[key])
        _set_attributes(original_resource, properties)
        wanted = _targets(properties)
        ids = {target["Id"] for target in wanted}
        gone = [target for target in original_resource.targets if target not in ids]
        original_resource.deregister([{"Id": target} for target in gone])
        known = set(original_resource.targets)
        original_resource.register([target for target in wanted if target["Id"] not in known])
        return original_resource

    FakeTargetGroup.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def target_group_delete() -> None:
    """moto's stack deletion leaves target groups, and their VPC cannot be deleted then."""

    def delete(self: FakeTargetGroup, account_id: str, region_name: str) -> None:
        backend = elbv2_backends[account_id][region_name]
        if self.arn in backend.target_groups:
            backend.delete_target_group(self.arn)

    FakeTargetGroup.delete = delete


def listener_delete() -> None:
    """moto keeps a listener that an update of the stack removes."""

    def delete(self: FakeListener, account_id: str, region_name: str) -> None:
        backend = elbv2_backends[account_id][region_name]
        if any(self.arn in balancer.listeners for balancer in backend.load_balancers.values()):
            backend.delete_listener(self.arn)

    FakeListener.delete = delete


def listener_rule_delete() -> None:
    """moto keeps a rule that an update of the stack removes."""

    def delete(self: FakeListenerRule, account_id: str, region_name: str) -> None:
        backend = elbv2_backends[account_id][region_name]
        for balancer in backend.load_balancers.values():
            listener = balancer.listeners.get(self.listener_arn)
            if listener and self.arn in listener.rules:
                listener.remove_rule(self.arn)

    FakeListenerRule.delete = delete


def listener_rule_priority() -> None:
    """moto ignores a changed priority, and an update of actions or conditions would lose moto's own types."""
    update = FakeListenerRule.update_from_cloudformation_json.__func__

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[FakeListenerRule],
        original_resource: FakeListenerRule,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FakeListenerRule:
        rule = update(
            cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        rule.priority = cloudformation_json["Properties"].get("Priority", rule.priority)
        return rule

    FakeListenerRule.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def target_health() -> None:
    """moto calls every registered target healthy, with nothing listening: answer with what a check found."""
    health_for = FakeTargetGroup.health_for

    @functools.wraps(health_for)
    def health_for_checked(
        self: FakeTargetGroup, target: dict[str, Any], ec2_backend: models.EC2Backend
    ) -> FakeHealthStatus:
        status = health_for(self, target, ec2_backend)
        if status.status != "healthy":
            return status
        state, reason, description = _health_of(self.arn, status.instance_id, int(status.port))
        return FakeHealthStatus(
            status.instance_id, status.port, status.health_check_port, state, reason, description
        )

    FakeTargetGroup.health_for = health_for_checked
