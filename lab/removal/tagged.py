"""What the account's tag index still lists of the lab, each item asked of its own service.

The index (Resource Groups Tagging API) knows nearly every type of resource, but it lags: for a while it lists what was
just deleted. So what its service does not know is gone; what no service here can be asked about "may still be listed".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import stack
from lab.profile import LAB_STACKS, Profile

PREFIX = "Leadline"  # CloudFormation's names of our resources begin with their stack's
GONE = ("terminated", "shutting-down", "deleted", "deleting")
UNKNOWN = ("NotFound", "NoSuch", "404", "NotExist", "ResourceNotFoundException", "ValidationError")


@dataclass
class Leftovers:
    """What is there for certain, what only the tag index lists, and which services could not be asked."""

    certain: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)


# How each type of EC2's is described by its id: operation, parameter, and the key of the answer.
_EC2 = {
    "elastic-ip": ("describe_addresses", "AllocationIds", "Addresses"),
    "instance": ("describe_instances", "InstanceIds", "Reservations"),
    "internet-gateway": ("describe_internet_gateways", "InternetGatewayIds", "InternetGateways"),
    "key-pair": ("describe_key_pairs", "KeyPairIds", "KeyPairs"),
    "launch-template": ("describe_launch_templates", "LaunchTemplateIds", "LaunchTemplates"),
    "natgateway": ("describe_nat_gateways", "NatGatewayIds", "NatGateways"),
    "network-interface": (
        "describe_network_interfaces",
        "NetworkInterfaceIds",
        "NetworkInterfaces",
    ),
    "route-table": ("describe_route_tables", "RouteTableIds", "RouteTables"),
    "security-group": ("describe_security_groups", "GroupIds", "SecurityGroups"),
    "security-group-rule": (
        *("describe_security_group_rules", "SecurityGroupRuleIds", "SecurityGroupRules"),
    ),
    "snapshot": ("describe_snapshots", "SnapshotIds", "Snapshots"),
    "subnet": ("describe_subnets", "SubnetIds", "Subnets"),
    "volume": ("describe_volumes", "VolumeIds", "Volumes"),
    "vpc": ("describe_vpcs", "VpcIds", "Vpcs"),
}


def _ec2(profile: Profile, kind: str, name: str) -> bool | None:
    if kind not in _EC2:
        return None
    operation, parameter, key = _EC2[kind]
    found = getattr(stack.client(profile, "ec2"), operation)(**{parameter: [name]})[key]
    if kind == "instance":
        found = [instance for reservation in found for instance in reservation["Instances"]]
        return any(it["State"]["Name"] not in GONE for it in found)
    return any(it.get("State") not in GONE for it in found)


def _elasticloadbalancing(profile: Profile, kind: str, name: str) -> bool | None:
    operations = {
        "loadbalancer": ("describe_load_balancers", "LoadBalancerArns"),
        "targetgroup": ("describe_target_groups", "TargetGroupArns"),
        "listener": ("describe_listeners", "ListenerArns"),
        "listener-rule": ("describe_rules", "RuleArns"),
    }
    if kind not in operations:
        return None
    operation, parameter = operations[kind]
    getattr(stack.client(profile, "elbv2"), operation)(**{parameter: [name]})
    return True


def _logs(profile: Profile, kind: str, name: str) -> bool | None:
    if kind != "log-group":
        return None
    groups = stack.client(profile, "logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(it["logGroupName"] == name for it in groups)


def _s3(profile: Profile, _kind: str, name: str) -> bool | None:
    stack.client(profile, "s3").head_bucket(Bucket=name)
    return True


def _cloudwatch(profile: Profile, kind: str, name: str) -> bool | None:
    if kind != "alarm":
        return None
    found = stack.client(profile, "cloudwatch").describe_alarms(AlarmNames=[name])
    return bool(found["MetricAlarms"])


def _sns(profile: Profile, _kind: str, arn: str) -> bool | None:
    stack.client(profile, "sns").get_topic_attributes(TopicArn=arn)
    return True


def _cloudformation(profile: Profile, kind: str, name: str) -> bool | None:
    return stack.status(profile, name) is not None if kind == "stack" else None


def _iam(profile: Profile, kind: str, name: str) -> bool | None:
    iam = stack.client(profile, "iam")
    if kind == "role":
        iam.get_role(RoleName=name)
    elif kind == "instance-profile":
        iam.get_instance_profile(InstanceProfileName=name)
    else:
        return None
    return True


_SERVICES: dict[str, Callable[[Profile, str, str], bool | None]] = {
    "ec2": _ec2,
    "elasticloadbalancing": _elasticloadbalancing,
    "logs": _logs,
    "s3": _s3,
    "cloudwatch": _cloudwatch,
    "sns": _sns,
    "cloudformation": _cloudformation,
    "iam": _iam,
}
_BY_ARN = ("elasticloadbalancing", "sns")  # their calls take the whole ARN


def is_there(profile: Profile, arn: str) -> bool | None:
    """Whether the resource's own service knows it; None where that cannot be found out here."""
    _, _, service, _, _, resource = arn.split(":", 5)
    kind, _, name = resource.replace(":", "/", 1).partition("/")
    if service == "s3":
        kind, name = "bucket", resource
    elif service == "cloudformation":
        name = name.partition("/")[0]
    ask = _SERVICES.get(service)
    if ask is None:
        return None
    try:
        return ask(profile, kind, arn if service in _BY_ARN else name)
    except ClientError as error:
        return False if any(it in error.response["Error"]["Code"] for it in UNKNOWN) else None
    except BotoCoreError:
        return None


def add_listed(profile: Profile, left: Leftovers) -> None:
    """Adds what carries the lab's tag according to the index and is not among it yet."""

    def look() -> None:
        pages = stack.client(profile, "resourcegroupstaggingapi").get_paginator("get_resources")
        tag = [{"Key": "leadline:lab", "Values": [*LAB_STACKS]}]
        for page in pages.paginate(TagFilters=tag):
            for arn in (it["ResourceARN"] for it in page["ResourceTagMappingList"]):
                known = any(name.split()[-1] in arn for name in left.certain)
                there = False if known else is_there(profile, arn)
                if there is not False:
                    (left.certain if there else left.perhaps).append(arn)

    _ask(left, "the tag index", look)


def add_named(profile: Profile, left: Leftovers) -> None:
    """Adds what has no tags, or is not in the index, by its name, which begins with its stack's."""

    def alarms() -> None:
        pages = stack.client(profile, "cloudwatch").get_paginator("describe_alarms")
        for page in pages.paginate(AlarmNamePrefix=f"{PREFIX}-"):
            left.certain += [f"alarm {it['AlarmName']}" for it in page["MetricAlarms"]]

    def dashboards() -> None:
        cloudwatch = stack.client(profile, "cloudwatch")
        # Dashboards are in no region, their names are: one of another region's lab is not this one's.
        begins = f"{PREFIX}-{cloudwatch.meta.region_name}"
        for page in cloudwatch.get_paginator("list_dashboards").paginate(
            DashboardNamePrefix=begins
        ):
            left.certain += [f"dashboard {it['DashboardName']}" for it in page["DashboardEntries"]]

    def roles() -> None:
        pages = stack.client(profile, "iam").get_paginator("list_roles")
        for page in pages.paginate():
            left.certain += [f"role {it['RoleName']}" for it in page["Roles"] if _ours(it)]

    def stacks() -> None:
        left.certain += [
            f"stack {name} ({reached})"
            for name in LAB_STACKS
            if (reached := stack.status(profile, name))
        ]

    def _ours(role: dict[str, Any]) -> bool:
        return role["RoleName"].startswith((f"{PREFIX}-", *(f"{it}-" for it in LAB_STACKS[1:])))

    _ask(left, "CloudFormation", stacks)
    _ask(left, "CloudWatch's alarms", alarms)
    _ask(left, "CloudWatch's dashboards", dashboards)
    if profile.name != "academy":  # the lab makes no role there, and may not list them
        _ask(left, "IAM's roles", roles)


def _ask(left: Leftovers, what: str, look: Callable[[], None]) -> None:
    """What may not be asked is said, and not taken for nothing."""
    try:
        look()
    except (ClientError, BotoCoreError) as error:
        reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
        left.not_asked.append(f"{what} ({reason})")
