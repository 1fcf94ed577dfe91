"""A script on one of the lab's instances, by Systems Manager's Run Command."""

import time
from typing import Any

from botocore.exceptions import ClientError

from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile

DOCUMENT = "AWS-RunShellScript"
REGISTER_SECONDS = 180  # an agent registers a minute or two after the boot
RUN_SECONDS = 120
POLL_SECONDS = {"local": 0.2, "aws": 2, "academy": 2}
UNDER_WAY = ("Pending", "InProgress", "Delayed")


def run(profile: Profile, instance_id: str, script: str) -> str:
    """Runs a script of POSIX sh as root, and returns what it printed (24,000 characters at most).

    On the emulator it is a process of the machine, without root's rights.

    Raises:
        LabError: where the instance's agent does not register, or the script fails or does not end.
    """
    ssm = stack.client(profile, "ssm")
    command = _send(profile, ssm, instance_id, script)
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        found = _invocation(ssm, command, instance_id)
        status = found["Status"]
        if status == "Success":
            return found["StandardOutputContent"]
        if status not in UNDER_WAY or time.monotonic() > deadline:
            errors = found.get("StandardErrorContent", "").strip().splitlines()[-1:]
            raise LabError(
                f"the script on instance {instance_id} is in status {status} after "
                f"{RUN_SECONDS} s at most{': ' if errors else ''}{''.join(errors)}"
            )
        time.sleep(POLL_SECONDS[profile.name])


def _send(profile: Profile, ssm: Any, instance_id: str, script: str) -> str:
    """The command's id. An instance whose agent has not registered is refused as one that does not exist is."""
    deadline = time.monotonic() + REGISTER_SECONDS
    while True:
        try:
            sent = ssm.send_command(
                DocumentName=DOCUMENT,
                InstanceIds=[instance_id],
                Parameters={"commands": [script]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidInstanceId":
                raise
            if time.monotonic() > deadline:
                raise LabError(
                    f"the agent of instance {instance_id} has not registered with Systems Manager "
                    f"within {REGISTER_SECONDS} s"
                ) from None
            time.sleep(POLL_SECONDS[profile.name])
        else:
            return sent["Command"]["CommandId"]


def _invocation(ssm: Any, command: str, instance_id: str) -> dict[str, Any]:
    """How the command stands; it exists a moment after it was sent."""
    try:
        return ssm.get_command_invocation(CommandId=command, InstanceId=instance_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvocationDoesNotExist":
            raise
        return {"Status": "Pending"}
