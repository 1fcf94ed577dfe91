"""A stack with a bucket that fills while it is removed: emptied and deleted again, a bounded number of times."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from lab.aws import stack, teardown
from lab.deployment import deployment
from lab.errors import LabError
from lab.profile import STACK, Profile
from lab.removal import removal

AWS = Profile("aws")
BUCKET = "leadline-logs"
pytestmark = pytest.mark.usefixtures("account", "state")


@pytest.fixture
def s3() -> Any:
    return boto3.client("s3")


def buckets(s3: Any) -> list[str]:
    return [it["Name"] for it in s3.list_buckets()["Buckets"]]


class StrictCloudFormation:
    """CloudFormation where it is stricter than moto: it deletes no bucket with anything in it, nor forgets its failure.

    ``deliveries`` are how many objects the load balancer delivers while each deletion is under way.
    """

    def __init__(self, s3: Any, deliveries: list[int], other: str | None = None) -> None:
        self.s3 = s3
        self.deliveries = deliveries
        self.other = other  # a resource that cannot be deleted, whatever becomes of the bucket
        self.deletions = 0
        self.paged = ""
        self.status: str | None = "CREATE_COMPLETE"
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="AWSLogs/1/ELBAccessLogTestFile", Body=b"may I write?")

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if self.status is None:
            error = {"Code": "ValidationError", "Message": f"Stack {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.status}]}

    def delete_stack(self, StackName: str) -> None:  # noqa: ARG002, N803
        if self.deletions < len(self.deliveries):
            for number in range(self.deliveries[self.deletions]):
                self.s3.put_object(Bucket=BUCKET, Key=f"late-{self.deletions}-{number}", Body=b"x")
        self.deletions += 1
        failed = self.other is not None
        if "Contents" in self.s3.list_objects_v2(Bucket=BUCKET):
            failed = True
        elif not self.other:
            self.s3.delete_bucket(Bucket=BUCKET)
        self.status = "DELETE_FAILED" if failed else None

    def get_waiter(self, _name: str) -> "StrictCloudFormation":
        return self

    def wait(self, **_options: object) -> None:
        if self.status is not None:
            raise WaiterError("StackDeleteComplete", "DELETE_FAILED", {})

    def get_paginator(self, name: str) -> "StrictCloudFormation":
        self.paged = name
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        self.describe_stacks(StackName)
        if self.paged == "describe_stack_events":
            return [self._events()]
        state = "CREATE_COMPLETE"
        if self.status == "DELETE_FAILED":
            state = "CREATE_COMPLETE" if self.other else "DELETE_FAILED"
        logs = {
            "ResourceType": teardown.BUCKET,
            "ResourceStatus": state,
            "PhysicalResourceId": BUCKET,
        }
        never_made = {"ResourceType": teardown.BUCKET, "ResourceStatus": "CREATE_FAILED"}
        return [{"StackResourceSummaries": [logs]}, {"StackResourceSummaries": [never_made]}]

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: ARG002, N803
        return {"StackEvents": []}

    def _events(self) -> dict[str, Any]:
        reason = self.other or "The bucket you tried to delete is not empty"
        event = {
            "LogicalResourceId": "Resource",
            "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": reason,
        }
        return {"StackEvents": [event]}


def strict(
    monkeypatch: pytest.MonkeyPatch, s3: Any, deliveries: list[int], other: str | None = None
) -> StrictCloudFormation:
    cloudformation = StrictCloudFormation(s3, deliveries, other)
    real = stack.client
    monkeypatch.setattr(
        stack,
        "client",
        lambda profile, service, region=None: (
            cloudformation if service == "cloudformation" else real(profile, service, region)
        ),
    )
    return cloudformation


@pytest.mark.parametrize(("deliveries", "deletions"), [([], 1), ([11], 2), ([3, 1], 3)])
def test_a_bucket_that_fills_again_is_emptied_again(
    deliveries: list[int], deletions: int, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")  # so that eleven objects are two pages
    cloudformation = strict(monkeypatch, s3, deliveries)
    teardown.delete_stack(AWS)
    assert cloudformation.deletions == deletions
    assert buckets(s3) == []


def test_it_gives_up_with_the_reason(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a loop without an end: here something writes for ever."""
    cloudformation = strict(monkeypatch, s3, [1] * 100)
    with pytest.raises(LabError, match=r"could not be deleted: .*bucket you tried to delete"):
        teardown.delete_stack(AWS)
    assert cloudformation.deletions == teardown.ATTEMPTS


def test_what_no_emptying_helps_is_not_tried_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudformation = strict(monkeypatch, s3, [], other="the network interface is in use")
    with pytest.raises(LabError, match="network interface is in use"):
        teardown.delete_stack(AWS)
    assert cloudformation.deletions == 1


@pytest.mark.parametrize("way", ["destroy", "deploy again"])
def test_every_way_to_remove_the_stack_empties_its_bucket(
    way: str, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load balancer writes a file as soon as it is made, so a creation that failed leaves a bucket with content."""
    strict(monkeypatch, s3, [1])
    if way == "destroy":
        removal._delete_stack(AWS)
    else:
        deployment.remove_failed(AWS)
    assert buckets(s3) == []


@pytest.mark.parametrize("other", [None, "the network interface is in use"])
def test_a_first_creation_that_failed_leaves_no_bucket_behind(
    other: str | None, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudformation = strict(monkeypatch, s3, [1], other)
    cloudformation.status = "ROLLBACK_FAILED"

    def fail(*_: object) -> None:
        raise LabError("no room for t2.large")

    monkeypatch.setattr(stack, "deploy", fail)
    monkeypatch.setattr(deployment.instance_log, "of_failed", lambda _profile: "\nits log")
    with pytest.raises(LabError) as failed:
        deployment.create(AWS)
    said = str(failed.value)
    assert said.startswith("no room for t2.large\nits log\n\nWhat the roll-back left ")
    if other:
        assert (
            f"could not be removed: the stack {STACK} could not be deleted: Resource: {other}"
            in said
        )
    else:
        assert "has been removed" in said
        assert buckets(s3) == []
        assert stack.status(AWS) is None


@pytest.mark.parametrize("reached", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", None])
def test_what_is_whole_or_served_is_not_removed(
    reached: str | None, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudformation = strict(monkeypatch, s3, [])
    cloudformation.status = reached
    assert deployment.clear_failed_creation(AWS) == ""
    assert cloudformation.deletions == 0


@pytest.mark.parametrize("stays", [True, False])
def test_a_bucket_that_an_update_deletes_is_emptied_before(stays: bool, s3: Any) -> None:
    """CloudFormation skips a bucket that is not empty, and nothing would remove it, or say so, from then on."""
    template = {"Resources": {"Results": {"Type": teardown.BUCKET}}}
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    (results,) = buckets(s3)
    s3.put_object(Bucket=results, Key="run.tgz", Body=b"1")
    made = stack.templates(AWS) / f"{STACK}.template.json"
    made.parent.mkdir(parents=True)
    made.write_text(json.dumps(template if stays else {"Resources": {}}))
    teardown.empty_what_goes(AWS)
    assert s3.list_objects_v2(Bucket=results)["KeyCount"] == (1 if stays else 0)


def test_the_stacks_own_buckets_are_emptied_and_no_other(s3: Any) -> None:
    """Against an emulated CloudFormation, which leaves a bucket behind that is not empty."""
    template = {"Resources": {"Logs": {"Type": teardown.BUCKET}}}
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    (ours,) = buckets(s3)
    s3.create_bucket(Bucket="photos")
    for name in (ours, "photos"):
        s3.put_object(Bucket=name, Key="a", Body=b"1")
    teardown.delete_stack(AWS)
    assert buckets(s3) == ["photos"]
    assert s3.list_objects_v2(Bucket="photos")["KeyCount"] == 1
    teardown.delete_stack(AWS)  # nothing is left to do
