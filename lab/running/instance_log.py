"""The end of an instance's log: of one that runs, and of one that CloudFormation has already terminated.

And of what stands for a load balancer on this machine.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.aws import stack
from lab.commands import last_lines
from lab.profile import Profile

FAILED_LINE = " leadline: FAILED: "  # how userdata/common.sh ends a log when the script fails
LINES = 12
MOST_SHOWN = 2
CANCELLED = "cancelled"  # CloudFormation's reason for the other resources when one failed


def end(profile: Profile, instance_id: str) -> str:
    """The last lines of an instance's script, up to the one that says that it failed."""
    if profile.is_local:
        return last_lines(profile.state / "machines" / instance_id / "user-data.log", LINES)
    return "\n".join(_up_to_failure(_console(profile, instance_id).splitlines())) or "(nothing yet)"


def load_balancer_that_ended(profile: Profile) -> str | None:
    """What the local stand-in of a load balancer said last, where it has ended by itself (docs/emulator.md)."""
    for note in sorted((profile.state / "balancers").glob("*/ended.json")):
        ended = json.loads(note.read_text())
        return (
            f"exit code {ended['exitStatus']}; the end of {note.parent / 'balancer.log'}:\n\n"
            + ("\n".join(ended["lastLines"]) or "(nothing)")
        )
    return None


def _up_to_failure(lines: list[str]) -> list[str]:
    """The system goes on writing to its console after the script's end."""
    last = max((n for n, line in enumerate(lines) if FAILED_LINE in line), default=len(lines) - 1)
    return lines[max(0, last + 1 - LINES) : last + 1]


def _console(profile: Profile, instance_id: str) -> str:
    """An instance's console: as it is now where the hardware supports that, else as it was posted last.

    EC2 keeps what was posted for an hour or more after the instance's end.
    """
    ec2 = stack.client(profile, "ec2")
    said: str | None = None
    for how in ({"Latest": True}, {}):
        try:
            said = ec2.get_console_output(InstanceId=instance_id, **how).get("Output")
        except ClientError as error:
            if not how:
                return (
                    f"(the console's output could not be read: {error.response['Error']['Code']})"
                )
        if said:
            break
    return said or ""


def of_failed(profile: Profile) -> str:
    """The logs of instances that made the stack's newest operation fail, as text to follow its message; or nothing."""
    try:
        ids = [it["PhysicalResourceId"] for it in stack.failed_events(profile) if _is_cause(it)]
        ids = list(dict.fromkeys(ids))
        logs = [
            f"\n\nthe end of the log of instance {each}:\n\n{end(profile, each)}"
            for each in ids[:MOST_SHOWN]
        ]
    except (
        ClientError,
        BotoCoreError,
    ):  # the first failure matters more than that its log cannot be read
        return ""
    others = ids[MOST_SHOWN:]
    return "".join(logs) + (f"\n\nfailed, too: {', '.join(others)}" if others else "")


def _is_cause(event: dict[str, Any]) -> bool:
    return (
        event["ResourceType"] == "AWS::EC2::Instance"
        and event.get("PhysicalResourceId", "").startswith("i-")
        and CANCELLED not in event.get("ResourceStatusReason", "").lower()
    )
