"""Ctrl-C at any stage of `up`: the same command goes on with what there is, or `destroy` removes it."""

import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.models import cloudformation_backends

from lab import cli, lock
from lab.aws import stack
from lab.deployment import deployment
from lab.errors import INTERRUPTED, LabError
from lab.profile import STACK, TOOLKIT_STACK, Profile
from lab.running import fleet

ACCOUNT, REGION = "123456789012", "us-east-1"
UP = ["up", "--yes", "--no-bench", "-c", "allowedCidr=203.0.113.7/32"]
BUCKET = stack.toolkit_bucket(ACCOUNT, REGION)
TEMPLATE = json.dumps(
    {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {
            name: {"Value": f"http://host/{name}:loadbalancer/app/x/y"} for name in stack.OUTPUTS
        },
    }
)


class Cdk:
    """The CDK CLI's place, over an emulated account: what it starts, CloudFormation goes on with.

    ``interrupted`` is the verb during which Ctrl-C comes, ``left`` the status it leaves its stack in, and ``ends`` what
    CloudFormation makes of that while somebody waits.
    """

    def __init__(self) -> None:
        self.interrupted: str | None = None
        self.left = self.ends = ""

    def run(self, what: str, *_: object) -> None:
        verb = what.removeprefix("cdk ")
        if verb == "synth":
            made = stack.templates(Profile("aws"))
            made.mkdir(parents=True, exist_ok=True)
            (made / "manifest.json").write_text('{"artifacts": {}}')
            (made / f"{STACK}.template.json").write_text(TEMPLATE)
        elif verb == "bootstrap":
            self.bootstrap()
        elif verb == "deploy":
            self.deploy()
        if verb == self.interrupted:
            self.interrupted = None
            self.set(TOOLKIT_STACK if verb == "bootstrap" else STACK, self.left)
            raise KeyboardInterrupt

    def bootstrap(self) -> None:
        s3 = boto3.client("s3")
        if BUCKET in [it["Name"] for it in s3.list_buckets()["Buckets"]]:
            raise LabError(f"{BUCKET} already exists")  # as CloudFormation says
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="asset", Body=b"")
        boto3.client("cloudformation").create_stack(StackName=TOOLKIT_STACK, TemplateBody=TEMPLATE)

    def deploy(self) -> None:
        cloudformation = boto3.client("cloudformation")
        reached = stack.status(Profile("aws"))
        if reached is None:
            cloudformation.create_stack(StackName=STACK, TemplateBody=TEMPLATE)
        elif reached in (*stack.GOOD, "UPDATE_ROLLBACK_COMPLETE"):
            self.set(STACK, "UPDATE_COMPLETE")
        else:
            raise LabError(f"{STACK} is in {reached} state and can not be updated")

    def set(self, name: str, status: str) -> None:
        stacks = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        next(it for it in stacks if it.name == name).status = status

    def go_on(self, _seconds: float) -> None:
        """Time passes while a verb waits."""
        for name in (STACK, TOOLKIT_STACK):
            if stack.is_busy(stack.status(Profile("aws"), name)):
                self.set(name, self.ends)
                if self.ends == "DELETE_COMPLETE":
                    boto3.client("cloudformation").delete_stack(StackName=name)


@pytest.fixture
def cdk(account: None, state: Path, monkeypatch: pytest.MonkeyPatch) -> Cdk:  # noqa: ARG001 - it stands on both
    cdk = Cdk()
    monkeypatch.setattr(lock, "STATE", state)
    monkeypatch.setattr(stack, "run", cdk.run)
    monkeypatch.setattr(stack.time, "sleep", cdk.go_on)
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: None)
    monkeypatch.setattr(deployment, "require_no_replacement", lambda *_: None)
    monkeypatch.setattr(fleet, "_health", lambda _profile: {})
    monkeypatch.setattr(fleet, "wait_until_serving", lambda *_: None)
    return cdk


def goes_on() -> None:
    assert cli.main(UP) == 0
    assert stack.status(Profile("aws")) in stack.GOOD
    assert stack.status(Profile("aws"), TOOLKIT_STACK) in stack.GOOD
    assert Profile("aws").lab_file.exists()


def is_removed() -> None:
    assert cli.main(["destroy", "--yes"]) == 0
    for name in (STACK, TOOLKIT_STACK):
        assert stack.status(Profile("aws"), name) is None
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert not Profile("aws").deployment_file.exists()


AFTERWARDS = pytest.mark.parametrize("afterwards", [goes_on, is_removed])


@AFTERWARDS
@pytest.mark.usefixtures("cdk")
def test_before_anything_was_made(
    afterwards: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(deployment.build, "build", interrupted)
        assert cli.main(UP) == INTERRUPTED
    assert "no lab was left" in capsys.readouterr().err
    afterwards()


@AFTERWARDS
@pytest.mark.parametrize(
    ("left", "ends"),
    [
        ("REVIEW_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
        ("CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"),
    ],
)
def test_while_the_account_is_prepared(
    cdk: Cdk, left: str, ends: str, afterwards: Callable[[], None]
) -> None:
    """Fails where a half-made toolkit stack is taken for one, or where the bucket that it leaves is in the way."""
    cdk.interrupted, cdk.left, cdk.ends = "bootstrap", left, ends
    assert cli.main(UP) == INTERRUPTED
    afterwards()


@AFTERWARDS
@pytest.mark.parametrize(
    ("left", "ends"),
    [
        ("REVIEW_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
        ("CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        ("CREATE_IN_PROGRESS", "CREATE_FAILED"),
        ("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
    ],
)
def test_while_the_stack_is_made(
    cdk: Cdk, left: str, ends: str, afterwards: Callable[[], None], capsys: pytest.CaptureFixture
) -> None:
    """Fails where what the stack ends in is looked at before it has ended."""
    cdk.interrupted, cdk.left, cdk.ends = "deploy", left, ends
    assert cli.main(UP) == INTERRUPTED
    assert "may cost" in capsys.readouterr().err
    afterwards()


@AFTERWARDS
@pytest.mark.parametrize(
    ("left", "ends"),
    [
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
    ],
)
def test_while_the_stack_is_updated(
    cdk: Cdk, left: str, ends: str, afterwards: Callable[[], None]
) -> None:
    assert cli.main(UP) == 0
    cdk.interrupted, cdk.left, cdk.ends = "deploy", left, ends
    assert cli.main(UP) == INTERRUPTED
    afterwards()


@AFTERWARDS
@pytest.mark.usefixtures("cdk")
def test_while_it_waits_for_the_targets(
    afterwards: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(fleet, "wait_until_serving", interrupted)
        assert cli.main(UP) == INTERRUPTED
    afterwards()


def test_while_it_is_removed(cdk: Cdk) -> None:
    """The stack of the CDK is gone, its bucket not yet: neither verb may stumble over it."""
    assert cli.main(UP) == 0
    boto3.client("cloudformation").delete_stack(StackName=TOOLKIT_STACK)
    cdk.set(STACK, "DELETE_IN_PROGRESS")
    cdk.ends = "DELETE_COMPLETE"
    goes_on()
    is_removed()


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"])
def test_a_roll_back_that_failed_is_explained_and_can_be_destroyed(
    cdk: Cdk, status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(UP) == 0
    cdk.interrupted, cdk.left, cdk.ends = "deploy", "UPDATE_IN_PROGRESS", status
    assert cli.main(UP) == INTERRUPTED
    assert cli.main(UP) == 1
    said = capsys.readouterr().err
    assert status in said
    assert "./deploy.sh destroy" in said
    assert ("continue-update-rollback" in said) is (status == "UPDATE_ROLLBACK_FAILED")
    is_removed()


def test_a_stack_that_cannot_be_deleted_is_no_success(
    cdk: Cdk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(UP) == 0
    cdk.set(STACK, "DELETE_FAILED")

    def refuses(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteStack")

    real = stack.client

    def client(profile: Profile, service: str) -> object:
        made = real(profile, service)
        if service == "cloudformation":
            monkeypatch.setattr(made, "delete_stack", refuses)
        return made

    monkeypatch.setattr(stack, "client", client)
    assert cli.main(["destroy", "--yes"]) == 1
    assert "may not do this" in capsys.readouterr().err
    assert Profile("aws").deployment_file.exists()
