"""Process groups that stand for machines: started in a directory of their own, and ended for certain.

The process that started a group may die at any time, so all that is needed to end the group is on disk or in its
processes:
``process.json`` in the group's directory names its leader by process id and start time, and every member carries
``LEADLINE_MACHINE``, the directory, in its environment. A process id alone never decides: another
process may have it by now.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKER = "LEADLINE_MACHINE"
RECORD = "process.json"
# Java reads file names as the locale says, and the directory's name may have any letters.
_LOCALE = {"LC_ALL": "C.UTF-8"}
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """A process, told apart from any later one with the same id by when it started (clock ticks since boot)."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        """Whether this very process still runs; one that ended and was not yet waited for does not."""
        found = _read(self.pid)
        return found is not None and found.process == self

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to this very process; does nothing when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if (
                    self.is_alive()
                ):  # checked while the descriptor holds the process that has the id now
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)


@dataclass(frozen=True)
class _Stat:
    process: Process
    group: int
    cpu_seconds: float


def _read(pid: int) -> _Stat | None:
    """One process from /proc, or None when it is gone or a zombie. proc_pid_stat(5) numbers the fields from 1."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[
        text.rindex(")") + 2 :
    ].split()  # the name may hold spaces; what follows is field 3
    if fields[0] in "ZX":
        return None
    cpu = (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
    return _Stat(Process(pid, int(fields[19])), int(fields[2]), cpu)


def _all() -> list[_Stat]:
    pids = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208 - only names are needed
    return [stat for stat in map(_read, pids) if stat]


def this_process() -> Process:
    """The process that asks."""
    return process_with(os.getpid())


def process_with(pid: int) -> Process:
    """The process that has this id now.

    Raises:
        ProcessLookupError: when there is none.
    """
    stat = _read(pid)
    if stat is None:
        raise ProcessLookupError(pid)
    return stat.process


def start(
    command: Sequence[str], folder: Path, environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Starts a group in ``folder`` and records it there. Output goes to the end of ``log``.

    The caller keeps the result and polls it: it reaps the leader.
    """
    with log.open("ab") as output:
        leader = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, **_LOCALE, MARKER: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _await_environment(leader)
    try:
        process = process_with(leader.pid)
    except ProcessLookupError:
        return leader  # ended already; whatever it started carries the marker
    (folder / RECORD).write_text(
        json.dumps({"pid": process.pid, "startTimeTicks": process.started}) + "\n"
    )
    return leader


def _await_environment(leader: subprocess.Popen[bytes]) -> None:
    """Until the environment can be read: the kernel says that a program has begun a moment before that."""
    deadline = time.monotonic() + 1
    while leader.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if environment(leader.pid):
                return
        time.sleep(0.001)  # between two looks at the condition


def recorded(folder: Path) -> Process | None:
    """The leader that was recorded in ``folder``; it may have ended. None without a usable record."""
    try:
        record = json.loads((folder / RECORD).read_text())
        return Process(int(record["pid"]), int(record["startTimeTicks"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a crash may have cut the record short: the marker finds the processes all the same


def members(folders: Iterable[Path]) -> dict[Path, list[Process]]:
    """Living processes of each group: the recorded leader's process group, and every process with the marker."""
    found: dict[Path, list[Process]] = {folder: [] for folder in folders}
    if not found:
        return found
    by_marker = {str(folder): folder for folder in found}
    stats = _all()
    leaders = {leader: folder for folder in found if (leader := recorded(folder))}
    groups = {s.group: leaders[s.process] for s in stats if s.process in leaders}
    for stat in stats:
        folder = groups.get(stat.group) or by_marker.get(_marker(stat.process.pid))
        if folder:
            found[folder].append(stat.process)
    return found


def _marker(pid: int) -> str:
    try:
        return environment(pid).get(MARKER, "")
    except OSError:
        return ""  # gone, or another user's


def environment(pid: int) -> dict[str, str]:
    """The environment with which a process began.

    Raises:
        OSError: when it is gone, or another user's.
    """
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    pairs = (os.fsdecode(variable).partition("=") for variable in variables if variable)
    return {name: value for name, _, value in pairs}


def end(folders: Iterable[Path], grace_seconds: float) -> dict[Path, int]:
    """Ends all groups together: SIGTERM, and SIGKILL for what is left after ``grace_seconds``.

    Returns when nothing of them runs.

    Returns:
        How many processes each group had.

    Raises:
        TimeoutError: when a process survives even SIGKILL for ten seconds (stuck in the kernel).
    """
    wanted = list(folders)
    told: dict[Path, set[Process]] = {folder: set() for folder in wanted}
    deadline = time.monotonic() + grace_seconds
    while True:
        left = {folder: processes for folder, processes in members(wanted).items() if processes}
        if not left:
            return {folder: len(processes) for folder, processes in told.items()}
        killing = time.monotonic() >= deadline
        if time.monotonic() >= deadline + 10:
            pids = sorted(process.pid for processes in left.values() for process in processes)
            raise TimeoutError(f"processes {pids} do not end, even when killed")
        for folder, processes in left.items():
            for process in processes:
                if killing:
                    process.send(signal.SIGKILL)
                elif process not in told[folder]:
                    process.send(signal.SIGTERM)
                told[folder].add(process)
        time.sleep(_POLL_SECONDS)


def cpu_seconds(folders: Iterable[Path]) -> dict[Path, dict[Process, float]]:
    """CPU time, user and system, that each living process of each group has used so far.

    Looks at process groups only, not at the marker: reading every environment would cost CPU time itself.
    """
    leaders = {leader.pid: folder for folder in folders if (leader := recorded(folder))}
    used: dict[Path, dict[Process, float]] = {folder: {} for folder in leaders.values()}
    for stat in _all():
        if stat.group in leaders:
            used[leaders[stat.group]][stat.process] = stat.cpu_seconds
    return used
