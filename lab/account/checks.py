"""What an AWS account must have before `up`: one check each, with the command that mends it."""

import functools
from collections.abc import Callable

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from lab import kinds, topology
from lab.account import (
    academy,
    clock,
    free_plan,
    lab_role,
    load_balancing,
    quotas,
    simulation,
    zones,
)
from lab.aws import access, problems, stack
from lab.errors import LabError
from lab.machine.prerequisites import Finding
from lab.profile import STACK, TOOLKIT_STACK, Profile

# The caller and the regions are read from a region that is enabled in every account: one that is not answers as if the
# credentials were wrong.
HOMES = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1"}
HOME = "us-east-1"

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


def findings(
    profile: Profile,
    plan: topology.Topology | None = None,
    looking_at: Callable[[str], None] = lambda _what: None,
) -> list[Finding]:
    """Checks credentials, clock and region, and, if these are good, everything else that a deployment needs.

    Args:
        profile: whose account it is.
        plan: the topology that is to be deployed; without one that of the last deployment.
        looking_at: called with the name of each check before it.
    """
    try:
        region = stack.session(profile).region_name
    except problems.LOCAL as error:
        return [_unusable(error)]
    looking_at(CREDENTIALS)
    time = clock.check(profile, _home(region))
    if time and time.ok is False:  # AWS refuses good credentials then
        return [time]
    who = _credentials(profile, region)
    if not who.ok:
        return [who]
    where = _region(profile, region)
    if not where.ok:
        return [who, where]
    plan = plan or topology.read(profile.last_context())
    found = [who, *([time] if time else []), where]
    for what, check in _checks(profile, plan).items():
        looking_at(what)
        found.append(_guarded(what, check, profile, plan))
    return found


def _checks(profile: Profile, plan: topology.Topology) -> dict[str, Check]:
    of_the_kind: dict[str, Check] = (
        {"account plan": free_plan.check, "bootstrap of the CDK": _toolkit}
        if profile.name == "aws"
        else {"instances": _room, lab_role.WHAT: _lab_role}
    )
    return {
        "permissions of up": _permissions,
        **of_the_kind,
        f"the stack {STACK}": _stack,
        "availability zones": zones.check,
        "vCPUs of on-demand standard instances": quotas.processors,
        "VPCs": quotas.networks,
        "Elastic IP addresses": quotas.addresses,
        **{
            f"{kinds.TITLES[kind]}s": functools.partial(quotas.load_balancers, kind)
            for kind in kinds.ALL
            if plan.load_balancers[kind]
        },
        "permission for load balancers": load_balancing.check,
    }


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
        account = sts.get_caller_identity()["Account"]
        end = access.login_end(profile)
        until = f", until {end.astimezone():%H:%M}" if end else ""
        return Finding(CREDENTIALS, f"account {account}{until}", True)
    except exceptions.NoCredentialsError:
        return Finding(CREDENTIALS, "none", False, new)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "Expired" in code:
            renewed = new if profile.name == "academy" else "aws sso login (or paste new keys)"
            return Finding(CREDENTIALS, f"the session has expired ({code})", False, renewed)
        return Finding(CREDENTIALS, f"AWS does not accept them ({code})", False, new)
    except problems.LOCAL as error:
        return _unusable(error)


def _unusable(error: Exception) -> Finding:
    problem = problems.of(error)
    return Finding(CREDENTIALS, problem.found, False, problem.cure)


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


def _permissions(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    options = [
        *(["generate"] if plan.generator else []),
        *(["compare"] if kinds.CLB in plan.compare else []),
        *(["groups"] if plan.has_groups else []),
    ]
    return simulation.check(what, profile, options=options)


def _toolkit(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    reached = stack.status(profile, TOOLKIT_STACK)
    if reached is None:
        return Finding(what, "none yet; ./deploy.sh up makes it", True)
    if reached in stack.FAILED_BEFORE_IT_SERVED:
        return Finding(what, f"half made ({reached}); ./deploy.sh up makes it anew", True)
    if reached.endswith("_FAILED"):
        # Not by itself: with it goes the one role that may remove the lab's stack.
        said = f"the stack {TOOLKIT_STACK} is in status {reached}"
        return Finding(what, said, False, f"./deploy.sh destroy --profile {profile.name}")
    return Finding(what, f"the stack {TOOLKIT_STACK} is in status {reached}", True)


def _room(what: str, profile: Profile, plan: topology.Topology) -> Finding:
    try:
        academy.require_room(profile, plan, _at(profile))
    except LabError as problem:
        said, _, cure = str(problem).replace("Stop them first: ", "\n").partition("\n")
        return Finding(what, said.strip(), False, cure.strip())
    return Finding(what, f"{plan.instances} of {academy.MOST_INSTANCES} are planned", True)


def _lab_role(_what: str, profile: Profile, plan: topology.Topology) -> Finding:
    account, region = stack.identity(profile)
    bucket = stack.asset_bucket(plan.asset_bucket, account, region)
    return lab_role.finding(profile, account, bucket)


def _stack(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    reached = stack.status(profile)
    if reached is None:
        return Finding(what, "none yet; ./deploy.sh up makes it", True)
    if reached in stack.TAKES_NO_UPDATE:
        said = f"{reached}: {stack.meaning(reached)}"
        return Finding(what, said, False, f"./deploy.sh destroy --profile {profile.name}")
    return Finding(what, reached, True)


def _at(profile: Profile) -> str:
    return stack.session(profile).region_name or ""
