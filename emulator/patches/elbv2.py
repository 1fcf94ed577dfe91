"""Elastic Load Balancing, second version: load balancers of both types, their listeners and rules."""

import functools
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.elbv2.exceptions import DuplicateListenerError
from moto.elbv2.models import (
    ELBv2Backend,
    FakeListener,
    FakeListenerRule,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)

from emulator.patches.addresses import free_address


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    load_balancer_address()
    network_load_balancers()
    load_balancer_properties()
    load_balancer_update()
    full_names()
    listener_port()
    listener_delete()
    listener_rule_delete()
    listener_rule_priority()


def load_balancer_address() -> None:
    """moto's names for load balancers resolve nowhere: an address of this machine instead, from 127.2.0.10 on."""
    create = ELBv2Backend.create_load_balancer

    @functools.wraps(create)
    def create_load_balancer(self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
        address = free_address()
        load_balancer = create(self, *args, **kwargs)
        load_balancer.dns_name = address
        return load_balancer

    ELBv2Backend.create_load_balancer = create_load_balancer


def network_load_balancers() -> None:
    """moto calls a Network Load Balancer ``app/...`` in its ARN, and so in CloudWatch's dimension."""
    create = ELBv2Backend.create_load_balancer

    @functools.wraps(create)
    def create_load_balancer(
        self: ELBv2Backend, *args: Any, tags: list[dict[str, str]] | None = None, **kwargs: Any
    ) -> FakeLoadBalancer:
        load_balancer = create(self, *args, **kwargs)
        if load_balancer.type == "network":
            del self.load_balancers[load_balancer.arn]
            load_balancer.arn = load_balancer.arn.replace("loadbalancer/app/", "loadbalancer/net/")
            self.load_balancers[load_balancer.arn] = load_balancer
        load_balancer.security_groups = load_balancer.security_groups or []
        self.tagging_service.tag_resource(load_balancer.arn, tags)
        return load_balancer

    ELBv2Backend.create_load_balancer = create_load_balancer


def load_balancer_properties() -> None:
    """moto ignores type, subnet mappings, attributes and tags of a load balancer in a template."""

    def create_from_cloudformation_json(
        cls: type[FakeLoadBalancer],  # noqa: ARG001
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ARG001
    ) -> FakeLoadBalancer:
        properties = cloudformation_json["Properties"]
        load_balancer = elbv2_backends[account_id][region_name].create_load_balancer(
            resource_name,
            properties.get("SecurityGroups"),
            properties.get("Subnets") or [],
            subnet_mappings=properties.get("SubnetMappings"),
            scheme=properties.get("Scheme", "internet-facing"),
            loadbalancer_type=properties.get("Type"),
            ip_address_type=properties.get("IpAddressType", "ipv4"),
            tags=properties.get("Tags"),
        )
        _set_attributes(load_balancer, properties)
        return load_balancer

    FakeLoadBalancer.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)


def _set_attributes(load_balancer: FakeLoadBalancer, properties: dict[str, Any]) -> None:
    for attribute in properties.get("LoadBalancerAttributes", []):
        load_balancer.attrs[attribute["Key"]] = attribute["Value"]


def load_balancer_update() -> None:
    """moto has no update for a load balancer: a changed attribute would give it another address."""

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[FakeLoadBalancer],  # noqa: ARG001
        original_resource: FakeLoadBalancer,
        new_resource_name: str,  # noqa: ARG001
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FakeLoadBalancer:
        backend = elbv2_backends[account_id][region_name]
        balancer, properties = original_resource, cloudformation_json["Properties"]
        balancer.security_groups = properties.get("SecurityGroups", balancer.security_groups)
        wanted = properties.get("Subnets") or [
            mapping["SubnetId"] for mapping in properties.get("SubnetMappings", [])
        ]
        balancer.subnets = [backend.ec2_backend.get_subnet(subnet) for subnet in wanted]
        _set_attributes(balancer, properties)
        backend.tagging_service.delete_all_tags_for_resource(balancer.arn)
        backend.tagging_service.tag_resource(balancer.arn, properties.get("Tags"))
        return balancer

    FakeLoadBalancer.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def full_names() -> None:
    """Adds the full names of load balancers and target groups, CloudWatch's dimensions, and what else moto lacks."""
    of_balancer = FakeLoadBalancer.get_cfn_attribute

    @functools.wraps(of_balancer)
    def balancer_attribute(self: FakeLoadBalancer, attribute_name: str) -> Any:
        if attribute_name == "LoadBalancerFullName":
            return self.arn.split(":loadbalancer/", 1)[1]
        if attribute_name == "CanonicalHostedZoneID":
            return self.canonical_hosted_zone_id
        if attribute_name == "SecurityGroups":
            return self.security_groups
        return of_balancer(self, attribute_name)

    def group_attribute(self: FakeTargetGroup, attribute_name: str) -> str:
        if attribute_name == "TargetGroupFullName":
            return self.arn.rsplit(":", 1)[1]
        raise UnformattedGetAttTemplateException

    FakeLoadBalancer.get_cfn_attribute = balancer_attribute
    FakeTargetGroup.has_cfn_attr = classmethod(lambda _, name: name == "TargetGroupFullName")
    FakeTargetGroup.get_cfn_attribute = group_attribute


def listener_port() -> None:
    """moto lets a listener move to a port that another listener of its load balancer has."""
    modify = ELBv2Backend.modify_listener

    @functools.wraps(modify)
    def modify_listener(
        self: ELBv2Backend, arn: str, port: str | None = None, *args: Any, **kwargs: Any
    ) -> FakeListener:
        for balancer in self.load_balancers.values():
            if port is not None and arn in balancer.listeners:
                others = [it for it in balancer.listeners.values() if it.arn != arn]
                if any(str(it.port) == str(port) for it in others):
                    raise DuplicateListenerError
        return modify(self, arn, port, *args, **kwargs)

    ELBv2Backend.modify_listener = modify_listener


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
