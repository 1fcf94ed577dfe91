"""Balancers with one policy each, side by side on this machine, in front of the targets of the local lab."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.commands import end_group
from lab.errors import USAGE, LabError
from lab.machine.prerequisites import java
from lab.profile import ROOT, Profile
from lab.running import labfile

JAR = ROOT / "balancer" / "target" / "balancer.jar"
APP_PORT = 8000  # infra's Network
READY_SECONDS = 60
POLL_SECONDS = 0.2
MOST = 4  # as many colours as a report has
# As on the balancer's instance (userdata/balancer.sh).
JVM_OPTIONS = ("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC")
HEALTH_CHECK = {
    "path": "/health",
    "interval": "5s",
    "timeout": "2s",
    "healthyThreshold": 2,
    "unhealthyThreshold": 2,
}  # infra's Profile


def names(text: str) -> list[str]:
    """The policies of a list with commas.

    Raises:
        ValueError: when there are none, one twice, or too many.
    """
    found = [name.strip() for name in text.split(",")]
    if not all(found) or len(set(found)) < len(found) or len(found) > MOST:
        raise ValueError(
            f"'{text}' is no list of one to {MOST} different policies, with commas between"
        )
    return found


@contextlib.contextmanager
def side_by_side(profile: Profile, lab: dict[str, Any], policies: list[str]) -> Iterator[Path]:
    """Starts a balancer for each policy, and ends them again.

    Returns:
        A lab file in which these are the balancers.

    Raises:
        LabError: when the lab is in an account, or a balancer does not start.
    """
    if not profile.is_local:
        raise LabError(
            "--policies is for the local lab: the targets of an account cannot be reached from this machine",
            USAGE,
        )
    folder = profile.state / "policies"
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.ExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        urls = {policy: _start(folder / policy, policy, lab, running) for policy in policies}
        described = {
            **lab,
            "balancers": [{"name": name, "title": name, "url": url} for name, url in urls.items()],
            "notes": [
                *(note for note in lab["notes"] if "Load Balancer" not in note),
                "The balancers are Leadline with one policy each, all on this machine.",
            ],
            "settings": {},
        }
        file = folder / "lab.json"
        labfile.write_to(file, described)
        yield file


def configuration(policy: str, lab: dict[str, Any], port: int, admin: int) -> dict[str, Any]:
    """The balancer's configuration: a group of targets for each measured path."""
    addresses = {target["id"]: target["address"] for target in lab["targets"]}
    first = lab["targets"][0]["address"]
    return {
        "listener": {"host": "127.0.0.1", "port": port},
        "admin": {"host": "127.0.0.1", "port": admin},
        "warmUp": {
            "url": f"http://{first}:{APP_PORT}/health",
            "requests": 3000,
            "beforeListening": True,
        },
        "targetGroups": [
            {
                "name": path["path"].strip("/"),
                "policy": policy,
                "healthCheck": HEALTH_CHECK,
                "targets": [
                    {"id": id_, "address": addresses[id_], "port": APP_PORT}
                    for id_ in path["targets"]
                ],
            }
            for path in lab["paths"]
        ],
        "rules": [
            {"paths": [path["path"], path["path"] + "/*"], "forward": path["path"].strip("/")}
            for path in lab["paths"]
        ],
    }


def _start(folder: Path, policy: str, lab: dict[str, Any], running: contextlib.ExitStack) -> str:
    folder.mkdir(parents=True)
    port, admin = _free_ports(2)
    file, log = folder / "balancer.json", folder / "balancer.log"
    file.write_text(json.dumps(configuration(policy, lab, port, admin), indent=2) + "\n")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [java("java"), *JVM_OPTIONS, "-jar", str(JAR), "serve", "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    running.callback(end_group, process)
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(admin):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise LabError(f"no balancer with the policy {policy}: {said[0]}")
        time.sleep(POLL_SECONDS)
    return f"http://127.0.0.1:{port}"


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as bound:
        sockets = [
            bound.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [it.getsockname()[1] for it in sockets]


def _is_ready(admin: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{admin}/ready", timeout=1):
            return True
    except OSError:
        return False
