"""The emulator's process: started in the background for a local lab, ended with it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from lab import console
from lab.commands import last_lines, run
from lab.errors import LabError
from lab.machine import prerequisites
from lab.profile import ROOT, Profile

START_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.2
ANSWER_SECONDS = 10


def _announcement(profile: Profile) -> dict:
    """What the emulator wrote when it became ready; empty where there is none."""
    try:
        return json.loads((profile.state / "emulator.json").read_text())
    except (OSError, ValueError):
        return {}


def process_id(profile: Profile) -> int | None:
    """The running emulator of this checkout, or None."""
    pid = _announcement(profile).get("pid")
    # A dev container shares this folder with its host, where no emulator can run.
    if not pid or not prerequisites.has_local_lab():
        return None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # The id may be another process's by now: it must still be an emulator with this state directory.
    ours = b"emulator" in command and str(profile.state).encode() in command
    return pid if ours else None


def port(profile: Profile) -> int | None:
    """The port the running emulator listens on."""
    return _announcement(profile).get("port") if process_id(profile) else None


def notes(profile: Profile) -> list[str]:
    """What every report of a lab on this emulator must say about it."""
    return list(_announcement(profile).get("notes", []))


def start(profile: Profile, *, service_times: bool) -> None:
    """Starts the emulator and waits until it is ready.

    Raises:
        LabError: when it does not become ready; the message has the end of its log.
    """
    profile.state.mkdir(parents=True, exist_ok=True)
    log = profile.state / "emulator.log"
    command = [sys.executable, "-m", "emulator", "serve", "--port", str(profile.port)]
    command += ["--state", str(profile.state)]
    if not service_times:
        command.append("--no-service-times")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=profile.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at deploy.sh is not meant for it
        )
    try:
        _await_ready(profile, process, log)
    except BaseException:
        process.terminate()  # it ends what it started; where it has ended already, this is nothing
        raise


def _await_ready(profile: Profile, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while _announcement(profile).get("pid") != process.pid:
        if process.poll() is not None:
            raise LabError(f"the emulator did not start:\n\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise LabError(
                f"the emulator was not ready in {START_SECONDS} s; the end of {log}:\n\n{last_lines(log)}"
            )
        time.sleep(POLL_SECONDS)


def answers(profile: Profile) -> bool:
    """Whether the emulator that runs answers its API."""
    try:
        with closing(socket.create_connection(("127.0.0.1", profile.port), ANSWER_SECONDS)) as link:
            link.settimeout(ANSWER_SECONDS)
            link.sendall(b"GET /moto-api/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return link.recv(16).startswith(b"HTTP/")
    except OSError:
        return False


def clear(profile: Profile) -> None:
    """Ends what an emulator that was killed left running, and says what that was."""
    if not profile.state.exists():
        return
    log = profile.state / "clear.log"
    run(
        "clearing what an earlier run left",
        [sys.executable, "-m", "emulator", "clear", "--state", str(profile.state)],
        profile.environment(),
        log,
    )
    found = [line for line in log.read_text().splitlines() if "nothing to clear" not in line]
    if found:
        console.say(f"  ok  cleared what a crashed run left: {len(found)} items, listed in {log}")


def stop(profile: Profile) -> None:
    """Ends the emulator, and with it all machines."""
    pid = process_id(profile)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while not _has_ended(pid):  # its announcement goes before it does
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            return
        time.sleep(POLL_SECONDS)


def _has_ended(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
