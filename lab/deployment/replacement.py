"""Which instances an update would replace, told before anything is deployed: the stack's template against the new."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lab.aws import stack
from lab.errors import USAGE, LabError
from lab.profile import STACK, Profile

INSTANCE = "AWS::EC2::Instance"
GROUP = "AWS::AutoScaling::AutoScalingGroup"
DRAINING_SECONDS = 120  # infra's deregistration delay of a group's front

# "Update requires: Replacement" in CloudFormation's reference of AWS::EC2::Instance, always or under conditions that
# cannot be seen in a template. Type and user data of an instance with an EBS disk, as all of ours, are changed with a
# stop, and its security groups without one: they are not here.
REPLACING = frozenset(
    {
        "Affinity",
        "AvailabilityZone",
        "BlockDeviceMappings",
        "CpuOptions",
        "ElasticGpuSpecifications",
        "ElasticInferenceAccelerators",
        "EnclaveOptions",
        "HibernationOptions",
        "HostId",
        "HostResourceGroupArn",
        "ImageId",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "KernelId",
        "KeyName",
        "LaunchTemplate",
        "LicenseSpecifications",
        "NetworkInterfaces",
        "PlacementGroupName",
        "PrivateDnsNameOptions",
        "PrivateIpAddress",
        "RamdiskId",
        "SecurityGroups",
        "SubnetId",
        "Tenancy",
    }
)


@dataclass(frozen=True)
class Change:
    """Logical ids of instances that an update makes, removes, and replaces under the same id (by which properties).

    ``refresh_minutes`` are those that the groups take, by name, whose members are replaced one after the other.
    """

    made: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    replaced: dict[str, list[str]] = field(default_factory=dict)
    refresh_minutes: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many instances are made in place of another."""
        return len(self.replaced) + min(len(self.made), len(self.removed))

    def how_many(self) -> str:
        """The count as words for a sentence."""
        return "1 instance" if self.count == 1 else f"{self.count} instances"

    def why(self) -> str:
        """What differs, in words."""
        properties = sorted({name for names in self.replaced.values() for name in names})
        reasons = [f"{', '.join(properties)} changed"] if properties else []
        if self.made and self.removed:
            reasons.append("what an instance runs at its start changed")
        return " and ".join(reasons)


def between(old: dict[str, Any], new: dict[str, Any]) -> Change:
    """What an update from one template to the other does to instances.

    A changed script shows as one instance removed and another made: its logical id ends in the script's hash.
    """
    before, after = _instances(old), _instances(new)
    replaced = {
        name: changed
        for name in sorted(before.keys() & after.keys())
        if (
            changed := sorted(
                key for key in REPLACING if before[name].get(key) != after[name].get(key)
            )
        )
    }
    return Change(
        made=sorted(after.keys() - before.keys()),
        removed=sorted(before.keys() - after.keys()),
        replaced=replaced,
        refresh_minutes=_refreshed(old, new),
    )


def _refreshed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, int]:
    """Minutes for the fewest members of each group that gets another launch template: warm-up and draining of each."""
    before, after = old.get("Resources", {}), new.get("Resources", {})
    found = {}
    for name, resource in after.items():
        if resource["Type"] != GROUP or name not in before:
            continue
        group = resource["Properties"]
        if _launched(before, name) != _launched(after, name):
            seconds = int(group.get("DefaultInstanceWarmup", 0)) + DRAINING_SECONDS
            tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
            found[tags["Name"]] = math.ceil(int(group["MinSize"]) * seconds / 60)
    return found


def _launched(resources: dict[str, Any], group: str) -> Any:
    template = resources[group]["Properties"]["LaunchTemplate"]["LaunchTemplateId"]["Ref"]
    return resources[template]["Properties"]["LaunchTemplateData"]


def _instances(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: resource.get("Properties", {})
        for name, resource in template.get("Resources", {}).items()
        if resource["Type"] == INSTANCE
    }


def planned(profile: Profile) -> Change:
    """What deploying the templates made last would do to the instances there are; nothing where there is no stack."""
    try:
        old = stack.template(profile)
    except ClientError as error:
        if "does not exist" in str(error):
            return Change()
        raise
    new = json.loads((stack.templates(profile) / f"{STACK}.template.json").read_text())
    return between(old, new)


def refuse(change: Change, name: str, command: str) -> None:
    """Refuses to replace instances where no more may run: CloudFormation makes the new before it ends the old.

    Args:
        change: what the update would do.
        name: of the profile.
        command: the user's own, to be repeated afterwards.

    Raises:
        LabError: with the commands that come to the same.
    """
    if not change.count:
        return
    image = (
        "\n\nThe image is another than the lab's: cdk.context.json keeps it from deployment to deployment, so that "
        "file was removed or changed; with the one of then, nothing need be replaced."
        if any("ImageId" in properties for properties in change.replaced.values())
        else ""
    )
    raise LabError(
        f"nothing was changed: {change.why()}, so {change.how_many()} would be replaced, the new started before the "
        "old ends. A Learner Lab runs nine at most, terminates the others, and closes the account at twenty. "
        f"Destroy, then deploy:\n  ./deploy.sh destroy --profile {name}\n  {command}{image}",
        USAGE,
    )
