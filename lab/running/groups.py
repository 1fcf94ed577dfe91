"""The lab's Auto Scaling groups: one of balancers, and one for each cluster that has `min` and `max` (docs/lab.md)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile

# The key of the balancers' group; no cluster may be called so.
BALANCERS = "balancer"
# What a stopped group had, as "min,max,desired": its own sizes are 0 meanwhile.
STOPPED_TAG = "leadline:stopped"
POLICY_TAG = "leadline:policy"


@dataclass(frozen=True)
class Group:
    """A group as the account's API has it.

    Attributes:
        name: in the account
        of: a cluster, or ``BALANCERS``
        min: fewest members
        max: most members
        desired: members that it is to have now
        members: lifecycle state of each instance, by its id, without those that are ending
        before_stop: min, max and desired of a group that `stop` has emptied
    """

    name: str
    of: str
    min: int
    max: int
    desired: int
    members: dict[str, str]
    before_stop: tuple[int, int, int] | None = None

    @property
    def title(self) -> str:
        """What its members are, for people."""
        return "balancers" if self.of == BALANCERS else f"instances of {self.of}"

    def as_json(self) -> dict[str, Any]:
        """The form of `status --json`."""
        sizes = {"min": self.min, "max": self.max, "desired": self.desired}
        return {"name": self.name, **sizes, "instances": [*self.members]}


def names(outputs: dict[str, str]) -> dict[str, str]:
    """The name of each group of a stack: of the balancers, and of the clusters, where there are such."""
    balancers = {BALANCERS: outputs["BalancerGroup"]} if "BalancerGroup" in outputs else {}
    return balancers | json.loads(outputs.get("ClusterGroups", "{}"))


def of(profile: Profile, outputs: dict[str, str]) -> list[Group]:
    """Every group of the lab that exists, the balancers' first; without any nobody is asked."""
    wanted = names(outputs)
    if not wanted:
        return []
    pages = stack.client(profile, "autoscaling").get_paginator("describe_auto_scaling_groups")
    described = {
        it["AutoScalingGroupName"]: it
        for page in pages.paginate(AutoScalingGroupNames=[*wanted.values()])
        for it in page["AutoScalingGroups"]
    }
    return [_group(described[name], key) for key, name in wanted.items() if name in described]


def _group(described: dict[str, Any], key: str) -> Group:
    tags = {it["Key"]: it["Value"] for it in described.get("Tags", [])}
    before = tags.get(STOPPED_TAG)
    least, most, desired = map(int, before.split(",")) if before else (0, 0, 0)
    return Group(
        name=described["AutoScalingGroupName"],
        of=key,
        min=described["MinSize"],
        max=described["MaxSize"],
        desired=described["DesiredCapacity"],
        members={
            it["InstanceId"]: it["LifecycleState"]
            for it in described["Instances"]
            if not it["LifecycleState"].startswith("Terminat")
        },
        before_stop=(least, most, desired) if before else None,
    )


def last_failure(profile: Profile, group: Group) -> str:
    """Why the newest thing that a group did has failed; empty where it has not."""
    client = stack.client(profile, "autoscaling")
    newest = client.describe_scaling_activities(AutoScalingGroupName=group.name, MaxRecords=1)
    for it in newest["Activities"]:
        if it["StatusCode"] in ("Failed", "Cancelled"):
            return f"{it['Description']}: {it.get('StatusMessage', it['StatusCode'])}"
    return ""


def empty(profile: Profile, groups: Iterable[Group]) -> None:
    """Ends every member, and remembers in a tag how many there were; a group that was emptied before stays as it is.

    Its members could not be stopped: a group takes a stopped member for a broken one and replaces it.
    """
    client = stack.client(profile, "autoscaling")
    for group in groups:
        if group.before_stop is None:
            sizes = f"{group.min},{group.max},{group.desired}"
            client.create_or_update_tags(Tags=[_tag(group.name, STOPPED_TAG, sizes, False)])
        client.update_auto_scaling_group(
            AutoScalingGroupName=group.name, MinSize=0, MaxSize=0, DesiredCapacity=0
        )


def fill(profile: Profile, groups: Iterable[Group]) -> None:
    """Gives groups that were emptied the sizes that they had; the others stay as they are."""
    client = stack.client(profile, "autoscaling")
    for group in groups:
        if group.before_stop is None:
            continue
        least, most, desired = group.before_stop
        client.update_auto_scaling_group(
            AutoScalingGroupName=group.name, MinSize=least, MaxSize=most, DesiredCapacity=desired
        )
        client.delete_tags(Tags=[_tag(group.name, STOPPED_TAG, "", False)])


def require_none_empty(profile: Profile, outputs: dict[str, str]) -> None:
    """Raises LabError where `stop` has emptied a group: an update would not fill it."""
    if any(it.before_stop for it in of(profile, outputs)):
        raise LabError(
            f"the lab is stopped; ./deploy.sh start --profile {profile.name} first, because an update leaves the sizes "
            "of its groups as they are"
        )


def set_policy_of_the_next(profile: Profile, name: str, policy: str) -> None:
    """The policy with which balancers begin that the group launches from now on."""
    client = stack.client(profile, "autoscaling")
    client.create_or_update_tags(Tags=[_tag(name, POLICY_TAG, policy, True)])


def _tag(group: str, key: str, value: str, propagate: bool) -> dict[str, Any]:
    return {
        "ResourceId": group,
        "ResourceType": "auto-scaling-group",
        "Key": key,
        "Value": value,
        "PropagateAtLaunch": propagate,
    }
