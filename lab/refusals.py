"""What a refusal by AWS means and what to do about it, found by the error code anywhere in a text."""

import re
from dataclasses import dataclass

REPEAT = "then repeat the command"


@dataclass(frozen=True)
class Refusal:
    """One kind of refusal: the codes it comes with, what it means, and what cures it."""

    codes: re.Pattern[str]
    meaning: str
    cure: str


def _codes(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


# From "Common errors" of the services' API references and from what CloudFormation writes into its events. The first
# that fits counts: the special ones stand before the general.
REFUSALS = (
    Refusal(
        _codes(
            "ExpiredToken(?:Exception)?",
            "RequestExpired",
            "Request has expired",
            "TokenRefreshRequired",
            "security token .{0,40}expired",
            "SSO session .{0,60}(?:expired|invalid)",
            "SSO Token .{0,60}(?:expired|invalid)",
        ),
        "the AWS credentials have expired",
        "get new ones (in a Learner Lab: AWS Details, AWS CLI, into ~/.aws/credentials; with SSO: aws sso login), "
        + REPEAT,
    ),
    Refusal(
        _codes(
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "InvalidAccessKeyId",
            "AuthFailure",
            "no credentials have been configured",  # the CDK CLI's words, and the next two
            "Could not load credentials",
            "Unable to resolve AWS account to use",
            "Unable to locate credentials",
            # what CloudFormation's events have has no code in it
            "able to validate the provided access credentials",
            "Access Key Id you provided does not exist",
            "signature we calculated does not match",
            "security token included in the request is invalid",
        ),
        "AWS does not accept the credentials, or there are none",
        f"check AWS_PROFILE or the keys (aws sts get-caller-identity shows whose they are), {REPEAT}",
    ),
    Refusal(
        _codes("not eligible for Free Tier"),
        "the account is on the free plan, which has only a few types of instance",
        "./deploy.sh doctor --profile aws prints the topology that it takes",
    ),
    Refusal(
        _codes("does not support creating load balancers"),
        "AWS has not opened load balancers for this account",
        "open a case at https://support.console.aws.amazon.com (Account and billing) that asks for them, "
        + REPEAT,
    ),
    Refusal(
        _codes(
            "DependencyViolation",
            "has dependencies and cannot be deleted",
            "has a dependent object",
        ),
        "something that the lab did not make uses its network (GuardDuty's runtime monitoring adds an endpoint)",
        "look at the VPC in the AWS console, remove from it what is left (endpoints, network interfaces, security "
        f"groups), {REPEAT}",
    ),
    Refusal(
        _codes("is invalid or cannot be assumed"),
        "the CDK's role that made the stack is gone, and only that role may remove it",
        "./deploy.sh up --no-bench makes it anew, then ./deploy.sh destroy",
    ),
    Refusal(
        _codes("VpcLimitExceeded", "maximum number of VPCs"),
        "the region has as many VPCs as it may have",
        f"remove one (aws ec2 describe-vpcs lists them) or take another region with AWS_REGION, {REPEAT}",
    ),
    Refusal(
        _codes("AddressLimitExceeded", "maximum number of addresses"),
        "the region has as many Elastic IP addresses as it may have",
        f"release one (aws ec2 describe-addresses lists them) or take another region with AWS_REGION, {REPEAT}",
    ),
    Refusal(
        _codes(
            "VcpuLimitExceeded",
            "InstanceLimitExceeded",
            "more vCPU capacity than",
            "current instance limit",
        ),
        "the account may not run so many instances",
        "raise the quota 'Running On-Demand Standard instances' (Service Quotas, EC2) or lower a count in cdk.json, "
        + REPEAT,
    ),
    Refusal(
        _codes("InsufficientInstanceCapacity", "sufficient .{1,30} capacity"),
        "AWS has no room for such an instance in that zone now",
        "try again later, or choose another instanceType in cdk.json or another region with AWS_REGION",
    ),
    Refusal(
        _codes("instance type .{0,40}is not supported in your requested Availability Zone"),
        "the zone does not have that type of instance",
        "choose another instanceType in cdk.json (t3 instead of t2) or another region with AWS_REGION",
    ),
    Refusal(
        _codes("Client error on launch", r"InvalidKMSKey\.\w+", "Client.InternalError"),
        "an instance ended as it was launched: the credentials may not use the account's key for disks",
        "take disks that are not encrypted (-c disks=unencrypted), or allow the use of the key in KMS, "
        + REPEAT,
    ),
    Refusal(
        _codes(
            "OptInRequired",
            "not subscribed to this service",
            "PendingVerification",
            "being validated",
        ),
        "the account is not yet open for this service",
        f"finish its registration in the AWS console, {REPEAT}",
    ),
    Refusal(
        _codes(
            "(?:Service)?LimitExceeded(?:Exception)?",
            "(?:Service)?QuotaExceeded(?:Exception)?",
            "quota .{1,60}exceeded",
        ),
        "a quota of the account is used up",
        f"Service Quotas in the AWS console shows which; remove what is not needed, {REPEAT}",
    ),
    Refusal(
        _codes(
            "Throttling(?:Exception)?",
            "RequestLimitExceeded",
            "Request limit exceeded",
            "Rate exceeded",
            "SlowDown",
        ),
        "AWS got too many calls",
        "wait a minute, then repeat the command: it goes on with what there is",
    ),
    Refusal(
        _codes(
            "AccessDenied(?:Exception)?",
            "UnauthorizedOperation",
            "is not authorized to perform",
            "explicit deny",
        ),
        "the credentials may not do this",
        "ask the account's owner for the permission; in an AWS Academy Learner Lab use --profile academy",
    ),
)


def explained(text: str) -> str:
    """The text, and below it what it means and what cures it where that is known."""
    said = " ".join(text.split())  # the CDK CLI breaks lines within sentences
    for refusal in REFUSALS:
        if refusal.codes.search(said):
            if refusal.cure in text:  # explained where it was read
                return text
            return f"{text}\n\n{refusal.meaning}: {refusal.cure}"
    return text
