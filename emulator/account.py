"""What the emulated account holds, as immutable values. The rest of the emulator reads these, not moto."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG
from moto.core.types import Base64EncodedString
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.elb.models import LoadBalancer as ClassicLoadBalancer
from moto.elb.models import elb_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup, elbv2_backends

from emulator import rules
from emulator.patches.classic import group_of
from emulator.restrictions import lost_zones

APPLICATION, NETWORK, CLASSIC = "application", "network", "classic"
"""Kinds of load balancers."""


@dataclass(frozen=True)
class Instance:
    """An EC2 instance that exists: pending, running, stopping or stopped, not terminated."""

    id: str
    account: str
    region: str
    type: str
    address: str
    running: bool
    user_data: str
    tags: dict[str, str]
    lifecycle: str | None = None
    """``InService`` or ``Terminated``: what its Auto Scaling group wants it to be; None without a group."""
    zone: str = ""

    @property
    def group(self) -> str | None:
        """The name of its Auto Scaling group."""
        return self.tags.get(ASG_NAME_TAG)

    @property
    def vcpus(self) -> int:
        """How many vCPUs the instance type has; 1 for an unknown type."""
        known = INSTANCE_TYPES.get(self.type)
        return known["VCpuInfo"]["DefaultVCpus"] if known else 1


@dataclass(frozen=True)
class HealthCheck:
    """How a target group checks its targets; times in seconds. Without a path a connection is enough."""

    path: str | None
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    codes: str
    proxy_protocol: bool = False
    """Whether a check's connection begins with a PROXY header that names nobody, as a Network Load Balancer's does."""


@dataclass(frozen=True)
class Target:
    """A registered target; ``running`` says whether its instance is."""

    id: str
    address: str
    port: int
    check_port: int
    running: bool


@dataclass(frozen=True)
class Stickiness:
    """How long a client stays at a target, in seconds, and the application's cookie that its session needs."""

    seconds: int
    application_cookie: str | None


@dataclass(frozen=True)
class TargetGroup:
    """A target group with the targets that are registered now."""

    arn: str
    in_use: bool
    health_check: HealthCheck
    targets: tuple[Target, ...]
    stickiness: Stickiness | None = None
    algorithm: str = "round_robin"
    drain_seconds: int = 300
    check_port: int | None = None
    """The one port that is checked on every target; None for the port that gets the traffic."""
    proxy_protocol: bool = False
    """Whether connections to targets, those of health checks too, begin with a PROXY header of version 2."""

    @property
    def name(self) -> str:
        """``targetgroup/name/id``: what CloudWatch's dimension says."""
        return self.arn.rsplit(":", 1)[1]


@dataclass(frozen=True)
class Rule:
    """A listener's rule: ``conditions`` are alternatives, None for the default; ``forward`` or ``answer`` is empty."""

    priority: int
    conditions: tuple[rules.Condition, ...] | None
    forward: tuple[tuple[str, int], ...]
    answer: dict[str, Any]
    unsupported: str | None = None


@dataclass(frozen=True)
class Listener:
    """One port of a load balancer, with its rules in order of evaluation, the default rule last.

    ``load_balancer`` is what CloudWatch's dimension says: ``app/name/id``, ``net/name/id``, or a Classic one's name.
    """

    load_balancer: str
    region: str
    address: str
    port: int
    rules: tuple[Rule, ...]
    kind: str = APPLICATION
    protocol: str = "HTTP"

    @property
    def target_groups(self) -> tuple[str, ...]:
        """ARNs of all target groups it forwards to, each once, in order of first mention."""
        return tuple(dict.fromkeys(arn for rule in self.rules for arn, _ in rule.forward))


@dataclass(frozen=True)
class Account:
    """Everything at one moment, of every account id and region."""

    instances: tuple[Instance, ...]
    listeners: tuple[Listener, ...]
    target_groups: dict[str, TargetGroup]
    lost_zones: frozenset[str] = frozenset()
    """Zones without power: nothing runs there, whatever the API says of its instances."""


def read() -> Account:
    """Reads moto's models. No API call may change them meanwhile: the caller holds the API's lock."""
    instances = [
        _instance(instance, account, region)
        for account, region, backend in list(ec2_backends.iter_backends())
        for reservation in list(backend.reservations.values())
        for instance in reservation.instances
        if instance.state not in ("terminated", "shutting-down")
    ]
    by_id = {instance.id: instance for instance in instances}
    listeners = [
        _listener(balancer, listener, region)
        for _, region, backend in list(elbv2_backends.iter_backends())
        for balancer in list(backend.load_balancers.values())
        for listener in list(balancer.listeners.values())
    ]
    classic = [
        (balancer, listener, account, region)
        for account, region, backend in list(elb_backends.iter_backends())
        for balancer in list(backend.load_balancers.values())
        for listener in list(balancer.listeners)
    ]
    listeners += [_classic_listener(*it) for it in classic]
    used = {arn for listener in listeners for arn in listener.target_groups}
    groups = {
        arn: _target_group(group, by_id, arn in used)
        for _, _, backend in list(elbv2_backends.iter_backends())
        for arn, group in list(backend.target_groups.items())
    }
    groups |= {group.arn: group for it in classic for group in (_classic_group(*it, by_id),)}
    return Account(tuple(instances), tuple(listeners), groups, lost_zones())


def _instance(instance: Any, account: str, region: str) -> Instance:
    return Instance(
        id=instance.id,
        account=account,
        region=region,
        type=instance.instance_type,
        address=instance.private_ip_address or "",
        running=instance.state == "running",
        user_data=_decoded(instance.user_data),
        tags={tag["key"]: tag["value"] for tag in instance.get_tags()},
        lifecycle=getattr(instance, "target_lifecycle_state", None),
        zone=instance.availability_zone or "",
    )


def _decoded(user_data: str | bytes | Base64EncodedString | None) -> str:
    if not user_data:
        return ""
    raw = user_data if isinstance(user_data, bytes) else str(user_data).encode()
    try:
        return base64.b64decode(raw, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return (
            raw.decode()
        )  # RunInstances through an SDK that encoded once: moto decoded it already


def _target_group(
    group: FakeTargetGroup, instances: dict[str, Instance], used: bool
) -> TargetGroup:
    port = group.health_check_port
    proxy = str(group.attributes.get("proxy_protocol_v2.enabled")).lower() == "true"
    return TargetGroup(
        arn=group.arn,
        in_use=used,
        health_check=HealthCheck(
            path=None if group.health_check_protocol == "TCP" else group.health_check_path or "/",
            interval=int(group.health_check_interval_seconds),
            timeout=int(group.health_check_timeout_seconds),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
            codes=(getattr(group, "matcher", None) or {}).get("HttpCode", "200"),
            proxy_protocol=proxy,
        ),
        targets=tuple(
            Target(
                id=target["Id"],
                address=instance.address if instance else target["Id"],
                port=int(target["Port"]),
                check_port=int(target["Port"] if port in (None, "traffic-port") else port),
                running=instance.running if instance else not target["Id"].startswith("i-"),
            )
            for target in list(group.targets.values())
            for instance in (instances.get(target["Id"]),)
        ),
        stickiness=_stickiness(group.attributes),
        algorithm=group.attributes.get("load_balancing.algorithm.type", "round_robin"),
        drain_seconds=int(group.attributes["deregistration_delay.timeout_seconds"]),
        check_port=None if port in (None, "traffic-port") else int(port),
        proxy_protocol=proxy,
    )


def _stickiness(attributes: dict[str, Any]) -> Stickiness | None:
    if str(attributes.get("stickiness.enabled", "false")).lower() != "true":
        return None
    kind = attributes.get("stickiness.type", "lb_cookie")
    return Stickiness(
        int(attributes.get(f"stickiness.{kind}.duration_seconds", 86400)),
        attributes["stickiness.app_cookie.cookie_name"] if kind == "app_cookie" else None,
    )


def _listener(balancer: FakeLoadBalancer, listener: Any, region: str) -> Listener:
    found = [_rule(rule) for rule in listener.rules.values()]
    return Listener(
        load_balancer=balancer.arn.rsplit(":loadbalancer/", 1)[1],
        region=region,
        address=balancer.dns_name,
        port=int(listener.port),
        rules=tuple(sorted(found, key=lambda rule: (rule.conditions is None, rule.priority))),
        kind=balancer.type,
        protocol=listener.protocol,
    )


def _classic_listener(
    balancer: ClassicLoadBalancer, listener: Any, account: str, region: str
) -> Listener:
    arn = group_of(account, region, balancer.name, int(listener.instance_port))
    return Listener(
        load_balancer=balancer.name,
        region=region,
        address=balancer.dns_name,
        port=int(listener.load_balancer_port),
        rules=(Rule(0, None, ((arn, 1),), {}),),
        kind=CLASSIC,
        protocol=listener.protocol,
    )


def _classic_group(
    balancer: ClassicLoadBalancer,
    listener: Any,
    account: str,
    region: str,
    instances: dict[str, Instance],
) -> TargetGroup:
    """The instances behind a listener: all listen on its one port."""
    port = int(listener.instance_port)
    check_port, check = _classic_check(balancer.health_check, port)
    http = listener.protocol in ("HTTP", "HTTPS")
    return TargetGroup(
        arn=group_of(account, region, balancer.name, port),
        in_use=True,
        health_check=check,
        targets=tuple(
            Target(id_, instance.address, port, check_port, instance.running)
            for id_ in balancer.instance_ids
            for instance in (instances.get(id_),)
            if instance
        ),
        algorithm="least_outstanding_requests" if http else "round_robin",
    )


def _classic_check(check: Any, port: int) -> tuple[int, HealthCheck]:
    """The port and the check of ``HTTP:8000/health`` or ``TCP:8000``. Without one AWS opens a connection every 30 s."""
    if check is None:
        return port, HealthCheck(None, 30, 5, 10, 2, "200")
    protocol, _, where = check.target.partition(":")
    number, slash, path = where.partition("/")
    return int(number), HealthCheck(
        path=slash + path if protocol in ("HTTP", "HTTPS") else None,
        interval=int(check.interval),
        timeout=int(check.timeout),
        healthy_threshold=int(check.healthy_threshold),
        unhealthy_threshold=int(check.unhealthy_threshold),
        codes="200",
    )


def _rule(rule: Any) -> Rule:
    priority = 0 if rule.is_default else int(rule.priority)
    conditions: tuple[rules.Condition, ...] | None = None
    forward: tuple[tuple[str, int], ...] = ()
    answer: dict[str, Any] = {}
    try:
        if not rule.is_default:
            conditions = rules.conditions(rule.conditions)
        for action in rule.actions:
            forward = rules.forward(action.data) or forward
            answer = rules.answer(action.data) or answer
    except rules.UnsupportedError as error:
        return Rule(priority, conditions, forward, answer, str(error))
    return Rule(priority, conditions, forward, answer)
