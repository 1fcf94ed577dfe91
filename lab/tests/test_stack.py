"""What a stack's status means for the user, told by an emulated CloudFormation."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from lab import stack
from lab.errors import LabError
from lab.profile import STACK, Profile

AWS = Profile("aws")
TEMPLATE = json.dumps(
    {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"AlbUrl": {"Value": "http://alb"}},
    }
)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def create() -> None:
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=TEMPLATE)


@pytest.mark.usefixtures("account")
def test_no_stack_is_no_status() -> None:
    assert stack.status(AWS) is None


@pytest.mark.usefixtures("account")
def test_status_and_outputs_of_a_stack() -> None:
    create()
    assert stack.status(AWS) == "CREATE_COMPLETE"
    assert stack.outputs(AWS) == {"AlbUrl": "http://alb"}


@pytest.mark.usefixtures("account")
def test_destroy_deletes_and_may_be_called_again() -> None:
    create()
    stack.destroy(AWS)
    assert stack.status(AWS) is None
    stack.destroy(AWS)


@pytest.mark.parametrize("status", sorted(stack.STUCK))
def test_a_stuck_stack_is_explained_before_anything_is_tried(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "status", lambda _profile: status)
    monkeypatch.setattr(stack, "run", lambda *_: pytest.fail("the CDK CLI was started"))
    with pytest.raises(LabError, match=f"in status {status}: .*destroy"):
        stack.deploy(AWS)


def test_a_deployment_is_not_believed_before_its_status_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statuses = iter([None, "UPDATE_ROLLBACK_COMPLETE"])
    monkeypatch.setattr(stack, "status", lambda _profile: next(statuses))
    monkeypatch.setattr(stack, "run", lambda *_: None)  # the CLI says all is well
    with pytest.raises(LabError, match="ended in status UPDATE_ROLLBACK_COMPLETE"):
        stack.deploy(AWS)


@pytest.mark.usefixtures("account")
def test_identity_needs_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.identity(AWS) == ("123456789012", "us-east-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(LabError, match="AWS_REGION"):
        stack.identity(AWS)
