"""The emulator's state directory, which one emulator at a time may use."""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from emulator import processes

_GRACE_SECONDS = 5.0


class InUseError(Exception):
    """Another emulator uses the directory; the message says which."""


class State:
    """A state directory.

    ``emulator.lock`` is locked by the emulator that uses it; the system unlocks it however the emulator ends.
    ``emulator.json`` says which one it is, once it is ready. ``machines`` and ``balancers`` hold a directory each for
    every process group. ``calls.log`` has every call that its API got since it started.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.machines = self.folder / "machines"
        self.balancers = self.folder / "balancers"
        self.faults = self.folder / "faults.json"  # its writer removes it
        self.logins = self.folder / "logins.json"  # and this one
        self.calls = self.folder / "calls.log"
        self._info = self.folder / "emulator.json"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Holds the directory, and creates it where it is missing.

        Raises:
            InUseError: when another emulator holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "emulator.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUseError(
                    f"{self.folder} is in use by another emulator{self._who()}; "
                    "stop that one first, or use another --state"
                ) from None
            yield

    def _who(self) -> str:
        try:
            info = json.loads(self._info.read_text())
            return f" (process {int(info['pid'])}, port {int(info['port'])})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def prepare(self) -> None:
        """Makes the directories. The caller holds the state and has cleared it."""
        self.machines.mkdir(exist_ok=True)
        self.balancers.mkdir(exist_ok=True)
        self.calls.write_text("")

    def write_info(self, port: int, notes: list[str]) -> None:
        """Says that this process is ready at ``port``, and what every report of a lab on it must say."""
        process = processes.this_process()
        new = self._info.with_suffix(".new")
        info = {"pid": process.pid, "startTimeTicks": process.started, "port": port, "notes": notes}
        new.write_text(json.dumps(info, indent=2) + "\n")
        new.replace(self._info)

    def remove_info(self) -> None:
        """Removes the note that an emulator is ready."""
        self._info.unlink(missing_ok=True)

    def clear(self) -> list[str]:
        """Ends and removes what a killed emulator left. The caller holds the state.

        Returns:
            What that was, a line each; empty when there was nothing.

        Raises:
            TimeoutError: when a process cannot be ended.
        """
        folders = [
            entry
            for parent in (self.machines, self.balancers)
            if parent.is_dir()
            for entry in sorted(parent.iterdir())
        ]
        ended = processes.end([folder for folder in folders if folder.is_dir()], _GRACE_SECONDS)
        said = []
        for folder in folders:
            kind = "machine" if folder.parent == self.machines else "load balancer"
            count = ended.get(folder, 0)
            said.append(
                f"{kind} {folder.name}: {count} process{'' if count == 1 else 'es'} ended, directory removed"
            )
        for parent in (self.machines, self.balancers):
            if parent.is_dir():
                shutil.rmtree(parent)
            else:
                parent.unlink(missing_ok=True)
        if self._info.exists():
            said.append("emulator.json of an emulator that is gone: removed")
            self.remove_info()
        return said
