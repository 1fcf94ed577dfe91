"""What an AWS account must have before `up`: one check each, with the command that mends it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from lab import topology
from lab.account import academy
from lab.aws import stack
from lab.errors import LabError
from lab.machine.prerequisites import Finding
from lab.profile import STACK, TOOLKIT_STACK, Profile
from lab.running import fleet

# The caller and the regions are read from a region that is enabled in every account: one that is not answers as if the
# credentials were wrong.
HOMES = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1"}
HOME = "us-east-1"

STANDARD = re.compile(
    r"(?:[acdhmrtz]|i[ms]?)\d"
)  # the families of "Running On-Demand Standard instances"
Check = Callable[[str, Profile, topology.Topology], Finding]
CREDENTIALS = "credentials"
REGION = "region"
LEARNER_LAB = (
    "in the Learner Lab: AWS Details, AWS CLI, Show; copy all of it into ~/.aws/credentials"
)


def is_configured() -> bool:
    """Whether this machine has any AWS credentials, good or bad."""
    try:
        return stack.session(Profile("aws")).get_credentials() is not None
    except BotoCoreError:
        return True


def findings(profile: Profile) -> list[Finding]:
    """Checks credentials and region, and, if these are good, everything else that a deployment needs."""
    try:
        region = stack.session(profile).region_name
    except exceptions.ProfileNotFound as error:
        return [Finding(CREDENTIALS, str(error), False, "unset AWS_PROFILE")]
    who = _credentials(profile, region)
    if not who.ok:
        return [who]
    where = _region(profile, region)
    if not where.ok:
        return [who, where]
    plan = topology.read(profile.last_context())
    checks: dict[str, Check] = {
        **({"bootstrap of the CDK": _toolkit} if profile.name == "aws" else {"instances": _room}),
        f"the stack {STACK}": _stack,
        "vCPUs of on-demand standard instances": _processors,
        "VPCs": _networks,
        "Elastic IP addresses": _addresses,
    }
    return [who, where, *(_guarded(what, check, profile, plan) for what, check in checks.items())]


def _guarded(what: str, check: Check, profile: Profile, plan: topology.Topology) -> Finding:
    """A check that is refused or gets no answer has an unknown result, not a good one."""
    try:
        return check(what, profile, plan)
    except (ClientError, BotoCoreError) as error:
        reason = (
            f"{error.operation_name} was refused ({error.response['Error']['Code']})"
            if isinstance(error, ClientError)
            else str(error)
        )
        return Finding(what, f"could not be checked: {reason}", None)


def _home(region: str | None) -> str:
    return next((home for part, home in HOMES.items() if (region or "").startswith(part)), HOME)


def _credentials(profile: Profile, region: str | None) -> Finding:
    new = LEARNER_LAB if profile.name == "academy" else "aws configure"
    try:
        sts = stack.client(profile, "sts", _home(region))
        return Finding(CREDENTIALS, f"account {sts.get_caller_identity()['Account']}", True)
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        return Finding(CREDENTIALS, "none", False, new)
    except (
        exceptions.SSOTokenLoadError,
        exceptions.UnauthorizedSSOTokenError,
        exceptions.TokenRetrievalError,
    ):
        return Finding(CREDENTIALS, "the SSO session has expired", False, "aws sso login")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "Expired" in code:
            renewed = new if profile.name == "academy" else "aws sso login (or paste new keys)"
            return Finding(CREDENTIALS, f"the session has expired ({code})", False, renewed)
        return Finding(CREDENTIALS, f"AWS does not accept them ({code})", False, new)
    except BotoCoreError as error:
        return Finding(CREDENTIALS, f"AWS cannot be reached: {error}", False, "check the network")


def _region(profile: Profile, region: str | None) -> Finding:
    take = f"export AWS_REGION={HOME}"
    if not region:
        return Finding(REGION, "none is set", False, take)
    if profile.name == "academy" and region not in academy.REGIONS:
        return Finding(REGION, f"a Learner Lab has no {region}", False, take)
    try:
        known = stack.client(profile, "ec2", _home(region)).describe_regions(
            AllRegions=True, RegionNames=[region]
        )["Regions"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "InvalidParameterValue":
            return Finding(REGION, f"there is no region {region}", False, take)
        return Finding(
            REGION, f"{region}; whether it is enabled could not be checked ({code})", True
        )
    if known and known[0].get("OptInStatus") == "not-opted-in":
        enable = f"aws account enable-region --region-name {region}"
        return Finding(REGION, f"{region} is not enabled in this account", False, enable)
    return Finding(REGION, region, True)


def _toolkit(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    reached = stack.status(profile, TOOLKIT_STACK)
    if reached is None:
        return Finding(what, "none yet; ./deploy.sh up makes it", True)
    if reached.endswith("_FAILED"):
        remove = (
            f"aws cloudformation delete-stack --stack-name {TOOLKIT_STACK} --region {_at(profile)}"
        )
        return Finding(what, f"the stack {TOOLKIT_STACK} is in status {reached}", False, remove)
    if reached in stack.FAILED_BEFORE_IT_SERVED:
        return Finding(what, f"half made ({reached}); ./deploy.sh up makes it anew", True)
    return Finding(what, f"the stack {TOOLKIT_STACK} is in status {reached}", True)


def _room(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    try:
        academy.require_room(profile, plan, _at(profile))
    except LabError as problem:
        said, _, cure = str(problem).replace("Stop them first: ", "\n").partition("\n")
        return Finding(what, said.strip(), False, cure.strip())
    return Finding(what, f"{plan.instances} of {academy.MOST_INSTANCES} are planned", True)


def _stack(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    reached = stack.status(profile)
    if reached is None:
        return Finding(what, "none yet; ./deploy.sh up makes it", True)
    if reached in stack.TAKES_NO_UPDATE:
        said = f"{reached}: {stack.meaning(reached)}"
        return Finding(what, said, False, f"./deploy.sh destroy --profile {profile.name}")
    return Finding(what, reached, True)


@dataclass(frozen=True)
class Quota:
    """A quota of Service Quotas, by its codes."""

    service: str
    code: str


PROCESSORS = Quota("ec2", "L-1216C47A")
NETWORKS = Quota("vpc", "L-F678F1CE")
ADDRESSES = Quota("ec2", "L-0263D0A3")


def _processors(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    pages = stack.client(profile, "ec2").get_paginator("describe_instances")
    running = [
        instance
        for page in pages.paginate(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        )
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if STANDARD.match(instance["InstanceType"]) and "InstanceLifecycle" not in instance
    ]
    ours = {it["InstanceId"] for it in fleet.instances(profile)}
    each = _processors_of(profile, {*plan.instance_counts, *(it["InstanceType"] for it in running)})
    used = sum(each[it["InstanceType"]] for it in running)
    own = sum(each[it["InstanceType"]] for it in running if it["InstanceId"] in ours)
    planned = sum(
        count * each[kind] for kind, count in plan.instance_counts.items() if STANDARD.match(kind)
    )
    return _compare(what, profile, PROCESSORS, used, max(0, planned - own))


def _processors_of(profile: Profile, kinds: Iterable[str]) -> dict[str, int]:
    found = stack.client(profile, "ec2").describe_instance_types(InstanceTypes=sorted(kinds))
    return {it["InstanceType"]: it["VCpuInfo"]["DefaultVCpus"] for it in found["InstanceTypes"]}


def _networks(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    found = stack.client(profile, "ec2").describe_vpcs()["Vpcs"]
    return _compare(what, profile, NETWORKS, len(found), 0 if _has_ours(found) else 1)


def _addresses(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    found = stack.client(profile, "ec2").describe_addresses()["Addresses"]
    needed = 0 if _has_ours(found) else 1
    return _compare(what, profile, ADDRESSES, len(found), needed)


def _has_ours(found: list[dict[str, Any]]) -> bool:
    ours = {"Key": "leadline:lab", "Value": STACK}
    return any(ours in it.get("Tags", []) for it in found)


def _compare(what: str, profile: Profile, quota: Quota, used: int, needed: int) -> Finding:
    most = int(
        stack.client(profile, "service-quotas").get_service_quota(
            ServiceCode=quota.service, QuotaCode=quota.code
        )["Quota"]["Value"]
    )
    said = f"{used} of {most} in use, the lab needs {needed} more"
    raised = (
        f"aws service-quotas request-service-quota-increase --region {_at(profile)} "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {used + needed}"
    )
    return Finding(what, said, used + needed <= most, raised)


def _at(profile: Profile) -> str:
    return stack.session(profile).region_name or ""
