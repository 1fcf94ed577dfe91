"""How much of an account's quotas is used, and whether a lab fits into the rest."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lab import kinds, topology
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import STACK, Profile
from lab.running import fleet

STANDARD = re.compile(
    r"(?:[acdhmrtz]|i[ms]?)\d"
)  # the families of "Running On-Demand Standard instances"


@dataclass(frozen=True)
class Quota:
    """A quota of Service Quotas, by its codes."""

    service: str
    code: str


PROCESSORS = Quota("ec2", "L-1216C47A")
NETWORKS = Quota("vpc", "L-F678F1CE")
ADDRESSES = Quota("ec2", "L-0263D0A3")
LOAD_BALANCERS = {
    kinds.ALB: Quota("elasticloadbalancing", "L-53DA6B97"),
    kinds.NLB: Quota("elasticloadbalancing", "L-69A177A2"),
    kinds.CLB: Quota("elasticloadbalancing", "L-E9E9831D"),
}
TYPES = {kinds.ALB: "application", kinds.NLB: "network"}


def most(profile: Profile, quota: Quota) -> int:
    """The account's value, or Amazon's default where the account has none of its own."""
    quotas = stack.client(profile, "service-quotas")
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        found = quotas.get_service_quota(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchResourceException":
            raise
        found = quotas.get_aws_default_service_quota(**asked)
    return int(found["Quota"]["Value"])


@dataclass(frozen=True)
class Processors:
    """vCPUs: of each type, of all standard instances that run, and of those of them that are the lab's."""

    each: dict[str, int]
    used: int
    own: int

    def of(self, counts: dict[str, int]) -> int:
        """The vCPUs of so many instances of each type, as far as they count."""
        return sum(count * self.each[it] for it, count in counts.items() if STANDARD.match(it))


def running(profile: Profile, kinds: Iterable[str]) -> Processors:
    """What runs in the account, with the vCPUs of these types and of those that run."""
    pages = stack.client(profile, "ec2").get_paginator("describe_instances")
    found = [
        instance
        for page in pages.paginate(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        )
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if STANDARD.match(instance["InstanceType"]) and "InstanceLifecycle" not in instance
    ]
    ours = {it["InstanceId"] for it in fleet.instances(profile)}
    types = sorted({*kinds, *(it["InstanceType"] for it in found)})
    described = stack.client(profile, "ec2").describe_instance_types(InstanceTypes=types)
    each = {it["InstanceType"]: it["VCpuInfo"]["DefaultVCpus"] for it in described["InstanceTypes"]}
    return Processors(
        each=each,
        used=sum(each[it["InstanceType"]] for it in found),
        own=sum(each[it["InstanceType"]] for it in found if it["InstanceId"] in ours),
    )


def processors(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """The vCPUs of on-demand standard instances; where they do not suffice, the topology that fits."""
    now = running(profile, plan.instance_counts)
    needed = max(0, now.of(plan.while_replacing) - now.own)
    allowed = most(profile, PROCESSORS)
    found = _compared(what, profile, PROCESSORS, (now.used, allowed), needed)
    fewer = plan.that_fits(lambda counts: now.of(counts) <= allowed - now.used + now.own)
    if found.ok or fewer is None:
        return found
    return Finding(what, found.found, False, fewer.command(profile.name))


def networks(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    """The region's VPCs."""
    found = stack.client(profile, "ec2").describe_vpcs()["Vpcs"]
    return _compare(what, profile, NETWORKS, len(found), 0 if _ours(found) else 1)


def addresses(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """The region's Elastic IP addresses: a single balancer's, and the load generator's where there is one."""
    found = stack.client(profile, "ec2").describe_addresses()["Addresses"]
    wanted = (not plan.has_balancer_group) + bool(plan.generator)
    return _compare(what, profile, ADDRESSES, len(found), max(0, wanted - _ours(found)))


def load_balancers(kind: str, what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """The region's load balancers of one of AWS's kinds."""
    if kind == kinds.CLB:
        pages = stack.client(profile, "elb").get_paginator("describe_load_balancers").paginate()
        found = sum(len(page["LoadBalancerDescriptions"]) for page in pages)
    else:
        pages = stack.client(profile, "elbv2").get_paginator("describe_load_balancers").paginate()
        found = sum(it["Type"] == TYPES[kind] for page in pages for it in page["LoadBalancers"])
    has = 0
    if stack.status(profile) in stack.WHOLE:
        has = sum(_kind(it) == kind for it in stack.template(profile)["Resources"].values())
    needed = max(0, plan.load_balancers[kind] - has)
    return _compare(what, profile, LOAD_BALANCERS[kind], found, needed)


def _kind(resource: dict[str, Any]) -> str | None:
    """Which kind of load balancer a resource of a template is, if it is one."""
    if resource["Type"] == "AWS::ElasticLoadBalancing::LoadBalancer":
        return kinds.CLB
    if resource["Type"] != "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return None
    return kinds.NLB if resource["Properties"].get("Type") == "network" else kinds.ALB


def _ours(found: list[dict[str, Any]]) -> int:
    ours = {"Key": "leadline:lab", "Value": STACK}
    return sum(ours in it.get("Tags", []) for it in found)


def _compare(what: str, profile: Profile, quota: Quota, used: int, needed: int) -> Finding:
    return _compared(what, profile, quota, (used, most(profile, quota)), needed)


def _compared(
    what: str, profile: Profile, quota: Quota, use: tuple[int, int], needed: int
) -> Finding:
    used, allowed = use
    said = f"{used} of {allowed} in use, the lab needs {needed} more"
    raised = (
        "aws service-quotas request-service-quota-increase "
        f"--region {stack.session(profile).region_name} "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {used + needed}"
    )
    return Finding(what, said, used + needed <= allowed, raised)
