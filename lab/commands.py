"""Running other programs: output to a log file, its last lines shown when one fails; none outlives its verb."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.profile import ROOT
from lab.refusals import explained

LINES_SHOWN = 25
GRACE_SECONDS = 5
LOOK_SECONDS = 1.0


def last_lines(log: Path, lines: int = LINES_SHOWN) -> str:
    """The end of a log, for an error message."""
    try:
        found = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return "\n".join(found[-lines:])
    except OSError:
        return f"(no {log.name})"


def run(
    what: str, command: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path = ROOT
) -> None:
    """Runs a program to its end, its output kept in ``log``.

    Raises:
        LabError: when it fails; the message has the end of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # its own, so that what it started can be ended with it
            )
        except FileNotFoundError:
            raise LabError(
                f"{what}: {command[0]} was not found; ./deploy.sh doctor says how to get it"
            ) from None
    try:
        code = wait(process)
    except BaseException:
        end_group(process)
        raise
    if code != 0:
        raise LabError(
            explained(f"{what} failed (exit code {code}); the end of {log}:\n\n{last_lines(log)}")
        )


def wait(process: subprocess.Popen) -> int:
    """Waits until a program has ended; its exit code.

    In slices: a Ctrl-C that comes just before the system call that waits does not interrupt it, and would be lost.
    """
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(LOOK_SECONDS)


def end_group(process: subprocess.Popen) -> None:
    """Ends a program with all it started, the hard way where it takes long or the user cannot wait."""
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(GRACE_SECONDS)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(GRACE_SECONDS)
