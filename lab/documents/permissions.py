"""What a person must be allowed to do for each verb.

A verb needs groups of permissions; a group is an IAM policy. ``./deploy.sh permissions VERB`` prints the policies of a
verb, and docs/permissions.md has the table. The end-to-end tests compare this with every call that the verbs made.

To let a verb call something new, add the action to one of the verb's groups, with the resources that it is about.
"""

from dataclasses import dataclass, field
from typing import Any

from lab.documents.resource_types import LAB_TYPES, TOOLKIT_TYPES
from lab.profile import BUDGET_STACK, QUALIFIER, STACK, TOOLKIT_STACK

ANY = ("*",)
LAB_STACK = tuple(
    f"arn:aws:cloudformation:REGION:ACCOUNT:stack/{it}/*" for it in (STACK, BUDGET_STACK)
)
TOOLKIT = (f"arn:aws:cloudformation:REGION:ACCOUNT:stack/{TOOLKIT_STACK}/*",)
CDK_ROLES = (f"arn:aws:iam::ACCOUNT:role/cdk-{QUALIFIER}-*",)
CDK_BUCKET = (f"arn:aws:s3:::cdk-{QUALIFIER}-assets-ACCOUNT-REGION",)
LOG_BUCKET = (f"arn:aws:s3:::{STACK.lower()}-*",)  # named by CloudFormation
ASSET_BUCKET = ("arn:aws:s3:::leadline-assets-ACCOUNT-REGION",)
OF_THE_LAB_BY_SSM = {"StringEquals": {"ssm:resourceTag/leadline:lab": STACK}}
OF_THE_LAB = {"StringEquals": {"aws:ResourceTag/leadline:lab": STACK}}


def _objects(buckets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{bucket}/*" for bucket in buckets)


@dataclass(frozen=True)
class Statement:
    """Actions on resources, under a condition that may be empty."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Statements with one purpose.

    ``types`` are those of resources that CloudFormation creates or deletes with the caller's own credentials: what that
    takes is in AWS's own schemas.
    """

    why: str
    statements: tuple[Statement, ...]
    types: tuple[str, ...] = ()

    @property
    def actions(self) -> set[str]:
        """Of all statements."""
        return {action for statement in self.statements for action in statement.actions}


LOOK = Group(
    "the stack, the instances and their health; what was lost",
    (
        Statement(
            (
                "cloudformation:DescribeStacks",
                "cloudformation:GetTemplate",
                "cloudformation:ListStackResources",
            ),
            LAB_STACK,
        ),
        Statement(
            (
                "ec2:DescribeInstances",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ),
            ANY,  # EC2 and load balancing describe all or nothing
        ),
    ),
)
EXPLAIN = Group(
    "why a stack or an instance failed",
    (
        Statement(("cloudformation:DescribeStackEvents",), (*LAB_STACK, *TOOLKIT)),
        Statement(("ec2:GetConsoleOutput",), ANY, OF_THE_LAB),
    ),
)
METRICS = Group(
    "what CloudWatch counted, for the benchmark's report",
    # CloudWatch has no narrower resource
    (Statement(("cloudwatch:GetMetricData", "cloudwatch:ListMetrics"), ANY),),
)
SWITCH = Group(
    "stopping and starting the lab's instances, and no others",
    (Statement(("ec2:StartInstances", "ec2:StopInstances"), ANY, OF_THE_LAB),),
)
DELETE_STACK = Group(
    "deleting the lab's stack, and before that what is in its buckets",
    (
        Statement(("cloudformation:DeleteStack",), LAB_STACK),
        Statement(("s3:ListBucketVersions",), LOG_BUCKET),
        Statement(("s3:DeleteObject", "s3:DeleteObjectVersion"), _objects(LOG_BUCKET)),
    ),
)
# The image and the zones, which the CDK CLI looks up once and keeps in cdk.context.json.
LOOK_UP = (
    Statement(("ssm:GetParameter",), ("arn:aws:ssm:REGION::parameter/aws/service/*",)),
    Statement(("ec2:DescribeAvailabilityZones",), ANY),
)
# What the one role of a Learner Lab may do.
LAB_ROLE = ("arn:aws:iam::ACCOUNT:role/LabRole",)
LAB_ROLE_RIGHTS = (
    Statement(
        ("iam:GetInstanceProfile",),
        ("arn:aws:iam::ACCOUNT:instance-profile/LabInstanceProfile",),
    ),
    Statement(("iam:SimulatePrincipalPolicy",), LAB_ROLE),
)
SEARCH = Group(
    "looking for what is left: in the tag index, and what the index does not have",
    (Statement(("cloudwatch:ListDashboards", "ec2:DescribeInstances", "tag:GetResources"), ANY),),
)
AWS_SEARCH = Group(
    SEARCH.why,
    (*SEARCH.statements, Statement(("iam:ListRoles",), ANY)),
)
CHECK = Group(
    "what an account must have: region, plan, zones, quotas and how much of them is used, permissions (optional: what "
    "may not be asked is not checked)",
    (
        Statement(
            (
                "ec2:DescribeAddresses",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeRegions",
                "ec2:DescribeVpcs",
                "elasticloadbalancing:DescribeLoadBalancers",
                "freetier:GetAccountPlanState",
                "servicequotas:GetAWSDefaultServiceQuota",
                "servicequotas:GetServiceQuota",
            ),
            ANY,
        ),
        # Asked for in subnets that do not exist, which says whether the account may have load balancers.
        Statement(
            ("elasticloadbalancing:CreateLoadBalancer",),
            (
                "arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/leadline-check/*",
                "arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/net/leadline-check/*",
                "arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/leadline-check",
            ),
        ),
        Statement(
            ("iam:GetRole", "iam:SimulatePrincipalPolicy"),
            ("arn:aws:iam::ACCOUNT:role/*", "arn:aws:iam::ACCOUNT:user/*"),
        ),
        Statement(("cloudformation:DescribeStacks",), TOOLKIT),
    ),
)
FORWARD = Group(
    "forwarding the balancer's admin port over Session Manager",
    (
        Statement(("ssm:DescribeInstanceInformation",), ANY),
        Statement(
            ("ssm:StartSession",), ("arn:aws:ec2:REGION:ACCOUNT:instance/*",), OF_THE_LAB_BY_SSM
        ),
        Statement(
            ("ssm:StartSession",), ("arn:aws:ssm:REGION::document/AWS-StartPortForwardingSession",)
        ),
        Statement(
            ("ssm:ResumeSession", "ssm:TerminateSession"),
            ("arn:aws:ssm:*:*:session/${aws:userid}-*",),
        ),
    ),
)
_TARGETS_BY_SSM = {
    "StringEquals": {**OF_THE_LAB_BY_SSM["StringEquals"], "ssm:resourceTag/leadline:role": "target"}
}
DISTURB = Group(
    "disturbing the lab's targets over Systems Manager (`bench --disturb`), and no other instances",
    (
        Statement(
            ("ssm:SendCommand",), ("arn:aws:ec2:REGION:ACCOUNT:instance/*",), _TARGETS_BY_SSM
        ),
        Statement(("ssm:SendCommand",), ("arn:aws:ssm:REGION::document/AWS-RunShellScript",)),
        Statement(("ssm:GetCommandInvocation",), ANY),  # it has no narrower resource
    ),
)
REHEARSE = Group(
    "a rehearsal (`up -c topology=smoke`): asking the lab's instances about themselves over Systems Manager, its "
    "alarms, disks and access log",
    (
        Statement(
            ("ssm:SendCommand",), ("arn:aws:ec2:REGION:ACCOUNT:instance/*",), OF_THE_LAB_BY_SSM
        ),
        Statement(("ssm:SendCommand",), ("arn:aws:ssm:REGION::document/AWS-RunShellScript",)),
        Statement(
            ("cloudwatch:DescribeAlarms", "ec2:DescribeVolumes", "ssm:GetCommandInvocation"), ANY
        ),
        Statement(("s3:ListBucket",), LOG_BUCKET),
    ),
)
GENERATE = Group(
    "running the benchmark on the load generator (`-c loadGenerator=...`) over Systems Manager, fetching its results",
    (
        Statement(
            ("ssm:SendCommand",), ("arn:aws:ec2:REGION:ACCOUNT:instance/*",), OF_THE_LAB_BY_SSM
        ),
        Statement(("ssm:SendCommand",), ("arn:aws:ssm:REGION::document/AWS-RunShellScript",)),
        Statement(("ssm:GetCommandInvocation",), ANY),
        Statement(("s3:GetObject",), _objects(LOG_BUCKET)),
    ),
)
COMPARE = Group(
    "what Classic Load Balancers say of their targets (`-c compare=...,clb,...`)",
    (Statement(("elasticloadbalancing:DescribeInstanceHealth",), ANY),),
)
GROUPS_OF_INSTANCES = Group(
    "groups of balancers and of targets (`min` and `max` in the topology): their members, sizes and tags",
    (
        Statement(
            ("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"), ANY
        ),
        Statement(
            (
                "autoscaling:CreateOrUpdateTags",
                "autoscaling:DeleteTags",
                "autoscaling:UpdateAutoScalingGroup",
            ),
            ("arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:*",),
            OF_THE_LAB,
        ),
    ),
)
SET_POLICIES = Group(
    "another policy for the lab's balancer, and another algorithm for its target groups, while they run",
    (
        Statement(
            ("ssm:SendCommand",),
            ("arn:aws:ec2:REGION:ACCOUNT:instance/*",),
            OF_THE_LAB_BY_SSM,  # the balancer may be on a target's host
        ),
        Statement(("ssm:SendCommand",), ("arn:aws:ssm:REGION::document/AWS-RunShellScript",)),
        Statement(
            ("ssm:GetCommandInvocation", "elasticloadbalancing:DescribeTargetGroupAttributes"), ANY
        ),
        Statement(
            ("elasticloadbalancing:ModifyTargetGroupAttributes",),
            ("arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/*",),
            OF_THE_LAB,
        ),
    ),
)
AWS_GROUPS = {
    "look": LOOK,
    "explain": EXPLAIN,
    "metrics": METRICS,
    "disturb": DISTURB,
    "rehearse": REHEARSE,
    "generate": GENERATE,
    "compare": COMPARE,
    "groups": GROUPS_OF_INSTANCES,
    "policies": SET_POLICIES,
    "switch": SWITCH,
    "check": CHECK,
    "forward": FORWARD,
    "deploy": Group(
        "deploying through the roles that the CDK's own stack has for it",
        (
            Statement(("sts:AssumeRole",), CDK_ROLES),
            Statement(("cloudformation:DescribeStacks",), TOOLKIT),
        ),
    ),
    "prepare": Group(
        "the CDK's bootstrap: a stack that CloudFormation makes with the caller's own credentials",
        (
            Statement(
                (
                    "cloudformation:CreateChangeSet",
                    "cloudformation:DeleteChangeSet",
                    "cloudformation:DescribeChangeSet",
                    "cloudformation:DescribeStackEvents",
                    "cloudformation:DescribeStacks",
                    "cloudformation:ExecuteChangeSet",
                    "cloudformation:GetTemplate",
                ),
                TOOLKIT,
            ),
            *LOOK_UP,
            # An interrupted attempt's: the stack, and the bucket that outlives it.
            Statement(("cloudformation:DeleteStack",), TOOLKIT),
            Statement(("s3:DeleteBucket", "s3:ListBucketVersions"), CDK_BUCKET),
            Statement(("s3:DeleteObject", "s3:DeleteObjectVersion"), _objects(CDK_BUCKET)),
        ),
        TOOLKIT_TYPES,
    ),
    "remove": DELETE_STACK,
    "unprepare": Group(
        "deleting the CDK's stack and its bucket with all that was uploaded",
        (
            Statement(("cloudformation:DeleteStack", "cloudformation:DescribeStacks"), TOOLKIT),
            Statement(
                ("s3:DeleteBucket", "s3:GetBucketTagging", "s3:ListBucketVersions"),
                (*CDK_BUCKET, *ASSET_BUCKET),
            ),
            Statement(("s3:DeleteObject", "s3:DeleteObjectVersion"), _objects(CDK_BUCKET)),
        ),
        TOOLKIT_TYPES,
    ),
    "search": AWS_SEARCH,
}

ACADEMY_GROUPS = {
    "look": LOOK,
    "explain": EXPLAIN,
    "metrics": METRICS,
    "disturb": DISTURB,
    "rehearse": REHEARSE,
    "generate": GENERATE,
    "compare": COMPARE,
    "policies": SET_POLICIES,
    "switch": SWITCH,
    "check": Group(CHECK.why, (*CHECK.statements, *LAB_ROLE_RIGHTS)),
    "forward": FORWARD,
    "deploy": Group(
        "uploading to the lab's bucket, and CloudFormation with the caller's own credentials",
        (
            Statement(
                (
                    "cloudformation:CreateChangeSet",
                    "cloudformation:DeleteChangeSet",
                    "cloudformation:DescribeChangeSet",
                    "cloudformation:ExecuteChangeSet",
                ),
                LAB_STACK,
            ),
            Statement(
                (
                    "s3:CreateBucket",
                    "s3:GetBucketLocation",
                    "s3:GetEncryptionConfiguration",
                    "s3:ListBucket",
                    "s3:PutBucketPublicAccessBlock",
                    "s3:PutBucketTagging",
                ),
                ASSET_BUCKET,
            ),
            Statement(("s3:GetObject", "s3:PutObject"), _objects(ASSET_BUCKET)),
            *LOOK_UP,
            Statement(("iam:PassRole",), LAB_ROLE),
            *LAB_ROLE_RIGHTS,
        ),
        LAB_TYPES,
    ),
    "remove": Group(DELETE_STACK.why, DELETE_STACK.statements, LAB_TYPES),
    "unprepare": Group(
        "emptying and deleting the lab's bucket",
        (
            Statement(("cloudformation:DescribeStacks",), TOOLKIT),
            Statement(
                ("s3:DeleteBucket", "s3:GetBucketTagging", "s3:ListBucketVersions"),
                (*ASSET_BUCKET, *CDK_BUCKET),
            ),
            Statement(("s3:DeleteObject", "s3:DeleteObjectVersion"), _objects(ASSET_BUCKET)),
        ),
    ),
    "search": SEARCH,
}

GROUPS = {"aws": AWS_GROUPS, "academy": ACADEMY_GROUPS}

# Which groups a verb needs; a rehearsal is `up` with -c topology=smoke. A verb that is not named here calls
# sts:GetCallerIdentity at most, which is always allowed.
VERBS = {
    "aws": {
        "up": (
            "look",
            "check",
            "explain",
            "metrics",
            "generate",
            "compare",
            "groups",
            "policies",
            "deploy",
            "prepare",
            "remove",
        ),
        "rehearsal": (
            *("look", "check", "compare", "explain", "metrics", "rehearse", "deploy", "prepare"),
            *("remove", "unprepare", "search"),
        ),
        "status": ("look", "compare", "groups"),
        "bench": ("look", "metrics", "disturb", "generate", "compare", "groups", "policies"),
        "stop": ("look", "groups", "switch"),
        "start": ("look", "compare", "explain", "groups", "switch"),
        "dashboard": ("look", "forward"),
        "doctor": ("look", "check"),
        "destroy": ("look", "explain", "remove", "unprepare", "search"),
    },
    "academy": {
        "up": (
            "look",
            "check",
            "explain",
            "metrics",
            "generate",
            "compare",
            "policies",
            "deploy",
            "remove",
        ),
        "rehearsal": (
            *("look", "check", "compare", "explain", "metrics", "rehearse", "deploy"),
            *("remove", "unprepare", "search"),
        ),
        "status": ("look", "compare"),
        "bench": ("look", "metrics", "disturb", "generate", "compare", "policies"),
        "stop": ("look", "switch"),
        "start": ("look", "compare", "explain", "switch"),
        "dashboard": ("look", "forward"),
        "doctor": ("look", "check"),
        "destroy": ("look", "explain", "remove", "unprepare", "search"),
    },
}
