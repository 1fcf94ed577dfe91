"""What an AWS Academy Learner Lab does not allow, checked before anything is created.

The limits are those of the Learner Lab's own instructions: two regions; at most nine running instances, where more are
terminated, and twenty close the account.
"""

import json

from lab.aws import stack
from lab.errors import USAGE, LabError
from lab.profile import LEARNER_LAB_INSTANCES, STACK, Profile
from lab.topology import Topology

REGIONS = ("us-east-1", "us-west-2")
MOST_INSTANCES = LEARNER_LAB_INSTANCES
UNFAIR = (
    "That costs fairness: while Leadline is measured, it takes CPU from that target, and the Application Load Balancer "
    "takes none; its requests to that target cross no network."
)
UNFAIR_GENERATOR = (
    "Its CPU is then part of the figures, and while Leadline is measured the two share the CPU, so the comparison is "
    "harder on Leadline."
)
RUNS = ("pending", "running", "stopping")


def fitting(declared: Topology) -> str | None:
    """The topology with as many targets as a Learner Lab runs, as JSON; None if it has too many clusters."""
    fewer = declared.with_at_most(MOST_INSTANCES)
    return None if fewer is None else json.dumps(fewer.declared, separators=(",", ":"))


def require_room(profile: Profile, declared: Topology, region: str) -> None:
    """Checks that the lab's instances fit beside those that run already.

    Raises:
        LabError: in another region, or where there would be more instances than may run.
    """
    if region not in REGIONS:
        raise LabError(
            f"a Learner Lab has no region {region}; export AWS_REGION={REGIONS[0]} (or {REGIONS[1]})",
            USAGE,
        )
    if declared.has_groups:
        raise LabError(
            f"a Learner Lab cannot have groups (min, max): it runs {MOST_INSTANCES} instances at most, and a group "
            "that replaces an instance launches the new one first. Take `min` and `max` out of the topology, give each "
            "cluster a `count`, and the balancer is one instance",
            USAGE,
        )
    planned = declared.instances
    if planned > MOST_INSTANCES:
        raise LabError(
            f"{planned} instances, the balancer among them: a Learner Lab runs {MOST_INSTANCES} at most and terminates "
            f"the others. {_offers(profile, declared)}",
            USAGE,
        )
    others = _others(profile)
    if len(others) + planned > MOST_INSTANCES:
        raise LabError(
            f"{len(others)} instances run in {region} that are not this lab's ({', '.join(others)}); with the lab's "
            f"{planned} there would be more than {MOST_INSTANCES}, and a Learner Lab terminates some. Stop them first: "
            f"aws ec2 stop-instances --region {region} --instance-ids {' '.join(others)}"
        )


def _offers(profile: Profile, declared: Topology) -> str:
    """Topologies that fit, as commands; the one with fewer targets last."""
    said = []
    if not declared.shares_a_host and declared.instances - 1 <= MOST_INSTANCES:
        shared = declared.sharing_a_host()
        host = shared.declared["balancer"]["sharesHostOf"]
        said.append(
            f"This keeps every target, and Leadline shares the host of one of {host}. "
            f"{UNFAIR}\n  {shared.command(profile.name)}\n"
        )
    if declared.has_own_generator:
        beside = declared.generating_on_balancer()
        if beside.instances > MOST_INSTANCES:
            beside = beside.with_at_most(MOST_INSTANCES) or beside
        if beside.instances <= MOST_INSTANCES:
            said.append(
                f"This has {beside.targets} targets, and the load generator runs on Leadline's host. "
                f"{UNFAIR_GENERATOR}\n  {beside.command(profile.name)}\n"
            )
    fewer = declared.with_at_most(MOST_INSTANCES)
    said.append(
        "Take fewer clusters in the topology"
        if fewer is None
        else f"This is the topology with fewer targets:\n  {fewer.command(profile.name)}"
    )
    return "".join(said)


def _others(profile: Profile) -> list[str]:
    pages = stack.client(profile, "ec2").get_paginator("describe_instances")
    filters = [{"Name": "instance-state-name", "Values": [*RUNS]}]
    return [
        instance["InstanceId"]
        for page in pages.paginate(Filters=filters)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if {"Key": "leadline:lab", "Value": STACK} not in instance.get("Tags", [])
    ]
