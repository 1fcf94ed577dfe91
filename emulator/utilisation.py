"""CPUUtilization of every machine: what its processes used, and the time for which its application stood in for work.

Machines share a laptop's cores, so their application waits instead of working (instance_types.py). What it waits is CPU
time of the machine that the instance would be; it adds that up in a file.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from emulator import processes
from emulator.account import Instance


@dataclass(frozen=True)
class Reading:
    """A machine's utilisation over the last interval, in percent of its vCPUs, 0 to 100."""

    instance: Instance
    percent: float


class CpuMeter:
    """Turns CPU times that only grow into utilisation between one look and the next. Not thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Creates a meter.

        Args:
            clock: seconds, monotonic.
        """
        self._clock = clock
        self._before: dict[Path, tuple[float, dict[processes.Process, float], float]] = {}

    def read(self, machines: Iterable[tuple[Instance, Path]]) -> list[Reading]:
        """Utilisation of each machine since the last call; machines seen for the first time are left out.

        A process that ended in between takes what it used since the last look with it.
        """
        folders = {folder: instance for instance, folder in machines}
        used = processes.cpu_seconds(folders)
        now = self._clock()
        readings = []
        busy = {folder: _busy_seconds(folder) for folder in folders}
        for folder, instance in folders.items():
            own = used.get(folder, {})
            before = self._before.get(folder)
            if before and now > before[0]:
                seconds = sum(cpu - before[1].get(process, 0.0) for process, cpu in own.items())
                # an application that was started anew began again at zero
                seconds += busy[folder] - (before[2] if busy[folder] >= before[2] else 0.0)
                percent = 100 * seconds / (now - before[0]) / instance.vcpus
                readings.append(Reading(instance, min(percent, 100.0)))
        self._before = {folder: (now, used.get(folder, {}), busy[folder]) for folder in folders}
        return readings


def busy_file(folder: Path) -> Path:
    """Where the application of a machine adds up, in eight bytes, the seconds for which it stood in for work."""
    return folder / "busy-seconds"


def _busy_seconds(folder: Path) -> float:
    try:
        return struct.unpack("d", busy_file(folder).read_bytes())[0]
    except (OSError, struct.error):
        return 0.0  # the machine has no such application, or it has not begun yet
