"""Runs the built balancer with a heap of 256 MB under load and churn, and says what was lost and what was left behind.

    python -m e2e.soak [--minutes 30] [--jar balancer/target/balancer.jar] [--seed N]

Four targets are processes. Every three seconds one of them is killed and started again, frozen for a while, or replaced
by another on another port; the configuration is reloaded every ten seconds. Clients send small requests, downloads,
uploads, WebSockets and HTTP/2, and some leave in the middle. It fails if a request was lost that the balancer could
have repeated, if a transfer broke off without a target that was killed or replaced, or if at the end the heap, the
descriptors or the connections are not those of the beginning.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.soak.clients import EVERYBODY, Tally

JAR = Path("balancer/target/balancer.jar")
TARGETS = 4
PREPARE_SECONDS = 20.0  # what a balancer takes once, such as compiled code and buffers, is no leak
CHURN_SECONDS = 3.0
RELOAD_SECONDS = 10.0
SAY_SECONDS = 10.0
QUIET_SECONDS = 120.0
HEAP_SLACK_BYTES = 4 << 20
DESCRIPTOR_SLACK = 4


@dataclass(frozen=True)
class Left:
    """What the balancer holds when nobody asks anything of it."""

    heap_bytes: int
    descriptors: int
    connections: int
    in_flight: int


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Target:
    """One target process."""

    def __init__(self, number: int) -> None:
        self.id = f"t{number}"
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "e2e.soak.target", str(self.port)]
        self.process = subprocess.Popen(command)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Balancer:
    """The balancer, its configuration, and its targets."""

    def __init__(self, folder: Path, jar: Path) -> None:
        self.port, self.admin_port = free_port(), free_port()
        self.file = folder / "balancer.yaml"
        self.log = folder / "balancer.log"
        self.targets = [Target(number) for number in range(TARGETS)]
        self.configure()
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "-jar", str(jar), "serve", "--config", str(self.file)],
                stdout=log,
                stderr=log,
            )

    def configure(self) -> None:
        """Writes the file; the names of targets are those of their ports, so that a new one is another."""
        group = {
            "name": "soak",
            "healthCheck": {"path": "/health", "interval": "1s", "timeout": "1s"},
            "budget": {"perRequest": 1, "perSecond": 1000},
            "targets": [
                {"id": f"{it.id}-{it.port}", "address": "127.0.0.1", "port": it.port}
                for it in self.targets
            ],
        }
        whole = {
            "listener": {"host": "127.0.0.1", "port": self.port},
            "admin": {"port": self.admin_port},
            "connections": {"keepAlive": "2s"},
            "accessLog": {"file": str(self.file.with_name("access.log"))},
            "targetGroups": [group],
            "rules": [{"paths": ["/*"], "forward": "soak"}],
        }
        self.file.write_text(json.dumps(whole))

    def admin(self, path: str, method: str = "GET") -> str:
        url = f"http://127.0.0.1:{self.admin_port}{path}"
        request = urllib.request.Request(url, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.read().decode()

    async def reload(self) -> None:
        await asyncio.to_thread(self.admin, "/reload", "POST")

    def status(self) -> dict:
        return json.loads(self.admin("/status"))

    def are_all_healthy(self) -> bool:
        (group,) = self.status()["targetGroups"]
        return all(it["health"] == "healthy" for it in group["targets"])

    def left(self) -> Left:
        """Live objects only: jcmd collects before it counts."""
        pid = self.process.pid
        found = subprocess.run(
            ["jcmd", str(pid), "GC.class_histogram"], capture_output=True, text=True, check=True
        ).stdout
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        status = self.status()
        return Left(
            int(re.search(r"^Total +\d+ +(\d+)", found, re.MULTILINE)[1]),
            descriptors,
            status["clientConnections"],
            status["requestsInFlight"],
        )

    def memory_mebibytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for target in self.targets:
            target.end()


async def until(what: str, seconds: float, holds: Callable[[], bool]) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(0.2)


async def churn(balancer: Balancer, tally: Tally, chance: random.Random, done: Counter) -> None:
    """Troubles one target after the other; the next one only when all are healthy again."""
    while not tally.stopping:
        await asyncio.sleep(CHURN_SECONDS)
        await until("all targets are healthy", QUIET_SECONDS, balancer.are_all_healthy)
        target = chance.choice(balancer.targets)
        trouble = chance.choice(["killed", "frozen", "replaced"])
        done[trouble] += 1
        if trouble == "killed":
            target.end()
            await asyncio.sleep(chance.uniform(0, 3))
            target.start()
        elif trouble == "frozen":
            target.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(0.5, 4))
            target.process.send_signal(signal.SIGCONT)
        else:
            place = balancer.targets.index(target)
            balancer.targets[place] = Target(place)
            balancer.configure()
            await balancer.reload()
            await asyncio.sleep(2)
            target.end()


async def reloads(balancer: Balancer, tally: Tally, done: Counter) -> None:
    while not tally.stopping:
        await asyncio.sleep(RELOAD_SECONDS)
        await balancer.reload()
        done["reloaded"] += 1


async def progress(balancer: Balancer, tally: Tally, done: Counter, begin: float) -> None:
    while not tally.stopping:
        await asyncio.sleep(SAY_SECONDS)
        print(
            f"{time.monotonic() - begin:5.0f} s  {tally.done.total()} requests, {tally.lost.total()} lost,"
            f" {tally.broken.total()} broken off; {dict(done)}; {balancer.memory_mebibytes()} MB",
            flush=True,
        )


async def load(balancer: Balancer, seconds: float, tally: Tally, chance: random.Random) -> Counter:
    """All clients and all churn for so long, and then quiet."""
    done: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        for client, number in EVERYBODY.items():
            for _ in range(number):
                group.create_task(client(tally, balancer.port))
        group.create_task(churn(balancer, tally, chance, done))
        group.create_task(reloads(balancer, tally, done))
        group.create_task(progress(balancer, tally, done, time.monotonic()))
        await asyncio.sleep(seconds)
        tally.stopping = True
    await until("all targets are healthy", QUIET_SECONDS, balancer.are_all_healthy)
    await until(
        "no client is connected",
        QUIET_SECONDS,
        lambda: balancer.status()["clientConnections"] == 0,
    )
    await asyncio.sleep(5)  # idle connections to targets are kept for 2 s
    return done


def faults(before: Left, after: Left, tally: Tally, done: Counter) -> list[str]:
    """What must not be."""
    found = [f"lost {times} times: {what}" for what, times in tally.lost.most_common(20)]
    # A transfer that is on its way when its target dies cannot be saved: at most all of them each time.
    most = (done["killed"] + done["replaced"]) * sum(EVERYBODY.values())
    if tally.broken.total() > most:
        found.append(f"{tally.broken.total()} broken off, with {dict(done)}")
    if after.heap_bytes > before.heap_bytes + HEAP_SLACK_BYTES:
        found.append(f"the heap grew from {before.heap_bytes} to {after.heap_bytes} bytes")
    if after.descriptors > before.descriptors + DESCRIPTOR_SLACK:
        found.append(f"descriptors grew from {before.descriptors} to {after.descriptors}")
    if after.connections or after.in_flight:
        found.append(f"left behind: {after}")
    return found


async def soak(given: argparse.Namespace, folder: Path) -> list[str]:
    chance = random.Random(given.seed)  # noqa: S311 - a load, no secret
    balancer = Balancer(folder, given.jar)
    try:
        await until("the balancer is ready", 180, lambda: is_ready(balancer))
        await until("all targets are healthy", QUIET_SECONDS, balancer.are_all_healthy)
        await load(balancer, PREPARE_SECONDS, Tally(), chance)
        before = balancer.left()
        print(f"at the beginning: {before}", flush=True)
        tally = Tally()
        done = await load(balancer, given.minutes * 60, tally, chance)
        after = balancer.left()
        print(f"at the end: {after}")
        print(f"requests: {dict(tally.done)}\nchurn: {dict(done)}")
        for what, times in tally.broken.most_common():
            print(f"broken off {times} times: {what}")
        return faults(before, after, tally, done)
    finally:
        balancer.end()
        print(balancer.log.read_text()[-3000:] if given.show_log else "", end="")


def is_ready(balancer: Balancer) -> bool:
    if balancer.process.poll() is not None:
        raise RuntimeError(f"the balancer ended: {balancer.log.read_text()}")
    try:
        return balancer.admin("/ready") == "ready\n"
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--jar", type=Path, default=JAR)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2)))
    parser.add_argument("--show-log", action="store_true", help="the end of the balancer's log")
    given = parser.parse_args()
    print(f"soak of {given.minutes:g} minutes, seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(soak(given, Path(folder)))
    for fault in found:
        print(f"FAULT {fault}")
    print("the soak failed" if found else "nothing lost, nothing left behind")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
