"""What a stack's status means for the user, told by an emulated CloudFormation."""

import contextlib
import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from lab.aws import stack
from lab.errors import FAILED, LabError
from lab.profile import STACK, Profile
from lab.running import status

AWS = Profile("aws")
TEMPLATE = json.dumps(
    {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"AlbUrl": {"Value": "http://alb"}},
    }
)


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


@pytest.mark.parametrize("status", stack.TAKES_NO_UPDATE)
def test_a_stack_that_takes_no_update_is_explained_before_anything_is_tried(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "status", lambda *_: status)
    monkeypatch.setattr(stack, "run", lambda *_: pytest.fail("the CDK CLI was started"))
    with pytest.raises(LabError, match=f"in status {status}: .*destroy"):
        stack.deploy(AWS)


@pytest.mark.parametrize("reached", sorted(stack.MEANINGS))
def test_status_explains_a_stack_that_is_not_well(reached: str) -> None:
    lab = status.Lab(AWS, reached, {}, [], [], [], [], 0.0, "")
    note = f"the stack {STACK} is in status {reached}: {stack.MEANINGS[reached]}"
    assert lab.notes() == [note]
    assert lab.exit_code == (0 if reached in stack.WHOLE else FAILED)


def test_every_status_that_is_treated_apart_is_explained() -> None:
    assert {*stack.FAILED_BEFORE_IT_SERVED, *stack.TAKES_NO_UPDATE} <= stack.MEANINGS.keys()


@pytest.mark.parametrize(
    "reached", ["UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"]
)
def test_a_deployment_is_not_believed_before_its_status_is_good(
    reached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = iter([None, reached])
    monkeypatch.setattr(stack, "status", lambda *_: next(statuses))
    monkeypatch.setattr(stack, "run", lambda *_: None)  # the CLI says all is well
    monkeypatch.setattr(stack, "failures", lambda *_: ["Fleet: no room"])
    with pytest.raises(LabError, match=f"ended in status {reached}: .*\n  Fleet: no room"):
        stack.deploy(AWS)


def test_a_deployment_that_failed_says_how_it_left_the_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stack, "_events_shown", lambda *_: contextlib.nullcontext())
    statuses = iter(["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
    monkeypatch.setattr(stack, "failures", lambda *_: [])
    monkeypatch.setattr(stack, "status", lambda *_: next(statuses))

    def fail(*_: object) -> None:
        raise LabError("cdk deploy failed")

    monkeypatch.setattr(stack, "run", fail)
    with pytest.raises(
        LabError, match=r"cdk deploy failed\n\n.* rolled back; the lab is as it was"
    ):
        stack.deploy(AWS)


@pytest.mark.parametrize("profile", [AWS, Profile("local", 7777)])
def test_how_the_cdk_cli_is_called(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(
        stack, "run", lambda _what, command, environment, _log: calls.append((command, environment))
    )
    monkeypatch.setattr(stack, "status", lambda *_: "CREATE_COMPLETE")
    monkeypatch.setattr(stack, "_events_shown", lambda *_: contextlib.nullcontext())
    stack.synthesize(profile, {"mixed": "false", "topology": "{\n}"}, "123456789012", "us-east-1")
    stack.bootstrap(profile, "123456789012", "us-east-1")
    stack.deploy(profile)
    synth, bootstrap, deploy = (" ".join(command) for command, _ in calls)
    assert f"-c profile={profile.name} -c mixed=false -c topology={{ }}" in synth
    assert "--toolkit-stack-name LeadlineToolkit --qualifier leadline" in bootstrap
    assert "--require-approval never" in deploy
    # a change set would leave the emulated stack without outputs; on AWS it is what CloudFormation advises
    assert ("--method direct" in deploy) is profile.is_local
    for command, environment in calls:
        # or each would run Maven again, and replace the jar under the stand-in that runs from it
        assert "--build true" in " ".join(command)
        assert ("AWS_ENDPOINT_URL" in environment) is profile.is_local


@pytest.mark.parametrize(
    ("status", "busy"),
    [
        (None, False),
        ("CREATE_COMPLETE", False),
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("REVIEW_IN_PROGRESS", False),  # waiting for it would never end
    ],
)
def test_what_is_worth_waiting_for(status: str | None, busy: bool) -> None:
    assert stack.is_busy(status) is busy


def event(resource: str, status: str, reason: str | None = None) -> dict[str, str]:
    return {"LogicalResourceId": resource, "ResourceStatus": status} | (
        {"ResourceStatusReason": reason} if reason else {}
    )


def test_the_cause_of_a_failure_comes_first_and_old_failures_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest_first = [
        event(STACK, "UPDATE_ROLLBACK_COMPLETE"),
        event(STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "The following failed: Alb"),
        event("Alb", "UPDATE_FAILED", "Resource update cancelled"),
        event("Host", "UPDATE_FAILED", "no capacity"),
        event(STACK, "UPDATE_IN_PROGRESS"),
        event("Alb", "CREATE_FAILED", "of a week ago"),
    ]
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    with Stubber(cloudformation) as stubbed:
        stubbed.add_response(
            "describe_stack_events",
            {
                "StackEvents": [
                    {"StackId": "arn", "EventId": str(n), "StackName": STACK, **it}
                    | {"Timestamp": datetime.now(UTC)}
                    for n, it in enumerate(newest_first)
                ]
            },
        )
        monkeypatch.setattr(stack, "client", lambda *_: cloudformation)
        assert stack.failures(AWS) == ["Host: no capacity", "Alb: Resource update cancelled"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_the_bucket_of_an_academy_account_is_made_once_and_closed(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    name = stack.asset_bucket(None, "123456789012", region)
    assert name == f"leadline-assets-123456789012-{region}"
    for _ in range(2):
        stack.make_bucket(AWS, name, "123456789012", region)
    s3 = boto3.client("s3")
    closed = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(closed.values()) == {True}
    assert [it["Name"] for it in s3.list_buckets()["Buckets"]] == [name]


def test_a_bucket_of_the_users_choice() -> None:
    assert stack.asset_bucket("mine", "1", "us-east-1") == "mine"


@pytest.mark.usefixtures("account")
def test_identity_needs_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.identity(AWS) == ("123456789012", "us-east-1")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(LabError, match="AWS_REGION"):
        stack.identity(AWS)
