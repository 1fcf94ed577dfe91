"""This machine's clock against AWS's: a call that is signed minutes off is refused, in words about credentials."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from lab.aws import problems, stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

WHAT = "clock"
# AWS refuses from five minutes on. The benchmark reads CloudWatch by the minute.
MOST_SECONDS = 60
CURE = (
    "set this machine's clock (Linux: sudo timedatectl set-ntp true; macOS: sudo sntp -sS time.apple.com; "
    "WSL2: wsl --shutdown in Windows)"
)


def check(profile: Profile, region: str) -> Finding | None:
    """Compares the Date of an answer of AWS's, a refusal too, with the time now; None where there is none."""
    try:
        answer = stack.client(profile, "sts", region).get_caller_identity()
    except ClientError as error:
        answer = error.response
    except problems.LOCAL:
        return None
    return compare(answer, datetime.now(UTC))


def compare(answer: Mapping[str, Any], now: datetime) -> Finding | None:
    """The finding for an answer that came just now."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    off = (now - theirs).total_seconds()
    if abs(off) <= MOST_SECONDS:
        return Finding(WHAT, f"within {MOST_SECONDS} s of AWS's", True)
    side = "ahead of" if off > 0 else "behind"
    return Finding(WHAT, f"{_words(abs(off))} {side} AWS's", False, CURE)


def _words(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} s"
