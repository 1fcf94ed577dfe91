"""destroy asks the tag index until nothing is listed, and names what still is."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lab import cli
from lab.aws import stack
from lab.console import Step
from lab.profile import BUDGET_STACK, STACK, Profile
from lab.removal import leftovers

AWS = Profile("aws")
TAGS = [{"Key": "leadline:lab", "Value": STACK}]
HERE = "us-east-1:123456789012"
pytestmark = pytest.mark.usefixtures("account", "state")


class Index:
    """A tag index that lists one answer after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked = 0

    def get_paginator(self, _operation: str) -> "Index":
        return self

    def paginate(self, TagFilters: list[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: N803 - boto3's names
        assert TagFilters == [{"Key": "leadline:lab", "Values": [STACK, BUDGET_STACK]}]
        self.asked += 1
        arns = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [{"ResourceTagMappingList": [{"ResourceARN": arn}]} for arn in arns]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the waiting sees: nothing passes but what it sleeps."""
    now = [0.0]
    monkeypatch.setattr(leftovers.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(
        leftovers.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    return now


def use(monkeypatch: pytest.MonkeyPatch, index: Index) -> None:
    real = stack.client
    monkeypatch.setattr(
        stack,
        "client",
        lambda profile, service, region=None: (
            index if service == "resourcegroupstaggingapi" else real(profile, service, region)
        ),
    )


VOLUME = f"arn:aws:ec2:{HERE}:volume/vol-1"
SUBNET = f"arn:aws:ec2:{HERE}:subnet/subnet-1"


def test_the_index_is_asked_until_it_lists_nothing(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    index = Index([VOLUME, SUBNET], [SUBNET], [])
    use(monkeypatch, index)
    progress = Step()
    assert leftovers.wait_until_none(AWS, progress) == leftovers.Leftovers()
    assert index.asked == 3
    assert clock == [2 * leftovers.POLL_SECONDS]
    assert progress.detail == "1 resources are still listed"


def test_what_it_lists_for_too_long_is_named(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    """Catches a wait without an end, and a leftover that is not reported."""
    use(monkeypatch, Index([VOLUME, SUBNET]))
    left = leftovers.wait_until_none(AWS, Step())
    assert (left.paid, left.free, left.not_asked) == ([VOLUME], [SUBNET], [])
    assert leftovers.WAIT_SECONDS < clock[0] <= leftovers.WAIT_SECONDS + leftovers.POLL_SECONDS


@pytest.mark.usefixtures("clock")
def test_an_ended_instance_is_gone_though_the_index_lists_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ec2 = boto3.client("ec2")
    tags = [{"ResourceType": "instance", "Tags": TAGS}]
    made = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=2, MaxCount=2, TagSpecifications=tags
    )["Instances"]
    kept, ended = (f"arn:aws:ec2:{HERE}:instance/{it['InstanceId']}" for it in made)
    ec2.terminate_instances(InstanceIds=[made[1]["InstanceId"]])
    use(monkeypatch, Index([kept, ended]))
    assert leftovers.wait_until_none(AWS, Step()).paid == [kept]


def test_what_the_index_does_not_have_is_found_by_its_stacks_name() -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    for name in ("Leadline-Balancer123", "LeadlineBudget-x", "Leadlines-other", "Other"):
        boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    here, elsewhere = "Leadline-us-east-1", "Leadline-us-west-2"
    for name in (here, elsewhere, "Other"):
        boto3.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody="{}")
    left = leftovers.wait_until_none(AWS, Step())
    assert left.paid == [f"dashboard {here}"]
    assert sorted(left.free) == ["role Leadline-Balancer123", "role LeadlineBudget-x"]
    assert leftovers.wait_until_none(Profile("academy"), Step()).free == []


def test_a_service_that_refuses_is_named_and_not_taken_for_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = stack.client

    def client(profile: Profile, service: str, region: str | None = None) -> Any:
        if service in ("resourcegroupstaggingapi", "iam"):
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "x")
        return real(profile, service, region)

    monkeypatch.setattr(stack, "client", client)
    assert cli.main(["destroy", "--profile", "aws", "--yes"]) == 0
    said = capsys.readouterr()
    assert "the tag index (AccessDeniedException) did not answer" in said.err
    assert "IAM's roles (AccessDeniedException) did not answer" in said.err
    assert "Nothing of the lab is left as far as could be asked" in said.out


@pytest.mark.usefixtures("clock")
def test_destroy_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in (STACK, BUDGET_STACK):
        boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    destroy = ["destroy", "--profile", "aws", "--yes", "--json"]
    assert cli.main(destroy) == 0
    nothing = {"profile": "aws", "left": [], "leftWithoutCost": [], "notAsked": []}
    assert json.loads(capsys.readouterr().out) == nothing
    assert stack.status(AWS, BUDGET_STACK) is None

    volume = [{"ResourceType": "volume", "Tags": TAGS}]
    boto3.client("ec2").create_volume(
        AvailabilityZone="us-east-1a", Size=8, TagSpecifications=volume
    )
    AWS.state.mkdir(parents=True, exist_ok=True)
    AWS.deployment_file.write_text("{}")
    assert cli.main(destroy) == 1
    said = capsys.readouterr()
    (left,) = json.loads(said.out)["left"]
    assert ":volume/" in left
    assert left in said.err.replace("\n", " ")
    assert AWS.deployment_file.exists()  # destroy tries again
