"""Compares the calls that a verb made, as the emulator recorded them, with lab/documents/permissions.py."""

from collections.abc import Iterable

from e2e.iam_actions import needed
from lab.documents.permissions import GROUPS, VERBS
from lab.profile import EMULATOR_KEY

# Actions that no test makes in a profile, and why each is needed all the same.
_BOTH = {
    **dict.fromkeys(
        ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics"),
        "by the benchmark, which needs instances that serve",
    ),
    **dict.fromkeys(
        ("ssm:GetCommandInvocation", "ssm:SendCommand"),
        "by `bench --disturb` and `bench --policies`, which need instances that serve",
    ),
    **dict.fromkeys(
        (
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ),
        "by `bench --policies`, which needs instances that serve",
    ),
    "elasticloadbalancing:DescribeInstanceHealth": "where a lab has Classic Load Balancers",
    "iam:GetRole": "by a caller that has assumed a role, whose policies are that role's",
    "servicequotas:GetAWSDefaultServiceQuota": "where the account has no value of its own of a quota",
    **dict.fromkeys(
        ("cloudwatch:DescribeAlarms", "ec2:DescribeVolumes"),
        "by a rehearsal (`up -c topology=smoke`), which needs instances that serve",
    ),
    "ec2:GetConsoleOutput": "where an instance does not become healthy for a minute",
    **dict.fromkeys(
        (
            "ssm:DescribeInstanceInformation",
            "ssm:ResumeSession",
            "ssm:StartSession",
            "ssm:TerminateSession",
        ),
        "by `dashboard`, which needs the AWS CLI and an instance that runs; AWS documents what a session takes",
    ),
}
_OF_GROUPS = (
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DeleteTags",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:UpdateAutoScalingGroup",
)
NOT_EXERCISED = {
    "aws": {
        **_BOTH,
        **dict.fromkeys(_OF_GROUPS, "of a lab with groups, whose verbs test_groups.py calls"),
        "cloudformation:DeleteChangeSet": "by `cdk bootstrap`, of a change set that failed or changes nothing",
        "cloudformation:GetTemplate": "by `cdk bootstrap`, of a stack that there is already",
        "s3:GetObject": "of a load generator's results, which needs instances that serve",
        "s3:ListBucket": "by a rehearsal, of the load balancer's log",
        "ssm:GetParameter": "at the first `up`, before there is a role that may",
    },
    "academy": {
        **_BOTH,
        "freetier:GetAccountPlanState": "a Learner Lab has no plan of its own; the group is that of profile aws",
        "iam:PassRole": "CloudFormation gives the instances their role with the caller's credentials",
        "s3:GetObject": "CloudFormation reads the template from the bucket with the caller's credentials",
    },
}


class NotCoveredError(AssertionError):
    """A call was made that a verb's permissions do not name; the message says what to add where."""


def allowed(profile: str, verb: str) -> set[str]:
    """The actions that a verb's groups have. A local lab is deployed as an account of profile aws is."""
    name = "aws" if profile == "local" else profile
    groups = GROUPS[name]
    return set().union(*(groups[it].actions for it in VERBS[name].get(verb, ())))


def actions_of(calls: Iterable[str], person: str = EMULATOR_KEY) -> dict[str, str]:
    """IAM action -> a call that needs it, of the person's calls among lines of the emulator's ``calls.log``.

    Keys that end have names that begin as the person's does.
    """
    found = {}
    for line in calls:
        caller, service, operation = line.split()
        if caller.startswith(person):
            found |= dict.fromkeys(needed(service, operation), f"{service} {operation}")
    return found


def require_covered(verb: str, profile: str, calls: Iterable[str]) -> set[str]:
    """The actions that a verb's calls needed; each must be in one of the verb's groups.

    Raises:
        NotCoveredError: where one is not.
    """
    seen = actions_of(calls)
    groups = " or ".join(f"'{it}'" for it in VERBS["aws"].get(verb, ())) or "a new group"
    missing = sorted(seen.keys() - allowed(profile, verb))
    if missing:
        lines = [f"'{action}' (called: {seen[action]})" for action in missing]
        raise NotCoveredError(
            f"`{verb}` of profile {profile} called what its permissions do not name: {', '.join(lines)}. Add each to "
            f"{groups} in lab/documents/permissions.py, with the resources it is about (or say in "
            "e2e/iam_actions.py which permission the call needs)"
        )
    return set(seen)
