"""What the one role of a Learner Lab may do for the lab's instances, found out before anything is created.

The answers are IAM's own (SimulatePrincipalPolicy). It knows neither policies of resources nor of the organisation, so
what it denies is a warning, and only an explicit denial changes anything.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import console
from lab.aws import stack
from lab.errors import USAGE, LabError
from lab.machine.prerequisites import Finding
from lab.profile import Profile

ROLE = "LabRole"
INSTANCE_PROFILE = "LabInstanceProfile"
WHAT = f"what {ROLE} may do"
MISSING = "NoSuchEntity"
DENIED = "explicitDeny"

# What an instance calls, and what cannot work where it may not.
NEEDED = {
    "ssm:UpdateInstanceInformation": "./deploy.sh dashboard, a rehearsal and Session Manager cannot reach an instance",
    "ssmmessages:CreateDataChannel": "./deploy.sh dashboard and Session Manager cannot reach an instance",
    "cloudwatch:PutMetricData": "Leadline's figures do not come to CloudWatch",
    "s3:GetObject": "Leadline's host cannot download its program, and the creation fails",
}
# Without the others a lab serves all the same, so their lack is said and stops nothing.
FATAL = "s3:GetObject"
# What a launch with an encrypted disk calls. The key's own policy allows it, so only an explicit denial counts.
OF_THE_KEY = ("kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext")


@dataclass(frozen=True)
class Rights:
    """What was found out.

    Attributes:
        lacking: actions among ``NEEDED`` that are not allowed
        key_denied: whether the use of the key for disks is denied
        unknown: why the rest could not be found out; empty where it could
    """

    lacking: tuple[str, ...] = ()
    key_denied: bool = False
    unknown: str = ""


def read(profile: Profile, account: str, bucket: str) -> Rights:
    """Asks IAM.

    Args:
        account: the account's number
        bucket: where the balancer's jar will be

    Raises:
        LabError: where the account has no such role, so that it is no Learner Lab.
    """
    iam = stack.client(profile, "iam")
    try:
        found = iam.get_instance_profile(InstanceProfileName=INSTANCE_PROFILE)["InstanceProfile"]
    except ClientError as error:
        if error.response["Error"]["Code"] != MISSING:
            return Rights(unknown=_reason(error))
        found = {"Roles": []}
    except BotoCoreError as error:
        return Rights(unknown=str(error))
    roles = [it["Arn"] for it in found["Roles"] if it["RoleName"] == ROLE]
    if not roles:
        raise LabError(
            f"the account {account} has no instance profile {INSTANCE_PROFILE} with the role {ROLE}, as every Learner "
            "Lab has: in an account of your own use --profile aws",
            USAGE,
        )
    try:
        objects = _decisions(iam, roles[0], ["s3:GetObject"], f"arn:aws:s3:::{bucket}/*")
        others = [action for action in NEEDED if action not in objects]
        decisions = objects | _decisions(iam, roles[0], [*others, *OF_THE_KEY])
    except (ClientError, BotoCoreError) as error:
        return Rights(unknown=_reason(error))
    return Rights(
        tuple(action for action in NEEDED if decisions.get(action) != "allowed"),
        any(decisions.get(action) == DENIED for action in OF_THE_KEY),
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name} was refused ({error.response['Error']['Code']})"
    return str(error)


def _decisions(iam: Any, role: str, actions: list[str], resource: str = "*") -> dict[str, str]:
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=actions, ResourceArns=[resource]
    )
    return {it["EvalActionName"]: it["EvalDecision"] for it in answer["EvaluationResults"]}


def settle(profile: Profile, context: dict[str, str], account: str, bucket: str) -> dict[str, str]:
    """Warns of what the role lacks, and returns the context of the deployment (the -c options).

    In it disks are unencrypted where the key for them may not be used.

    Raises:
        LabError: where the account has no such role.
    """
    rights = read(profile, account, bucket)
    if rights.unknown:
        console.warn(f"{WHAT} could not be found out: {rights.unknown}")
    for action in rights.lacking:
        console.warn(f"{ROLE} may not {action}: {NEEDED[action]}")
    if not rights.key_denied or "disks" in context:
        return context
    console.warn(
        f"{ROLE} may not use the account's key for disks: they will not be encrypted (disks=unencrypted)"
    )
    return {**context, "disks": "unencrypted"}


def finding(profile: Profile, account: str, bucket: str) -> Finding:
    """The same as a line of ``doctor``."""
    try:
        rights = read(profile, account, bucket)
    except LabError as problem:
        return Finding(WHAT, str(problem), False, "./deploy.sh up --profile aws")
    if rights.unknown:
        return Finding(WHAT, f"could not be checked: {rights.unknown}", None)
    if rights.lacking:
        lacking = ", ".join(rights.lacking)
        stops = False if FATAL in rights.lacking else None
        why = "; ".join(NEEDED[it] for it in rights.lacking)
        return Finding(WHAT, f"not {lacking}", stops, why)
    key = "; disks=unencrypted is used, as it may not use the key" if rights.key_denied else ""
    return Finding(WHAT, f"all that the instances need{key}", True)
