"""Whether the account may have load balancers: AWS has not opened them for every new one."""

from typing import Any

from botocore.exceptions import ClientError

from lab import kinds, topology
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

NAME = "leadline-check"
# In the range of ids that AWS gives, and of nobody: nothing can be made in a subnet that there is not.
NOWHERE = ["subnet-00000000000000000", "subnet-00000000000000001"]
REFUSED = "OperationNotPermitted"
CASE = "open a case at https://support.console.aws.amazon.com (Account and billing) that asks for load balancers"
TYPES = {kinds.ALB: "application", kinds.NLB: "network"}
LISTENERS = [{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8000}]


def check(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """Asks for a load balancer of each kind that the lab has, in subnets that do not exist.

    An account without load balancers refuses in other words. Nothing is created, whatever the answer is.
    """
    wanted = [kind for kind in kinds.ALL if plan.load_balancers[kind]]
    missing = [kind for kind in wanted if not _has_one(profile, kind)]
    refused, denied = [], None
    for kind in missing:
        try:
            if _is_refused(profile, kind):
                refused.append(kinds.TITLES[kind])
        except ClientError as error:  # this one may not be asked for: what others say still counts
            denied = error
    if refused:
        return Finding(
            what, f"AWS does not let this account create any {' or '.join(refused)}", False, CASE
        )
    if denied:
        raise denied
    return Finding(what, "AWS names no objection" if missing else "the account has one", True)


def _has_one(profile: Profile, kind: str) -> bool:
    if kind == kinds.CLB:
        found = stack.client(profile, "elb").describe_load_balancers(PageSize=1)
        return bool(found["LoadBalancerDescriptions"])
    pages = stack.client(profile, "elbv2").get_paginator("describe_load_balancers").paginate()
    return any(it["Type"] == TYPES[kind] for page in pages for it in page["LoadBalancers"])


def _is_refused(profile: Profile, kind: str) -> bool:
    try:
        _ask(profile, kind)
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == REFUSED or "does not support creating load balancers" in said:
            return True
        if "Denied" in code or "Unauthorized" in code:
            raise
    return False


def _ask(profile: Profile, kind: str) -> Any:
    if kind == kinds.CLB:
        return stack.client(profile, "elb").create_load_balancer(
            LoadBalancerName=NAME, Subnets=NOWHERE, Listeners=LISTENERS
        )
    return stack.client(profile, "elbv2").create_load_balancer(
        Name=NAME, Subnets=NOWHERE, Type=TYPES[kind]
    )
