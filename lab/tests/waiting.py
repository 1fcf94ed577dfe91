"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from pathlib import Path


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether the condition holds within this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # between two looks at the condition
    return True


def gone(pid: int) -> bool:
    """Whether the process has ended, if nobody has waited for it yet too."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
