"""Each kind of refusal by AWS has its own explanation and remedy, and ends in a failure."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lab import cli, verbs
from lab.commands import run
from lab.errors import FAILED, LabError
from lab.refusals import REFUSALS, explained

# As AWS words them, one for each kind.
SAID = {
    "The security token included in the request is expired (ExpiredToken)": "have expired",
    "InvalidClientTokenId: The security token included in the request is invalid": "does not accept",
    "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run "
    "'describe-instance-types'": "free plan",
    "This AWS account currently does not support creating load balancers.": "open a case",
    "Vpc: The vpc 'vpc-1' has dependencies and cannot be deleted. (Service: Ec2)": "endpoints",
    "ValidationError: Role arn:aws:iam::1:role/cdk is invalid or cannot be assumed": "makes it anew",
    "The maximum number of VPCs has been reached. (VpcLimitExceeded)": "as many VPCs",
    "The maximum number of addresses has been reached. (AddressLimitExceeded)": "Elastic IP",
    "You have requested more vCPU capacity than your current vCPU limit of 16 allows": "so many instances",
    "We currently do not have sufficient t2.large capacity in the Availability Zone": "no room",
    "Your requested instance type is not supported in your requested Availability Zone": "t3 instead",
    "Instance i-1 did not stabilize: Client.InternalError: Client error on launch": "disks=unencrypted",
    "OptInRequired: You are not subscribed to this service.": "registration",
    "LimitExceededException: too many alarms": "a quota",
    "Rate exceeded (Service: Iam; Error Code: Throttling)": "wait a minute",
    "User: arn:aws:iam::1:user/a is not authorized to perform: ec2:RunInstances": "--profile academy",
}


# Expired or unknown credentials under every name that AWS, boto3 and the CDK CLI have for them.
CREDENTIALS = {
    "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation": "have expired",
    "An error occurred (ExpiredTokenException) when calling the GetResources operation": "have expired",
    "RequestExpired: Request has expired.": "have expired",
    "Error: The security token included in the request is expired": "have expired",
    "The SSO session associated with this profile has expired. Run aws sso login": "have expired",
    "An error occurred (AuthFailure) when calling the DescribeInstances operation": "does not accept",
    "UnrecognizedClientException: The security token included in the request is invalid": "does not accept",
    "Need to perform AWS calls for account 1, but no credentials have been configured": "does not accept",
    "Could not load credentials from any providers": "does not accept",
    "Unable to resolve AWS account to use. It must be either configured": "does not accept",
}


@pytest.mark.parametrize(("text", "words"), [*SAID.items(), *CREDENTIALS.items()])
def test_each_is_told_apart(text: str, words: str) -> None:
    answer = explained(text)
    assert answer.startswith(text)
    assert words in answer.removeprefix(text)


def test_every_kind_is_among_them() -> None:
    matched = {
        next(n for n, refusal in enumerate(REFUSALS) if refusal.codes.search(text)) for text in SAID
    }
    assert matched == set(range(len(REFUSALS)))


def test_nothing_is_explained_twice() -> None:
    """What the CDK CLI said is explained from its log, and may come by again in the stack's events."""
    once = explained("Throttling: Rate exceeded")
    assert explained(once) == once


def test_a_sentence_that_was_broken_into_lines_is_known() -> None:
    assert "no room" in explained("We do not have sufficient t2.large\n  capacity in the zone")


def test_what_is_not_known_stays_as_it_is() -> None:
    assert explained("something else") == "something else"


def test_a_refused_call_is_explained_at_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_options: object) -> int:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    monkeypatch.setattr(verbs, "status", refuse)
    assert cli.main(["status", "--profile", "aws"]) == FAILED
    shown = capsys.readouterr().err
    assert "may not do this" in shown
    assert "Traceback" not in shown


def test_what_a_program_was_told_is_explained_from_its_log(tmp_path: Path) -> None:
    """Catches an explanation that only calls of our own get: the CDK CLI makes most of them."""
    command = ["sh", "-c", "echo 'Deploy failed: Throttling: Rate exceeded' >&2; exit 1"]
    with pytest.raises(LabError, match="wait a minute"):
        run("cdk deploy", command, {"PATH": "/usr/bin:/bin"}, tmp_path / "log")
