"""A lab is in one account and one region: a verb in another place says so, and never that nothing is left."""

import json

import boto3
import pytest

from lab import cli, places
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE
from lab.plan import Plan
from lab.profile import STACK, Profile

AWS = Profile("aws")
ACCOUNT = "123456789012"
EAST, WEST = (places.Place(ACCOUNT, it) for it in ("us-east-1", "us-west-2"))
TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
DESTROY = ["destroy", "--profile", "aws", "--yes"]
pytestmark = pytest.mark.usefixtures("account", "state")


def go_to(region: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_REGION", region)


def make(region: str) -> None:
    boto3.client("cloudformation", region).create_stack(StackName=STACK, TemplateBody=TEMPLATE)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_where_there_is_no_lab_destroy_names_the_region_that_has_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make("us-east-1")
    deployment.remember(AWS, Options(), EAST)
    go_to("us-west-2", monkeypatch)
    assert cli.main(DESTROY) == USAGE
    said = capsys.readouterr()
    assert "Nothing of the lab is left" not in said.out
    assert f"deployed to {EAST}: export AWS_REGION=us-east-1" in one_line(said.err)
    assert AWS.deployment_file.exists()
    assert cli.main(["status", "--profile", "aws"]) == USAGE
    assert f"one is in {EAST} (export AWS_REGION=us-east-1)" in one_line(capsys.readouterr().err)

    go_to("us-east-1", monkeypatch)
    assert cli.main(DESTROY) == 0
    assert stack.status(AWS) is None
    assert not AWS.deployment_file.exists()


def test_with_labs_in_two_regions_each_is_named_until_it_is_gone(
    whole_lab: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make("us-east-1")
    deployment.remember(AWS, Options(), EAST)
    go_to("us-west-2", monkeypatch)
    deployment.agree(AWS, Options(yes=True), whole_lab, ACCOUNT, "us-west-2")
    assert f"there may be a lab in {EAST} too" in one_line(capsys.readouterr().err)
    make("us-west-2")
    deployment.remember(AWS, Options(), WEST)
    assert places.of(AWS) == [EAST, WEST]

    assert cli.main(DESTROY) == 0
    assert f"there may be a lab in {EAST} too" in one_line(capsys.readouterr().err)
    assert places.of(AWS) == [EAST]
    go_to("us-east-1", monkeypatch)
    assert cli.main(DESTROY) == 0
    assert "too" not in capsys.readouterr().err
    assert not AWS.deployment_file.exists()


def test_another_account_needs_another_login_or_is_no_more() -> None:
    way = places.way_to(AWS, EAST, places.Place("210987654321", "us-east-1"))
    assert way.startswith("log in to that account, export AWS_REGION=us-east-1")
    assert f"remove {AWS.deployment_file}" in way


def test_a_note_of_an_earlier_version_names_no_place() -> None:
    AWS.state.mkdir(parents=True)
    AWS.deployment_file.write_text('{"port": 5566, "context": {}}')
    assert places.of(AWS) == []
    assert cli.main(DESTROY) == 0
