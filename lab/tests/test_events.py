"""What CloudFormation does is printed as it comes, each event once."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lab.aws import events, stack
from lab.profile import STACK, Profile

QUICK = 0.01


class Scripted:
    """A stack whose events come one by one."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.gone = False
        self.refused = 0

    def add(self, what: str, status: str, reason: str = "") -> None:
        self.events.insert(
            0,
            {
                "EventId": str(len(self.events)),
                "StackId": "arn:stack",
                "LogicalResourceId": what,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "ResourceType": "AWS::EC2::Instance",
                "Timestamp": datetime.now(UTC),
            },
        )

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        if self.refused:
            self.refused -= 1
            raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "X")
        if not self.events or (self.gone and StackName == STACK):
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "not exist"}}, "X")
        begin = int(NextToken)
        more = {"NextToken": str(begin + 2)} if begin + 2 < len(self.events) else {}
        return {"StackEvents": self.events[begin : begin + 2], **more}


def wait_for(lines: list[str], word: str) -> None:
    deadline = time.monotonic() + 10
    while not any(word in it for it in lines):
        assert time.monotonic() < deadline, lines
        time.sleep(QUICK)


def test_each_event_is_printed_once_while_the_operation_goes_on() -> None:
    aws, lines = Scripted(), []
    with events.shown(aws, STACK, QUICK, lines.append):
        aws.add(STACK, "CREATE_IN_PROGRESS")
        aws.add("Vpc", "CREATE_IN_PROGRESS")
        aws.add("Vpc", "CREATE_COMPLETE")
        aws.refused = 2
        wait_for(lines, "Vpc")  # while it goes on, and not at its end
        aws.add("Host", "CREATE_FAILED", "no room")
    shown = [" ".join(it.split()[1:]) for it in lines]
    assert shown == [
        "CREATE_IN_PROGRESS EC2::Instance Leadline",
        "CREATE_COMPLETE EC2::Instance Vpc",
        "CREATE_FAILED EC2::Instance Host: no room",
    ]


def test_what_came_before_is_not_shown_and_a_deletion_is_to_its_end() -> None:
    aws, lines = Scripted(), []
    for number in range(5):
        aws.add(f"Old{number}", "CREATE_COMPLETE")
    with events.shown(aws, STACK, QUICK, lines.append):
        aws.add("Vpc", "DELETE_COMPLETE")
        wait_for(lines, "Vpc")
        aws.gone = True  # its name means nothing now
        aws.add(STACK, "DELETE_COMPLETE")
    assert len(lines) == 2
    assert STACK in lines[1]


def test_after_a_minute_of_silence_what_is_under_way_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "SILENCE_SECONDS", 0.0)
    aws, all_of_them, lines = Scripted(), Scripted(), []
    for number in range(5):
        all_of_them.add(f"Host{number}", "CREATE_IN_PROGRESS")
    with events.shown(aws, STACK, QUICK, lines.append):
        aws.events = all_of_them.events  # at once: a look may come between two
        wait_for(lines, "Host")
    assert lines[0].strip() == "still under way: Host0, Host1, Host2 and 2 more"


@pytest.mark.usefixtures("account")
def test_the_end_of_a_stack_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(topic))
    stack.destroy(Profile("aws"))
    assert "DELETE_COMPLETE" in capsys.readouterr().out
