"""Scripts that Systems Manager runs on the emulated machines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator import processes
from emulator.aws import Aws
from emulator.tests.conftest import wait_for


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "i-1"
    folder.mkdir()
    leader = processes.start(
        ["sleep", "60"], folder, {"PATH": "/usr/bin:/bin", "COLOUR": "blue"}, folder / "log"
    )
    yield folder
    processes.end([folder], grace_seconds=0)
    leader.wait()


@pytest.fixture
def ssm(tmp_path: Path) -> Iterator[Any]:
    aws = Aws(0, changed=lambda: None, machines=tmp_path)
    aws.start()
    yield boto3.client(
        "ssm",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="LEADLINEEMULATOR",
        aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
        config=Config(retries={"total_max_attempts": 1}),
    )
    aws.stop()


def send(ssm: Any, *lines: str, document: str = "AWS-RunShellScript") -> str:
    answer = ssm.send_command(
        DocumentName=document, InstanceIds=["i-1"], Parameters={"commands": list(lines)}
    )
    return answer["Command"]["CommandId"]


def ended(ssm: Any, command: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = ssm.get_command_invocation(CommandId=command, InstanceId="i-1")
        return None if found["Status"] == "InProgress" else found

    return wait_for(look, 20)


def test_a_script_runs_as_a_process_of_the_machine(ssm: Any, machine: Path) -> None:
    found = ended(ssm, send(ssm, "pwd", 'echo "$COLOUR $LEADLINE_MACHINE"'))
    assert (found["Status"], found["ResponseCode"]) == ("Success", 0)
    assert found["StandardOutputContent"] == f"{machine}\nblue {machine}\n"


def test_a_script_that_fails_says_so(ssm: Any, machine: Path) -> None:  # noqa: ARG001
    found = ended(ssm, send(ssm, "echo bad >&2", "exit 3"))
    assert (found["Status"], found["ResponseCode"]) == ("Failed", 3)
    assert found["StandardErrorContent"] == "bad\n"


def test_a_script_ends_with_its_machine(ssm: Any, machine: Path) -> None:
    command = send(ssm, "sleep 50")
    assert len(wait_for(lambda: processes.members([machine])[machine][1:])) >= 1
    processes.end([machine], grace_seconds=0)
    assert ended(ssm, command)["Status"] == "Failed"


def test_what_cannot_be_run_is_refused(ssm: Any) -> None:
    with pytest.raises(ClientError, match="InvalidInstanceId"):
        send(ssm, "true")
    with pytest.raises(ClientError, match="InvalidDocument"):
        send(ssm, "true", document="AWS-RunPowerShellScript")
    with pytest.raises(ClientError, match="InvocationDoesNotExist"):
        ssm.get_command_invocation(CommandId="0" * 36, InstanceId="i-1")
