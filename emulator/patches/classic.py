"""Classic Load Balancers: what a template says of them, addresses that answer, and health that was checked."""

import functools
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.responses import ActionResult
from moto.elb.exceptions import NoActiveLoadBalancerFoundError
from moto.elb.models import ELBBackend, FakeListener, LoadBalancer, elb_backends
from moto.elb.responses import ELBResponse

from emulator.patches.addresses import free_address
from emulator.patches.target_groups import checked_health

_LONGEST_NAME = 32
_HOSTED_ZONE = "Z35SXDOTRQ7X7K"
"""us-east-1's for Classic Load Balancers."""
_STATES = {
    "healthy": ("InService", "N/A", "N/A"),
    "initial": ("OutOfService", "ELB", "Instance registration is still in progress."),
}


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    classic_address()
    classic_properties()
    classic_update()
    classic_attributes()
    classic_members_once()
    classic_health()


def group_of(account: str, region: str, name: str, port: int) -> str:
    """How the emulator names the instances behind a listener, which AWS gives no name of their own."""
    return f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{name}/{port}"


def classic_address() -> None:
    """moto's names for load balancers resolve nowhere: an address of this machine instead, as for the other types."""
    create = ELBBackend.create_load_balancer

    @functools.wraps(create)
    def create_load_balancer(self: ELBBackend, *args: Any, **kwargs: Any) -> LoadBalancer:
        address = free_address()
        load_balancer = create(self, *args, **kwargs)
        load_balancer.dns_name = address
        return load_balancer

    ELBBackend.create_load_balancer = create_load_balancer


def classic_properties() -> None:
    """moto ignores subnets, security groups, attributes and tags in a template, and lets a name be too long."""

    def create_from_cloudformation_json(
        cls: type[LoadBalancer],  # noqa: ARG001
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ARG001
    ) -> LoadBalancer:
        properties = cloudformation_json["Properties"]
        backend = elb_backends[account_id][region_name]
        balancer = backend.create_load_balancer(
            name=properties.get("LoadBalancerName", _short(resource_name)),
            zones=properties.get("AvailabilityZones", []),
            ports=properties["Listeners"],
            scheme=properties.get("Scheme", "internet-facing"),
            subnets=properties.get("Subnets"),
            security_groups=properties.get("SecurityGroups"),
        )
        backend.register_instances(balancer.name, properties.get("Instances", []))
        _set(backend, balancer, properties)
        return balancer

    LoadBalancer.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)


def _short(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    prefix, _, suffix = name.rpartition("-")
    return f"{prefix[: _LONGEST_NAME - len(suffix) - 1].rstrip('-')}-{suffix}"


def _set(backend: ELBBackend, balancer: LoadBalancer, properties: dict[str, Any]) -> None:
    """What may change without another load balancer."""
    check = properties.get("HealthCheck")
    if check:
        backend.configure_health_check(
            load_balancer_name=balancer.name,
            timeout=check["Timeout"],
            healthy_threshold=check["HealthyThreshold"],
            unhealthy_threshold=check["UnhealthyThreshold"],
            interval=check["Interval"],
            target=check["Target"],
        )
    draining = properties.get("ConnectionDrainingPolicy", {})
    balancer.attributes["cross_zone_load_balancing"] = {
        "enabled": _yes(properties.get("CrossZone"))
    }
    balancer.attributes["connection_draining"] = {
        "enabled": _yes(draining.get("Enabled")),
        "timeout": int(draining.get("Timeout", 300)),
    }
    settings = properties.get("ConnectionSettings", {})
    balancer.attributes["connection_settings"] = {
        "idle_timeout": int(settings.get("IdleTimeout", 60))
    }
    balancer.tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _yes(value: Any) -> bool:
    return str(value).lower() == "true"


def classic_update() -> None:
    """moto deletes the old one and makes a new one, with another name and address."""

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[LoadBalancer],  # noqa: ARG001
        original_resource: LoadBalancer,
        new_resource_name: str,  # noqa: ARG001
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> LoadBalancer:
        balancer, properties = original_resource, cloudformation_json["Properties"]
        backend = elb_backends[account_id][region_name]
        wanted = properties.get("Instances", [])
        backend.deregister_instances(
            balancer.name, [it for it in balancer.instance_sparse_ids if it not in wanted]
        )
        backend.register_instances(balancer.name, wanted)
        balancer.subnets = properties.get("Subnets", balancer.subnets)
        balancer.security_groups = properties.get("SecurityGroups", balancer.security_groups)
        balancer.listeners = [
            FakeListener(
                str(it["LoadBalancerPort"]),
                str(it["InstancePort"]),
                it["Protocol"],
                it.get("SSLCertificateId"),
            )
            for it in properties["Listeners"]
        ]
        _set(backend, balancer, properties)
        return balancer

    LoadBalancer.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def classic_attributes() -> None:
    """moto answers Fn::GetAtt of everything but DNSName with the function's own text."""
    known = LoadBalancer.get_cfn_attribute

    @functools.wraps(known)
    def get_cfn_attribute(self: LoadBalancer, attribute_name: str) -> Any:
        values = {
            "CanonicalHostedZoneName": self.dns_name,
            "CanonicalHostedZoneNameID": _HOSTED_ZONE,
            "DNSName": self.dns_name,
            "SourceSecurityGroup.GroupName": self.source_security_group["GroupName"],
            "SourceSecurityGroup.OwnerAlias": self.source_security_group["OwnerAlias"],
        }
        if attribute_name not in values:
            raise UnformattedGetAttTemplateException
        return values[attribute_name]

    LoadBalancer.get_cfn_attribute = get_cfn_attribute


def classic_members_once() -> None:
    """moto lists an instance twice that is registered twice."""
    register = ELBBackend.register_instances

    @functools.wraps(register)
    def register_instances(
        self: ELBBackend, load_balancer_name: str, instance_ids: Any, *args: Any, **kwargs: Any
    ) -> LoadBalancer:
        known = self.get_load_balancer(load_balancer_name).instance_ids
        new = [it for it in dict.fromkeys(instance_ids) if it not in known]
        return register(self, load_balancer_name, new, *args, **kwargs)

    ELBBackend.register_instances = register_instances


def classic_health() -> None:
    """moto calls every instance that runs InService, with nothing listening: answer with what a check found."""
    describe = ELBBackend.describe_instance_health

    @functools.wraps(describe)
    def describe_instance_health(
        self: ELBBackend, lb_name: str, instances: list[dict[str, str]]
    ) -> list[dict[str, Any]]:
        balancer = self.get_load_balancer(lb_name)
        if balancer is None:
            raise NoActiveLoadBalancerFoundError(name=lb_name)
        port = int(balancer.listeners[0].instance_port) if balancer.listeners else 0
        arn = group_of(self.account_id, self.region_name, lb_name, port)
        found = describe(self, lb_name, instances)
        return [_checked(it, arn, port) if it["State"] == "InService" else it for it in found]

    def answer(self: ELBResponse) -> ActionResult:
        found = self.elb_backend.describe_instance_health(
            self._get_param("LoadBalancerName"), self._get_param("Instances", [])
        )
        return ActionResult(
            {"InstanceStates": [{"Description": "N/A", "ReasonCode": "N/A", **it} for it in found]}
        )

    ELBBackend.describe_instance_health = describe_instance_health
    ELBResponse.describe_instance_health = answer


def _checked(described: dict[str, Any], arn: str, port: int) -> dict[str, Any]:
    state, _, why = checked_health(arn, described["InstanceId"], port)
    words = _STATES.get(state, ("OutOfService", "Instance", why or "N/A"))
    return described | dict(zip(("State", "ReasonCode", "Description"), words, strict=True))
