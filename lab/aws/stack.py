"""The CloudFormation stack: bootstrap, deploy, status, destroy."""

import contextlib
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from lab.aws import access, events, problems
from lab.commands import run
from lab.errors import LabError
from lab.profile import QUALIFIER, STACK, STATE, TOOLKIT_STACK, Profile
from lab.refusals import explained

CDK = STATE / "node" / "node_modules" / ".bin" / "cdk"
# Of every lab; those of AWS's load balancers depend on the option `compare` (docs/lab.md). Balancers in a group have no
# id that stays.
OUTPUTS = ("LeadlineUrl", "BalancerInstanceId")
OUTPUTS_OF_A_GROUP = ("LeadlineUrl", "BalancerGroup", "BalancerFrontArn", "BalancerTargetGroupArn")
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
DELETE_SECONDS = 30 * 60
POLL_SECONDS = 2

# Nothing of such a stack ever served, or it was being removed: a new deployment clears it away.
FAILED_BEFORE_IT_SERVED = (
    "CREATE_FAILED",
    "DELETE_FAILED",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
)

# What an operation ended in, or what keeps CloudFormation from taking an update, and what helps.
MEANINGS = {
    "CREATE_FAILED": "its creation failed; ./deploy.sh destroy removes what there is of it",
    "ROLLBACK_COMPLETE": "its creation failed and was rolled back; deploy again, or ./deploy.sh destroy",
    # usual, not odd: the load balancer writes a file as soon as it is made, and CloudFormation deletes no full bucket
    "ROLLBACK_FAILED": "its creation failed and a part of it is left; deploy again, or ./deploy.sh destroy, removes it",
    "DELETE_FAILED": "its removal failed; ./deploy.sh destroy tries again",
    "UPDATE_ROLLBACK_COMPLETE": "the update failed and was rolled back; the lab is as it was before",
    "UPDATE_ROLLBACK_FAILED": "an update failed and so did its roll-back; "
    f"`aws cloudformation continue-update-rollback --stack-name {STACK}` tries to bring back what was, "
    "or ./deploy.sh destroy, then deploy again",
    "REVIEW_IN_PROGRESS": "a change set was made for it and never executed, there is nothing in it; "
    "deploying again clears it away, and so does ./deploy.sh destroy",
    "UPDATE_FAILED": "an update failed; ./deploy.sh destroy, then deploy again",
}
TAKES_NO_UPDATE = ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED")
# What such a stack has, it has whole.
WHOLE = (*GOOD, "UPDATE_ROLLBACK_COMPLETE")


# Most of what the lab asks AWS is about the stack.
client, session = access.client, access.session


def identity(profile: Profile) -> tuple[str, str]:
    """Account and region that the credentials in use belong to.

    Raises:
        LabError: without credentials, with expired ones, or without a region.
    """
    try:
        sts = client(profile, "sts")
        return sts.get_caller_identity()["Account"], sts.meta.region_name
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise LabError(explained(f"AWS does not accept the credentials ({code})")) from None
    except problems.LOCAL as error:
        raise LabError(str(problems.of(error))) from None


def status(profile: Profile, name: str = STACK) -> str | None:
    """The stack's status, or None where there is no such stack."""
    try:
        stacks = client(profile, "cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if stacks[0]["StackStatus"] == "DELETE_COMPLETE" else stacks[0]["StackStatus"]


def outputs(profile: Profile, name: str = STACK) -> dict[str, str]:
    """The stack's outputs by name."""
    stacks = client(profile, "cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def template(profile: Profile) -> dict[str, Any]:
    """The template that the stack was deployed with."""
    found = client(profile, "cloudformation").get_template(
        StackName=STACK, TemplateStage="Original"
    )["TemplateBody"]
    return found if isinstance(found, dict) else json.loads(found)


def created(profile: Profile) -> datetime:
    """When the stack was created."""
    return client(profile, "cloudformation").describe_stacks(StackName=STACK)["Stacks"][0][
        "CreationTime"
    ]


def complete_outputs(profile: Profile) -> dict[str, str]:
    """The outputs of a stack that was deployed to its end.

    Raises:
        LabError: where some of them are missing.
    """
    found = outputs(profile)
    wanted = OUTPUTS_OF_A_GROUP if "BalancerGroup" in found else OUTPUTS
    missing = [name for name in wanted if name not in found]
    if missing:
        reached = status(profile)
        help_ = MEANINGS.get(reached or "", "deploy again, or ./deploy.sh destroy")
        raise LabError(
            f"the stack {STACK} is in status {reached} and not complete (it has no output {missing[0]}): {help_}"
        )
    return found


def _cdk(profile: Profile, verb: str, *arguments: str, **environment: str) -> None:
    """Runs the CDK CLI, its output kept in the profile's state directory.

    "--build true": by itself it would run cdk.json's build before every command, even one that reads finished
    templates. No "--profile": the user's ~/.cdk.json may name one, which would be another login than the lab's.
    """
    command = [str(CDK), verb, *arguments, "--build", "true", "--no-version-reporting"]
    command += ["--profile", ""]
    variables = access.environment(profile) | environment
    run(f"cdk {verb}", command, variables, profile.state / f"{verb}.log")


def templates(profile: Profile) -> Path:
    """Where the synthesised templates are."""
    return profile.state / "cdk.out"


def synthesize(profile: Profile, context: dict[str, str], account: str, region: str) -> None:
    """Makes the templates of this profile; what was built is not built again."""
    said = {"profile": profile.name, **context}
    # The CLI reads a value to the end of its first line; a topology may have been written in several.
    options = [
        word
        for key, value in said.items()
        for word in ("-c", f"{key}={' '.join(value.splitlines())}")
    ]
    _cdk(
        profile,
        "synth",
        "--quiet",
        *("--output", str(templates(profile))),
        *options,
        CDK_DEFAULT_ACCOUNT=account,
        CDK_DEFAULT_REGION=region,
    )


def bootstrap(profile: Profile, account: str, region: str) -> None:
    """Creates the CDK's toolkit stack, our own, so that no other project's is touched."""
    with _events_shown(profile, TOOLKIT_STACK):
        _cdk(
            profile,
            "bootstrap",
            f"aws://{account}/{region}",
            *("--app", str(templates(profile))),
            *("--toolkit-stack-name", TOOLKIT_STACK),
            *("--qualifier", QUALIFIER),
        )


def _events_shown(profile: Profile, name: str) -> contextlib.AbstractContextManager[None]:
    """Shows what CloudFormation does; an emulated one does all of it within seconds."""
    if profile.is_local:
        return contextlib.nullcontext()
    return events.shown(client(profile, "cloudformation"), name)


def is_bootstrapped(profile: Profile) -> bool:
    """Whether the CDK's toolkit stack is there to its end; what is under way is waited for."""
    wait_while_busy(profile, TOOLKIT_STACK)
    return status(profile, TOOLKIT_STACK) not in (None, *FAILED_BEFORE_IT_SERVED)


def require_takes_update(profile: Profile, name: str = STACK) -> None:
    """Raises LabError where the stack is in a status in which CloudFormation refuses updates."""
    before = status(profile, name)
    if before in TAKES_NO_UPDATE:
        raise LabError(f"the stack {name} is in status {before}: {MEANINGS[before]}")


def deploy(profile: Profile, name: str = STACK) -> None:
    """Creates or updates a stack from the synthesised templates.

    Raises:
        LabError: when the stack does not end in a good status, whatever the CLI says.
    """
    require_takes_update(profile, name)
    # On AWS a change set is what CloudFormation advises; in an emulated account this is quicker.
    direct = ["--method", "direct"] if profile.is_local else []
    try:
        with _events_shown(profile, name):
            _cdk(
                profile,
                "deploy",
                name,
                *("--app", str(templates(profile))),
                *("--toolkit-stack-name", TOOLKIT_STACK),
                *("--require-approval", "never"),
                *("--progress", "events"),
                *direct,
            )
    except LabError as problem:
        with contextlib.suppress(
            ClientError, BotoCoreError
        ):  # or expired credentials would hide it
            raise LabError(explained(f"{problem}{_bad_end(profile, name)}")) from None
        raise
    if bad := _bad_end(profile, name):
        raise LabError(explained(bad.lstrip()))


def _bad_end(profile: Profile, name: str) -> str:
    """A bad status of the stack after a deployment, with its meaning and what failed; empty for a good one."""
    reached = status(profile, name)
    if reached in GOOD:
        return ""
    if reached is None:
        return f"\n\nthere is no stack {name}"
    failed = "".join(f"\n  {failure}" for failure in failures(profile, name))
    return f"\n\nthe stack {name} ended in status {reached}: {meaning(reached)}{failed}"


def meaning(reached: str) -> str:
    """The meaning of a bad status, and what to do."""
    if is_busy(reached):
        return "CloudFormation is still at work on it; the next command waits for that"
    return MEANINGS.get(reached, "look at its events in the CloudFormation console")


def failed_events(profile: Profile, name: str = STACK) -> list[dict[str, Any]]:
    """The failures among the events of the stack's newest operation, the cause first."""
    pages = client(profile, "cloudformation").get_paginator("describe_stack_events")
    found = []
    for event in (it for page in pages.paginate(StackName=name) for it in page["StackEvents"]):
        # newest first
        if event["LogicalResourceId"] == name and event["ResourceStatus"].endswith("_IN_PROGRESS"):
            if "ROLLBACK" not in event["ResourceStatus"]:
                break  # the operation began here
        elif event["ResourceStatus"].endswith("_FAILED"):
            found.append(event)
    return found[::-1]


def failures(profile: Profile, name: str = STACK) -> list[str]:
    """What failed in the stack's newest operation, the cause first, a line each."""
    return [
        f"{it['LogicalResourceId']}: {it.get('ResourceStatusReason', 'no reason given')}"
        for it in failed_events(profile, name)
    ]


def destroy(profile: Profile, name: str = STACK) -> None:
    """Deletes the stack and waits until it is gone.

    Raises:
        LabError: when CloudFormation could not delete something; the message names it.
    """
    cloudformation = client(profile, "cloudformation")
    if status(profile, name) is None:
        return
    try:
        with _events_shown(profile, name):
            cloudformation.delete_stack(StackName=name)
            cloudformation.get_waiter("stack_delete_complete").wait(
                StackName=name,
                WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": DELETE_SECONDS // POLL_SECONDS},
            )
    except WaiterError as error:
        raise LabError(
            explained(
                f"the stack {name} could not be deleted: "
                + ("; ".join(failures(profile, name)) or str(error))
            )
        ) from None


def wait_while_busy(profile: Profile, name: str = STACK) -> None:
    """Waits for an operation that is under way, left by a run that was interrupted.

    The emulator ends an operation before it answers. One in progress there never ends, so nothing is waited for.
    """
    deadline = time.monotonic() + DELETE_SECONDS
    while not profile.is_local and is_busy(reached := status(profile, name)):
        if time.monotonic() > deadline:
            raise LabError(f"the stack {name} has been in status {reached} for half an hour")
        time.sleep(POLL_SECONDS)


def is_busy(reached: str | None) -> bool:
    """Whether an operation is under way; a stack in review is not busy."""
    return (reached or "").endswith("_IN_PROGRESS") and reached != "REVIEW_IN_PROGRESS"


def asset_bucket(chosen: str | None, account: str, region: str) -> str:
    """Name of the bucket for templates and jar in an account that cannot be bootstrapped."""
    return chosen or f"leadline-assets-{account}-{region}"


def toolkit_bucket(account: str, region: str) -> str:
    """Name of the bucket that our bootstrap makes; its stack keeps it when it is deleted."""
    return f"cdk-{QUALIFIER}-assets-{account}-{region}"


def make_bucket(profile: Profile, bucket: str, account: str, region: str) -> bool:
    """Creates the bucket where it is missing, closed to the public; whether it was missing.

    Raises:
        LabError: when the name is somebody else's.
    """
    s3 = client(profile, "s3")
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise LabError(
                f"the bucket {bucket} cannot be used, it may be somebody else's; -c assetBucket=NAME chooses another"
            ) from None
    else:
        return False
    # us-east-1 is the one region that may not be named
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else place))
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
    )
    return True
