"""CPUUtilization of every machine, from what its processes used."""

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
        self._before: dict[Path, tuple[float, dict[processes.Process, float]]] = {}

    def read(self, machines: Iterable[tuple[Instance, Path]]) -> list[Reading]:
        """Utilisation of each machine since the last call; machines seen for the first time are left out.

        A process that ended in between takes what it used since the last look with it.
        """
        folders = {folder: instance for instance, folder in machines}
        used = processes.cpu_seconds(folders)
        now = self._clock()
        readings = []
        for folder, instance in folders.items():
            own = used.get(folder, {})
            before = self._before.get(folder)
            if before and now > before[0]:
                seconds = sum(cpu - before[1].get(process, 0.0) for process, cpu in own.items())
                percent = 100 * seconds / (now - before[0]) / instance.vcpus
                readings.append(Reading(instance, min(percent, 100.0)))
        self._before = {folder: (now, used.get(folder, {})) for folder in folders}
        return readings
