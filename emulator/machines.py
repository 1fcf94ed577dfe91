"""Instances of the emulated account as real processes: what is running in the API runs."""

import contextlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from emulator import instance_types, processes, utilisation
from emulator.account import Instance

LIFECYCLE = "target-lifecycle-state"
"""The file that stands for the metadata path ``autoscaling/target-lifecycle-state``."""
GRACE_SECONDS = 5.0
"""How long a stopped machine's services may take to end."""

# The machine's first process: runs the user data, leaves its status, and stays, so that the group has a leader that
# is known by process id and start time for as long as the machine is up.
_INIT = """
bash -euo pipefail user-data.sh >>user-data.log 2>&1
echo $? >user-data.status.new
mv user-data.status.new user-data.status
exec sleep infinity
"""
_LAST_LINES = 5
_WORK = re.compile(r"^WORK_MILLIS='(\d+)'$", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """What machines are given of this machine."""

    endpoint: str
    python: str
    java: str
    service_times: bool


class Machines:
    """All machines below one directory. Not thread-safe: the reconciler alone uses it."""

    def __init__(self, folder: Path, settings: Settings, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._settings = settings
        self._say = say
        self._leaders: dict[str, subprocess.Popen[bytes]] = {}
        self._zones: dict[str, str] = {}
        self._reported: set[str] = set()

    def folder_of(self, instance_id: str) -> Path:
        """Where a machine lives."""
        return self._folder / instance_id

    def apply(
        self, instances: Iterable[Instance], lost_zones: frozenset[str] = frozenset()
    ) -> None:
        """Makes it true: ends what should not run, removes what is no more, boots what should run.

        Ends come before starts, because a replaced instance may have left its address to its successor. What a lost
        zone ends gets no SIGTERM.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = {instance.id: instance for instance in instances}
        running = {id_ for id_, it in wanted.items() if it.running and it.zone not in lost_zones}
        ending = [id_ for id_ in self._leaders if id_ not in running]
        lost = [id_ for id_ in ending if self._zones[id_] in lost_zones]
        processes.end(map(self.folder_of, lost), 0)
        processes.end(
            map(self.folder_of, (id_ for id_ in ending if id_ not in lost)), GRACE_SECONDS
        )
        for id_ in ending:
            self._leaders.pop(id_).wait()
            del self._zones[id_]
            if id_ in wanted:
                self._write_state(wanted[id_], "lost" if id_ in lost else "stopped")
        for folder in self._folder.iterdir():
            if folder.name not in wanted:
                shutil.rmtree(folder)
        for id_, instance in wanted.items():
            if id_ in running and id_ not in self._leaders:
                self._boot(instance)
            elif id_ in running:
                self._write_lifecycle(instance)
                self._follow(instance)

    def end_all(self) -> None:
        """Ends every machine and removes its directory."""
        self.apply(())

    def is_booting(self) -> bool:
        """Whether some machine's user data has not ended yet."""
        return any(id_ not in self._reported for id_ in self._leaders)

    def running(self) -> list[str]:
        """Ids of the machines that run."""
        return list(self._leaders)

    def _boot(self, instance: Instance) -> None:
        """Runs the user data, at every boot.

        EC2 runs it at the first boot only, and systemd brings the services back at later ones. Here there is no
        systemd: the script, which is safe to run twice, stands in for it.
        """
        folder = self.folder_of(instance.id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "user-data.status").unlink(missing_ok=True)
        (folder / "user-data.sh").write_text(instance.user_data)
        (folder / "user-data.sh").chmod(0o700)
        self._reported.discard(instance.id)
        log = folder / "user-data.log"
        if not _is_loopback(instance.address):
            log.write_text(
                f"address {instance.address} cannot be used on this machine: the VPC's range must lie in 127.0.0.0/8\n"
            )
            (folder / "user-data.status").write_text("1\n")
        self._write_state(instance, "booting")
        self._write_lifecycle(instance)
        self._zones[instance.id] = instance.zone
        self._leaders[instance.id] = processes.start(
            ["bash", "-c", _INIT if _is_loopback(instance.address) else "exec sleep infinity"],
            folder,
            self._environment(instance),
            log,
        )

    def _follow(self, instance: Instance) -> None:
        """Prints once how the user data ended."""
        if instance.id in self._reported:
            return
        folder = self.folder_of(instance.id)
        try:
            status = int((folder / "user-data.status").read_text())
        except (FileNotFoundError, ValueError):
            if self._leaders[instance.id].poll() is None:
                return
            status = self._leaders[instance.id].returncode
        self._reported.add(instance.id)
        if status == 0:
            self._write_state(instance, "running", exitStatus=0)
            return
        log = folder / "user-data.log"
        last = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        self._write_state(instance, "failed", exitStatus=status, lastLines=last)
        name = instance.tags.get("Name", instance.type)
        self._say(
            f"{instance.id} ({name}): user data failed with status {status}: "
            f"{last[-1] if last else 'it printed nothing'}; see {log}"
        )

    def _write_state(self, instance: Instance, state: str, **more: object) -> None:
        content = {"id": instance.id, "address": instance.address, "state": state, **more}
        path = self.folder_of(instance.id) / "machine.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(content, indent=2) + "\n")
        new.replace(path)

    def _write_lifecycle(self, instance: Instance) -> None:
        """Tells a member of an Auto Scaling group what the group wants it to be."""
        path = self.folder_of(instance.id) / LIFECYCLE
        if instance.lifecycle is None or (
            path.is_file() and path.read_text() == instance.lifecycle
        ):
            return
        new = path.with_suffix(".new")
        new.write_text(instance.lifecycle)
        new.replace(path)

    def _environment(self, instance: Instance) -> dict[str, str]:
        """The environment of docs/lab.md, and of this process only what programs need to run at all."""
        settings = self._settings
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "TZ", "TMPDIR", "JAVA_HOME", "USER")
            if name in os.environ
        }
        environment = {
            **kept,
            **aws_environment(
                settings.endpoint, instance.region, instance.tags.get("leadline:role")
            ),
            "LEADLINE_INSTANCE_ID": instance.id,
            "LEADLINE_INSTANCE_TYPE": instance.type,
            "LEADLINE_PRIVATE_ADDRESS": instance.address,
            "LEADLINE_PYTHON": settings.python,
            "LEADLINE_JAVA": settings.java,
        }
        if "leadline:policy" in instance.tags:
            environment["LEADLINE_POLICY"] = instance.tags["leadline:policy"]
        work = _WORK.search(instance.user_data)
        if work and instance.tags.get("leadline:role") == "target":
            environment["LEADLINE_SERVICE_CONCURRENCY"] = str(instance.vcpus)
            millis = instance_types.service_millis(instance.type, int(work[1]))
            if settings.service_times and millis:
                environment["LEADLINE_SERVICE_MILLIS"] = str(millis)
                environment["LEADLINE_BUSY_FILE"] = str(
                    utilisation.busy_file(self.folder_of(instance.id))
                )
        return environment


def aws_environment(endpoint: str, region: str, role: str | None) -> dict[str, str]:
    """Leads every AWS SDK to the emulator, with keys that are worth nothing anywhere else.

    The key id says whose calls they are (``calls.log``), as the instance's role does on AWS.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "LEADLINE" + (role or "machine").upper(),
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _is_loopback(address: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return False


def default_python() -> str:
    """The interpreter that runs this: .leadline/venv has FastAPI and uvicorn for the targets too."""
    return sys.executable
