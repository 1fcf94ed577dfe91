"""The log of an instance that failed reaches the terminal, even when CloudFormation has ended the instance."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import LabError
from lab.profile import STACK, Profile
from lab.running import instance_log

AWS = Profile("aws")
FAILED = "[   88.1] cloud-init[1]: 2026-01-01T00:00:00Z leadline: FAILED: line 3, status 1: false"


class Consoles:
    """EC2 with consoles only; without Nitro it has no newest output."""

    def __init__(self, posted: dict[str, str], latest: dict[str, str] | None = None) -> None:
        self.posted = posted
        self.latest = latest or {}
        self.asked: list[str] = []

    def get_console_output(self, *, InstanceId: str, Latest: bool = False) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.asked.append(InstanceId)
        if Latest and InstanceId not in self.latest:
            raise ClientError({"Error": {"Code": "UnsupportedOperation"}}, "GetConsoleOutput")
        if InstanceId not in self.posted | self.latest:
            raise ClientError({"Error": {"Code": "InvalidInstanceID.NotFound"}}, "GetConsoleOutput")
        return {"Output": (self.latest if Latest else self.posted)[InstanceId]}


def event(logical: str, physical: str, reason: str, kind: str = "Instance") -> dict[str, str]:
    return {
        "LogicalResourceId": logical,
        "PhysicalResourceId": physical,
        "ResourceType": f"AWS::EC2::{kind}",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": reason,
    }


def use(monkeypatch: pytest.MonkeyPatch, consoles: Consoles, *events: dict[str, str]) -> None:
    monkeypatch.setattr(stack, "client", lambda *_: consoles)
    monkeypatch.setattr(stack, "failed_events", lambda _profile, *_: list(events))


def test_the_log_ends_with_the_line_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the last lines of a console, which are a log-in prompt."""
    console = [f"line {n}" for n in range(40)] + [FAILED] + [f"prompt {n}" for n in range(20)]
    use(monkeypatch, Consoles({"i-1": "\n".join(console)}))
    shown = instance_log.end(AWS, "i-1").splitlines()
    assert shown == console[29:41]
    assert shown[-1] == FAILED


def test_without_such_a_line_the_last_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Consoles({}, latest={"i-1": "\n".join(f"line {n}" for n in range(40))}))
    assert instance_log.end(AWS, "i-1").splitlines()[-1] == "line 39"
    assert len(instance_log.end(AWS, "i-1").splitlines()) == instance_log.LINES


def test_only_instances_that_failed_themselves_and_two_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consoles = Consoles({f"i-{n}": f"console {n}\n{FAILED}" for n in range(1, 6)})
    use(
        monkeypatch,
        consoles,
        event("Vpc", "vpc-1", "no room", "VPC"),
        event("One", "i-1", "Received FAILURE signal with UniqueId i-1"),
        event("Gone", "", "no capacity"),  # never made: has no console
        event("Two", "i-2", "Resource creation cancelled"),
        *(event(f"E{n}", f"i-{n}", "Failed to receive 1 resource signal(s)") for n in (3, 4, 5)),
    )
    said = instance_log.of_failed(AWS)
    assert "console 1" in said
    assert "console 3" in said
    assert said.endswith("failed, too: i-4, i-5")
    assert set(consoles.asked) == {"i-1", "i-3"}


def test_a_console_that_cannot_be_read_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Consoles({}), event("One", "i-1", "Received FAILURE signal"))
    assert "could not be read: InvalidInstanceID.NotFound" in instance_log.of_failed(AWS)

    def expired(*_: object) -> None:
        raise ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeStackEvents")

    monkeypatch.setattr(stack, "failed_events", expired)
    assert instance_log.of_failed(AWS) == ""


def test_a_failed_deployment_ends_with_the_log(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDK CLI fails, the stack names the instance, and its console has the reason: all three are read."""
    use(monkeypatch, Consoles({"i-1": FAILED}), event("One", "i-1", "Received FAILURE signal"))
    statuses = iter(["UPDATE_COMPLETE"] * 2)
    monkeypatch.setattr(
        stack, "status", lambda _profile, *_: next(statuses, "UPDATE_ROLLBACK_COMPLETE")
    )

    def cdk(*_: object) -> None:
        raise LabError("cdk deploy failed (exit code 1)")

    monkeypatch.setattr(stack, "run", cdk)
    monkeypatch.setattr(stack, "_events_shown", lambda *_: contextlib.nullcontext())
    for part in ("await_earlier_operation", "require_no_replacement", "prepare_account", "agree"):
        monkeypatch.setattr(deployment, part, lambda *_: None)
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: None)
    monkeypatch.setattr(stack, "identity", lambda _profile: ("123456789012", "us-east-1"))
    monkeypatch.setattr(stack, "synthesize", lambda *_: None)
    monkeypatch.setattr(deployment.budget, "settle", lambda _profile: None)
    monkeypatch.setattr(deployment.teardown, "empty_what_goes", lambda _profile: None)
    monkeypatch.setattr(deployment.fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(stack, "outputs", lambda _profile: {})
    with pytest.raises(LabError) as failure:
        deployment.deploy("aws", Options(yes=True, context={"allowedCidr": "10.0.0.1/32"}))
    said = str(failure.value)
    order = [
        "cdk deploy failed",
        f"the stack {STACK} ended in status UPDATE_ROLLBACK_COMPLETE",
        "One: Received FAILURE signal",
        FAILED,
    ]
    assert [said.find(part) for part in order] == sorted(said.find(part) for part in order)
    assert said.find(order[0]) == 0
    assert said.endswith(FAILED)
    assert (state / "aws" / "deployment.json").exists()
