"""What a removed lab left in the account, found by its tag.

Nearly every resource of the lab carries the tag ``leadline:lab``, and the account's tag index (Resource Groups Tagging
API) lists them all. The index lags: for some minutes it lists what was just deleted. So it is read again until it
lists nothing more, for a bounded time. Three kinds come from their own service:

- instances: EC2 keeps an ended one, with its tags, for about an hour;
- dashboards and IAM roles: the index does not have them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import stack
from lab.console import Step
from lab.profile import LAB_STACKS, STACK, Profile
from lab.running import fleet

WAIT_SECONDS = 5 * 60
POLL_SECONDS = 5

# Parts of the ARNs of what is paid for while it exists. The other resources of the lab are free.
PAID = (
    ":alarm:",
    ":autoscaling:",
    ":elasticloadbalancing:",
    ":s3:",
    ":secretsmanager:",
    ":elastic-ip/",
    ":instance/",
    ":natgateway/",
    ":snapshot/",
    ":volume/",
)


@dataclass
class Leftovers:
    """What may cost, what is free and still listed, and which services could not be asked."""

    paid: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)


def wait_until_none(profile: Profile, progress: Step) -> Leftovers:
    """Asks until nothing of the lab is left, for five minutes at most; what is left after that."""
    left = Leftovers()
    deadline = time.monotonic() + WAIT_SECONDS
    while listed := _ask(left, "the tag index", lambda: list(_listed(profile))):
        progress.detail = f"{len(listed)} resources are still listed"
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
    for arn in listed:
        (left.paid if any(part in arn for part in PAID) else left.free).append(arn)
    left.paid += _ask(left, "CloudWatch's dashboards", lambda: _dashboards(profile))
    if profile.name != "academy":  # the lab creates no role there, and may not list any
        left.free += _ask(left, "IAM's roles", lambda: _roles(profile))
    return left


def _listed(profile: Profile) -> Iterator[str]:
    """ARNs that the index lists with the lab's tag, without instances that have ended."""
    running = {it["InstanceId"] for it in fleet.instances(profile)}
    pages = stack.client(profile, "resourcegroupstaggingapi").get_paginator("get_resources")
    for page in pages.paginate(TagFilters=[{"Key": "leadline:lab", "Values": [*LAB_STACKS]}]):
        for arn in (it["ResourceARN"] for it in page["ResourceTagMappingList"]):
            if ":instance/" not in arn or arn.rpartition("/")[2] in running:
                yield arn


def _dashboards(profile: Profile) -> list[str]:
    """Dashboards are in no region. Their names are: that of another region's lab is not this one's."""
    cloudwatch = stack.client(profile, "cloudwatch")
    begins = f"{STACK}-{cloudwatch.meta.region_name}"
    pages = cloudwatch.get_paginator("list_dashboards").paginate(DashboardNamePrefix=begins)
    return [f"dashboard {it['DashboardName']}" for page in pages for it in page["DashboardEntries"]]


def _roles(profile: Profile) -> list[str]:
    """CloudFormation begins the name of a role with that of its stack."""
    begins = tuple(f"{name}-" for name in LAB_STACKS)
    return [
        f"role {it['RoleName']}"
        for page in stack.client(profile, "iam").get_paginator("list_roles").paginate()
        for it in page["Roles"]
        if it["RoleName"].startswith(begins)
    ]


def _ask(left: Leftovers, what: str, look: Callable[[], list[str]]) -> list[str]:
    """What ``look`` finds; a service that refuses is noted, because no answer does not mean that nothing is left."""
    try:
        return look()
    except (ClientError, BotoCoreError) as error:
        reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else str(error)
        left.not_asked.append(f"{what} ({reason})")
        return []
