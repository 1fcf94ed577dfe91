"""The two availability zones of a lab: not every zone of a region has every type of instance."""

from collections.abc import Iterable

from lab import topology
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

WANTED = 2
SUBNET = "AWS::EC2::Subnet"


def offered(profile: Profile, kinds: Iterable[str]) -> dict[str, set[str]]:
    """Which of these types each available zone of the region has, by the zone's name, in the order of names."""
    ec2 = stack.client(profile, "ec2")
    zones = ec2.describe_availability_zones(
        Filters=[
            {"Name": "state", "Values": ["available"]},
            {"Name": "zone-type", "Values": ["availability-zone"]},
        ]
    )["AvailabilityZones"]
    found: dict[str, set[str]] = {name: set() for name in sorted(it["ZoneName"] for it in zones)}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": sorted(kinds)}],
    )
    for page in pages:
        for it in page["InstanceTypeOfferings"]:
            if it["Location"] in found:
                found[it["Location"]].add(it["InstanceType"])
    return found


def of_lab(profile: Profile) -> list[str]:
    """The zones of the lab that is up, in the order of its subnets; another order would replace them."""
    subnets = [
        (name, it["Properties"].get("AvailabilityZone"))
        for name, it in stack.template(profile)["Resources"].items()
        if it["Type"] == SUBNET
    ]
    return [zone for _, zone in sorted(subnets, key=lambda it: it[0]) if isinstance(zone, str)]


def chosen(profile: Profile, plan: topology.Topology) -> list[str]:
    """The zones for the lab: those of the option, of the lab that is up, or the first two with all of its types."""
    if plan.zones:
        return plan.zones.split(",")
    if stack.status(profile) not in (None, *stack.FAILED_BEFORE_IT_SERVED):
        return of_lab(profile)
    return _with_all(offered(profile, plan.instance_counts), plan)[:WANTED]


def check(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    """Whether the zones for the lab have the types of the topology."""
    has = offered(profile, plan.instance_counts)
    zones = chosen(profile, plan)
    wanted = set(plan.instance_counts)
    lacking = {it: wanted - has.get(it, set()) for it in zones if not wanted <= has.get(it, set())}
    whole = _with_all(has, plan)
    if len(zones) == WANTED and not lacking:
        return Finding(what, f"{', '.join(zones)} have every type of the topology", True)
    if lacking:
        said = "; ".join(f"{it} lacks {', '.join(sorted(types))}" for it, types in lacking.items())
    else:
        rare = sorted(it for it in wanted if sum(it in types for types in has.values()) < WANTED)
        said = f"fewer than two zones have {', '.join(rare or sorted(wanted))}"
    if len(whole) >= WANTED and plan.zones:
        return Finding(what, said, False, f"-c zones={','.join(whole[:WANTED])}")
    return Finding(
        what,
        said,
        False,
        "choose another instanceType in cdk.json (t3 instead of t2), or another region with AWS_REGION",
    )


def _with_all(has: dict[str, set[str]], plan: topology.Topology) -> list[str]:
    return [it for it, types in has.items() if plan.instance_counts.keys() <= types]
