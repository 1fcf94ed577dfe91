"""What an account holds, kind by kind, compared with what its stacks' templates declare.

A resource type that no kind counts is an error, not a gap: add it to ``KIND_OF``, or to ``NOT_EMULATED`` where moto
takes it from a template and makes nothing of it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import yaml

GONE = ("terminated", "shutting-down")
KEY = "LEADLINETESTS"  # a key of its own marks these calls in the emulator's calls.log

# What a resource brings along without standing in a template.
BRINGS = {
    "AWS::EC2::VPC": ("route table", "route", "security group", "network ACL"),
    "AWS::EC2::RouteTable": ("route",),  # within the VPC
    "AWS::EC2::Instance": ("network interface",),
    "AWS::ElasticLoadBalancingV2::Listener": ("listener rule",),  # the default one
}

KIND_OF = {
    "AWS::AutoScaling::AutoScalingGroup": "group",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::EC2::EIP": "address",
    "AWS::EC2::EIPAssociation": "address in use",
    "AWS::EC2::Instance": "instance",
    "AWS::EC2::InternetGateway": "internet gateway",
    "AWS::EC2::LaunchTemplate": "launch template",
    "AWS::EC2::Route": "route",
    "AWS::EC2::RouteTable": "route table",
    "AWS::EC2::SecurityGroup": "security group",
    "AWS::EC2::SecurityGroupIngress": "rule of entry",
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::VPC": "VPC",
    "AWS::EC2::VPCGatewayAttachment": "internet gateway in use",
    "AWS::ECR::Repository": "image repository",
    "AWS::ElasticLoadBalancingV2::Listener": "listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "listener rule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "load balancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "target group",
    "AWS::IAM::InstanceProfile": "instance profile",
    "AWS::IAM::ManagedPolicy": "managed policy",
    "AWS::IAM::Policy": "inline policy",
    "AWS::IAM::Role": "role",
    "AWS::KMS::Alias": "key alias",
    "AWS::KMS::Key": "key",
    "AWS::Logs::LogGroup": "log group",
    "AWS::S3::Bucket": "bucket",
    "AWS::SNS::Topic": "topic",
    "AWS::SSM::Parameter": "parameter",
    "AWS::SecretsManager::Secret": "secret",
}

NOT_EMULATED = (
    "AWS::AutoScaling::ScalingPolicy",  # kept with its group
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::SecurityGroupEgress",  # every group lets everything out
    "AWS::EC2::SubnetRouteTableAssociation",  # a table does not show the subnets that a template gave it
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
)


class Api:
    """The API of one account and region, at an endpoint that is the emulator's."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client with keys that are worth nothing."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self._endpoint,
                region_name="us-east-1",
                aws_access_key_id=KEY,
                aws_secret_access_key="none",  # noqa: S106 - worth nothing
            )
        return self._clients[service]

    def all(self, service: str, operation: str, field: str, **arguments: Any) -> list[Any]:
        """Every entry of a listing, all pages of it."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return getattr(client, operation)(**arguments)[field]
        pages = client.get_paginator(operation).paginate(**arguments)
        return [entry for page in pages for entry in page[field]]

    def instances(self) -> dict[str, dict[str, Any]]:
        """Those that are not terminated, by id."""
        reservations = self.all("ec2", "describe_instances", "Reservations")
        found = [instance for entry in reservations for instance in entry["Instances"]]
        return {it["InstanceId"]: it for it in found if it["State"]["Name"] not in GONE}

    def registered(self, target_group: str) -> set[str]:
        """Ids of the targets of a group, those that are being deregistered left out."""
        health = self.client("elbv2").describe_target_health(TargetGroupArn=target_group)
        return {
            it["Target"]["Id"]
            for it in health["TargetHealthDescriptions"]
            if it["TargetHealth"]["State"] != "draining"
        }

    def stack(self, name: str) -> tuple[dict[str, Any], dict[str, str]]:
        """A stack's resources as its template declares them, and their ids by logical id."""
        cloudformation = self.client("cloudformation")
        body = cloudformation.get_template(StackName=name)["TemplateBody"]
        declared = _parsed(body)["Resources"]
        listed = self.all(
            "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name
        )
        ids = {it["LogicalResourceId"]: it.get("PhysicalResourceId", "") for it in listed}
        # a resource with a condition is there or not; what has none must be
        there = {k: v for k, v in declared.items() if k in ids or "Condition" not in v}
        return there, ids


def _parsed(body: Any) -> dict[str, Any]:
    if not isinstance(body, str):
        return body
    return yaml.load(body, _ShortForms)  # noqa: S506 - a loader of safe ones


class _ShortForms(yaml.SafeLoader):
    """YAML with CloudFormation's ``!Ref`` and the like, whose values do not matter here."""


_ShortForms.add_multi_constructor("!", lambda _loader, name, _node: f"!{name}")


def _roles(api: Api) -> list[str]:
    # without those that AWS makes for its own services
    roles = api.all("iam", "list_roles", "Roles")
    return [it["RoleName"] for it in roles if not it["Path"].startswith("/aws-service-role/")]


def _inline_policies(api: Api) -> Iterator[str]:
    for role in _roles(api):
        for name in api.all("iam", "list_role_policies", "PolicyNames", RoleName=role):
            yield f"{role}/{name}"


def _of_load_balancers(api: Api, operation: str, field: str, key: str) -> Iterator[str]:
    for balancer in api.all("elbv2", "describe_load_balancers", "LoadBalancers"):
        arguments = {"LoadBalancerArn": balancer["LoadBalancerArn"]}
        for entry in api.all("elbv2", operation, field, **arguments):
            yield entry[key]


def _rules(api: Api) -> Iterator[str]:
    for listener in _of_load_balancers(api, "describe_listeners", "Listeners", "ListenerArn"):
        for rule in api.all("elbv2", "describe_rules", "Rules", ListenerArn=listener):
            yield rule["RuleArn"]


def _buckets(api: Api) -> list[str]:
    return [it["Name"] for it in api.client("s3").list_buckets()["Buckets"]]


def _rules_of_entry(api: Api) -> Iterator[str]:
    for rule in api.all("ec2", "describe_security_group_rules", "SecurityGroupRules"):
        if not rule["IsEgress"]:
            yield rule["SecurityGroupRuleId"]


def _parameters(api: Api) -> Iterator[str]:
    for parameter in api.all("ssm", "describe_parameters", "Parameters"):
        if not parameter["Name"].startswith("/aws/"):  # AWS's own
            yield parameter["Name"]


def _is_of_aws(alias: str) -> bool:
    """Whether a key is one that AWS makes for a service when that first needs it, and keeps."""
    return alias.startswith("alias/aws/")


def _aliases(api: Api) -> list[tuple[str, str | None]]:
    entries = api.all("kms", "list_aliases", "Aliases")
    return [(it["AliasName"], it.get("TargetKeyId")) for it in entries]


def _keys(api: Api) -> list[str]:
    of_aws = {key for alias, key in _aliases(api) if _is_of_aws(alias)}
    keys = api.all("kms", "list_keys", "Keys")
    return [it["KeyId"] for it in keys if it["KeyId"] not in of_aws]


def _routes(api: Api) -> Iterator[str]:
    for table in api.all("ec2", "describe_route_tables", "RouteTables"):
        for route in table["Routes"]:
            yield f"{table['RouteTableId']} to {route.get('DestinationCidrBlock')}"


def _gateways_in_use(api: Api) -> Iterator[str]:
    for gateway in api.all("ec2", "describe_internet_gateways", "InternetGateways"):
        if gateway["Attachments"]:
            yield gateway["InternetGatewayId"]


def _addresses_in_use(api: Api) -> Iterator[str]:
    for address in api.client("ec2").describe_addresses()["Addresses"]:
        if address.get("InstanceId"):
            yield address["AllocationId"]


def _listing(
    service: str, operation: str, field: str, key: str, **arguments: Any
) -> Callable[[Api], Iterator[str]]:
    def ids(api: Api) -> Iterator[str]:
        return (entry[key] for entry in api.all(service, operation, field, **arguments))

    return ids


KINDS: dict[str, Callable[[Api], Any]] = {
    "VPC": _listing("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "address": _listing("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "address in use": _addresses_in_use,
    "alarm": _listing("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "bucket": _buckets,
    "dashboard": _listing("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "disk": _listing("ec2", "describe_volumes", "Volumes", "VolumeId"),
    "group": _listing(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"
    ),
    "image repository": _listing("ecr", "describe_repositories", "repositories", "repositoryName"),
    "inline policy": _inline_policies,
    "instance": Api.instances,
    "instance profile": _listing("iam", "list_instance_profiles", "InstanceProfiles", "Arn"),
    "internet gateway": _listing(
        "ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"
    ),
    "internet gateway in use": _gateways_in_use,
    "key": _keys,
    "key alias": lambda api: [alias for alias, _ in _aliases(api) if not _is_of_aws(alias)],
    "key pair": _listing("ec2", "describe_key_pairs", "KeyPairs", "KeyName"),
    "launch template": _listing(
        "ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"
    ),
    "listener": lambda api: _of_load_balancers(
        api, "describe_listeners", "Listeners", "ListenerArn"
    ),
    "listener rule": _rules,
    "load balancer": _listing(
        "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"
    ),
    "log group": _listing("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "managed policy": _listing("iam", "list_policies", "Policies", "Arn", Scope="Local"),
    "network ACL": _listing("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "network interface": _listing(
        "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"
    ),
    "parameter": _parameters,
    "role": _roles,
    "rule of entry": _rules_of_entry,
    "route": _routes,
    "route table": _listing("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "secret": _listing("secretsmanager", "list_secrets", "SecretList", "ARN"),
    "security group": _listing("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "stack": _listing("cloudformation", "describe_stacks", "Stacks", "StackName"),
    "subnet": _listing("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "subscription": _listing("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "target group": _listing("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    "topic": _listing("sns", "list_topics", "Topics", "TopicArn"),
}

Inventory = dict[str, set[str]]


def take(api: Api) -> Inventory:
    """Everything there is, by kind."""
    return {kind: set(ids(api)) for kind, ids in KINDS.items()}


def declared(resources: dict[str, Any]) -> Counter[str]:
    """How many of each kind a template's resources make."""
    counts: Counter[str] = Counter()
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in NOT_EMULATED:
            continue
        assert kind in KIND_OF, f"{kind} is not counted: add it to e2e/inventory.py"
        counts[KIND_OF[kind]] += 1
        counts.update(BRINGS.get(kind, ()))
        counts["disk"] += len(properties.get("BlockDeviceMappings", ()))
        if kind == "AWS::EC2::SecurityGroup":
            counts["rule of entry"] += len(properties.get("SecurityGroupIngress", ()))
        if kind == "AWS::EC2::EIP" and "InstanceId" in properties:
            counts["address in use"] += 1
        if kind == "AWS::IAM::Role":
            counts["inline policy"] += len(properties.get("Policies", ()))
    return counts


def differences(api: Api, before: Inventory, stacks: tuple[str, ...], *besides: str) -> list[str]:
    """What there is too much or too little of, a line a kind.

    Args:
        api: of the account that is looked at
        before: what it held before any of the stacks: defaults that every account has
        stacks: those that should be there, and all that they declare
        besides: kinds of which there should be one more, of no stack
    """
    wanted = Counter({kind: len(ids) for kind, ids in before.items()})
    wanted.update(besides)
    known = {id_ for ids in before.values() for id_ in ids}
    wanted["stack"] += len(stacks)
    for stack in stacks:
        resources, ids = api.stack(stack)
        wanted += declared(resources)
        known |= set(ids.values())
    found = []
    for kind, ids in take(api).items():
        if len(ids) != wanted[kind]:
            others = ", ".join(sorted(ids - known)) or "none"
            found.append(f"{kind}: {len(ids)}, should be {wanted[kind]}; of no stack: {others}")
    return found


def strays(api: Api, stack: str, state: str) -> list[str]:
    """Parts of the lab that are not connected as the template declares.

    Args:
        api: of the account that is looked at
        stack: the lab's
        state: that every instance should be in
    """
    resources, ids = api.stack(stack)
    of = {kind: [k for k, v in resources.items() if v["Type"] == kind] for kind in KIND_OF}
    instances = api.instances()
    found = []
    wanted = {ids[name] for name in of["AWS::EC2::Instance"]}
    if wanted != instances.keys():
        found.append(f"instances: {sorted(instances)}, the stack's are {sorted(wanted)}")
    states = Counter(it["State"]["Name"] for it in instances.values())
    if set(states) != {state}:
        found.append(f"states of instances: {dict(states)}, should all be {state}")
    for name in of["AWS::ElasticLoadBalancingV2::TargetGroup"]:
        targets = {ids[it["Id"]["Ref"]] for it in resources[name]["Properties"]["Targets"]}
        registered = api.registered(ids[name])
        if registered != targets:
            found.append(f"targets of {name}: {sorted(registered)}, should be {sorted(targets)}")
    holders = {it.get("InstanceId") for it in api.client("ec2").describe_addresses()["Addresses"]}
    balancers = {
        ids[resources[name]["Properties"]["InstanceId"]["Ref"]] for name in of["AWS::EC2::EIP"]
    }
    if holders != balancers:
        found.append(f"addresses are held by {holders}, should be by {balancers}")
    return found
