"""Whether the caller has the permissions of a verb, as far as IAM simulates them: identities, boundaries and SCPs."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from lab.aws import stack
from lab.documents.permissions import GROUPS, VERBS, Statement
from lab.machine.prerequisites import Finding
from lab.profile import TOOLKIT_STACK, Profile

# Needed once, for the CDK's bootstrap; what it takes beside the calls of the CDK CLI.
PREPARE = "prepare"
MADE_BY_BOOTSTRAP = Statement(
    (
        "ecr:CreateRepository",
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "s3:CreateBucket",
        "ssm:PutParameter",
    ),
    ("*",),
)
# Needed only with an option, or for another policy of a lab that is up: who lacks them may have a lab all the same.
OPTIONAL = ("compare", "generate", "groups", "policies")
# The checks need these; where they are missing, the checks say so themselves.
OWN = "check"
ASSUMED = re.compile(r":assumed-role/([^/]+)/")
NAMED = 6


def check(what: str, profile: Profile, verb: str = "up", options: Collection[str] = ()) -> Finding:
    """Simulates every statement of the verb's policies; unknown is what cannot be simulated.

    Args:
        what: name of the check.
        profile: whose account it is.
        verb: one of the verbs in permissions.py.
        options: groups among OPTIONAL that are needed this time.
    """
    sts = stack.client(profile, "sts")
    caller = sts.get_caller_identity()
    arn, account, region = caller["Arn"], caller["Account"], sts.meta.region_name
    if arn.endswith(":root"):
        return Finding(what, "the account's root user, who may do everything", True)
    iam = stack.client(profile, "iam")
    if role := ASSUMED.search(arn):
        arn = iam.get_role(RoleName=role[1])["Role"]["Arn"]
    elif ":user/" not in arn:
        return Finding(what, f"{arn} cannot be simulated", None)
    denied = sorted(
        {
            name
            for statement in _statements(profile, verb, options)
            for name in _denied(iam, arn, statement, {"ACCOUNT": account, "REGION": region})
        }
    )
    if not denied:
        return Finding(what, f"{arn} has those of {verb}", True)
    more = f" and {len(denied) - NAMED} more" if len(denied) > NAMED else ""
    cure = f"ask the account's owner for what ./deploy.sh permissions {verb} --profile {profile.name} prints"
    return Finding(what, f"{arn} may not {', '.join(denied[:NAMED])}{more}", False, cure)


def _statements(profile: Profile, verb: str, options: Collection[str]) -> Iterator[Statement]:
    passed_over = {OWN, *OPTIONAL} - {*options}
    if stack.status(profile, TOOLKIT_STACK) in stack.WHOLE:
        passed_over.add(PREPARE)
    for name in VERBS[profile.name][verb]:
        if name in passed_over:
            continue
        yield from GROUPS[profile.name][name].statements
        if name == PREPARE:
            yield MADE_BY_BOOTSTRAP


def _denied(iam: Any, arn: str, statement: Statement, values: dict[str, str]) -> Iterator[str]:
    context = [
        {"ContextKeyName": key, "ContextKeyValues": [str(value)], "ContextKeyType": "string"}
        for operator in statement.condition.values()
        for key, value in operator.items()
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn,
        ActionNames=[*statement.actions],
        ResourceArns=[_filled(it, values) for it in statement.resources],
        ContextEntries=context,
    )
    for page in pages:
        for result in page["EvaluationResults"]:
            if result["EvalDecision"] != "allowed":
                yield result["EvalActionName"]


def _filled(resource: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        resource = resource.replace(name, value)
    return resource
