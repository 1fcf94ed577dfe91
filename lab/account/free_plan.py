"""The free plan of accounts that were opened since July 2025: only a few types of instance may be launched in it.

AWS refuses the others when the first instance is created, minutes after the question.
"""

from typing import Any

from botocore.exceptions import ClientError

from lab import topology
from lab.account import quotas
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

HOME = "us-east-1"  # the service has one endpoint for all regions
X86 = "x86_64"

# What stands in for a type, by its size: the first of these that the plan has. A large has two vCPUs that may be used
# without pause, as those of the flex types may; a micro has as little as there is.
SMALLEST = ("t3.micro", "t2.micro", "t3.small")
MIDDLE = ("t3.small", "t3.micro", "t2.micro")
LARGEST = ("m7i-flex.large", "c7i-flex.large", "t3.small", "t3.micro")
STANDS_IN = {"nano": SMALLEST, "micro": SMALLEST, "small": MIDDLE, "medium": MIDDLE}


def check(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """The account's plan, and where it refuses a type of the topology the topology that it takes."""
    state = _state(profile)
    if state is None:
        return Finding(what, "none, so every type of instance may be launched", True)
    if state["accountPlanType"] != "FREE":
        return Finding(what, f"{state['accountPlanType'].lower()}", True)
    if state["accountPlanStatus"] == "EXPIRED":
        upgrade = "aws freetier upgrade-account-plan --account-plan-type PAID --region us-east-1"
        return Finding(what, "the free plan has expired", False, upgrade)
    allowed = _eligible(profile)
    if not allowed:
        return Finding(what, "the free plan, whose types of instance EC2 does not name", None)
    refused = sorted(plan.instance_counts.keys() - allowed)
    if not refused:
        return Finding(what, "the free plan, which has every type of the topology", True)
    said = f"the free plan refuses {', '.join(refused)}; it has {', '.join(sorted(allowed))}"
    return Finding(what, said, False, _offer(profile, plan, allowed).command(profile.name))


def _state(profile: Profile) -> dict[str, Any] | None:
    """Type and status of the plan; None for an account that is older than plans."""
    try:
        return stack.client(profile, "freetier", HOME).get_account_plan_state()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def _eligible(profile: Profile) -> set[str]:
    pages = stack.client(profile, "ec2").get_paginator("describe_instance_types")
    filters = [
        {"Name": "free-tier-eligible", "Values": ["true"]},
        {"Name": "processor-info.supported-architecture", "Values": [X86]},
    ]
    return {
        it["InstanceType"]
        for page in pages.paginate(Filters=filters)
        for it in page["InstanceTypes"]
    }


def _offer(profile: Profile, plan: topology.Topology, allowed: set[str]) -> topology.Topology:
    """The topology with types of the plan, and with so few targets that its vCPUs are within the quota."""

    def instead(kind: str) -> str:
        wanted = STANDS_IN.get(kind.rpartition(".")[2], LARGEST)
        return (
            kind if kind in allowed else next((it for it in wanted if it in allowed), min(allowed))
        )

    taken = plan.with_types(instead)
    now = quotas.running(profile, taken.instance_counts)
    room = quotas.most(profile, quotas.PROCESSORS) - now.used + now.own
    return taken.that_fits(lambda counts: now.of(counts) <= room) or taken
