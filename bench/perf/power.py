#!/usr/bin/env python3
"""Counts how often bench calls two servers different: equal ones, and one that is slower by a fixed part.

Two servers of one process answer after 150 ms. What they share varies: each quarter of a second has a factor of its
own, up to 10% more or less, so that every burst varies by itself. The delay is long, so that this machine's own noise
is small beside it. Prints a line for each run. Needs bench/target/bench.jar.
"""

import argparse
import asyncio
import json
import random
import subprocess
import tempfile
import time
from multiprocessing import Pipe, Process
from pathlib import Path

JAR = Path(__file__).resolve().parents[2] / "bench" / "target" / "bench.jar"
DELAY_SECONDS = 0.15
SLOT_SECONDS = 0.25
BETTER_OR_WORSE = {"better", "worse"}


class Noise:
    """A factor for each quarter of a second, the same for all servers."""

    def __init__(self, most: float) -> None:
        self.most = most
        self.random = random.Random(7)  # noqa: S311 - a seed, so that every run has the same noise
        self.slots: dict[int, float] = {}

    def now(self) -> float:
        slot = int(time.monotonic() / SLOT_SECONDS)
        if slot not in self.slots:
            self.slots[slot] = self.random.uniform(1 - self.most, 1 + self.most)
        return self.slots[slot] * self.random.uniform(0.98, 1.02)


def serve(factor: float, most: float, ports) -> None:
    """Two servers until the process ends; the second one takes `factor` times as long."""
    noise = Noise(most)

    async def answer(reader, writer, slower: float) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(DELAY_SECONDS * slower * noise.now())
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The client has what it wanted.
        writer.close()

    async def run() -> None:
        servers = [
            await asyncio.start_server(
                lambda reader, writer, slower=slower: answer(reader, writer, slower),
                "127.0.0.1",
                0,
                backlog=2048,
            )
            for slower in (1, factor)
        ]
        ports.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    asyncio.run(run())


def called(first: int, second: int, rounds: int, seed: int, folder: Path) -> list[str]:
    """The figures in which the second server was called better or worse."""
    command = f"run --path /a --requests 30 --warm-up 1 --rounds {rounds} --seed {seed}"
    balancers = [f"--balancer=first=http://127.0.0.1:{first}"]
    balancers.append(f"--balancer=second=http://127.0.0.1:{second}")
    subprocess.run(
        ["java", "-jar", JAR, *command.split(), *balancers, "--results", folder],
        check=True,
        capture_output=True,
        timeout=300,
    )
    report = json.loads((folder / "latest" / "report.json").read_text())
    return [
        f"{figure['figure']} {figure['outcome']}"
        for verdict in report["findings"]["verdicts"]
        for figure in verdict["figures"]
        if verdict["candidate"] == "second" and figure["outcome"] in BETTER_OR_WORSE
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--factor", type=float, default=1.1, help="of the slower server (1.1)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--noise", type=float, default=0.1, help="most, of a quarter of a second")
    options = parser.parse_args()
    ports, sending = Pipe(duplex=False)
    servers = Process(target=serve, args=(options.factor, options.noise, sending))
    servers.start()
    try:
        first, second = ports.recv()
        found = 0
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(1, options.seeds + 1):
                figures = called(first, second, options.rounds, seed, Path(folder))
                found += bool(figures)
                print(f"seed {seed}: {', '.join(figures) or 'no difference'}", flush=True)
        print(f"called different: {found} of {options.seeds}")
    finally:
        servers.terminate()
        servers.join()


if __name__ == "__main__":
    main()
