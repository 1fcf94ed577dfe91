#!/usr/bin/env python3
"""Compares balancers that tell each other what they have in flight with the same balancers alone.

    exchange.py [--rounds 8] [--seconds 15] [--balancers 6] [--load 0.8] [--millis 40] [--equal] [--jar PATH]

So many balancers, each a process, stand before eight targets that serve one request at a time in --millis (exponential,
seeded; they sleep, so that all fit on two cores); one of them takes four times as long, without --equal. Requests come
as a Poisson process at a share of what the targets can serve, each at a balancer drawn by lot, and are timed from when
they were due. The same requests go to balancers with and without exchange, in an order that changes with every round.
Printed are p50 and p99 of each, the ratio with over without round by round as mean with the half of its 95% interval,
and what the balancers' processes used of a core. What fails or takes five seconds counts as 5000 ms.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import peers
from policies import DEADLINE_SECONDS, OK, connectable, percentile

FIRST_TARGET = 18301
FIRST_BALANCER = 18321
FIRST_ADMIN = 18341
FIRST_PEER = 18361
TARGETS = 8
SLOWER = 4
WARM_UP_SECONDS = 6.0
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}


async def target(number: int, seconds: float) -> None:
    """One target, in a process of its own."""
    room = asyncio.Semaphore(1)
    draw = random.Random(number)  # noqa: S311

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"GET /health"):
                    async with room:
                        await asyncio.sleep(draw.expovariate(1 / seconds))
                writer.write(OK)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", FIRST_TARGET + number, backlog=1024)
    await server.serve_forever()


class Client:
    """Sends requests over connections that are kept, as many to each balancer as are needed at a time."""

    def __init__(self) -> None:
        self.idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def get(self, port: int) -> bool:
        idle = self.idle.setdefault(port, [])
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        idle.append((reader, writer))
        return head.startswith(b"HTTP/1.1 200")

    async def timed(self, due: float, port: int) -> float:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(DEADLINE_SECONDS):
                if await self.get(port):
                    return (time.perf_counter() - due) * 1000
        return DEADLINE_SECONDS * 1000

    def close(self) -> None:
        for connections in self.idle.values():
            for _, writer in connections:
                writer.close()


async def load(seconds: float, per_second: float, balancers: int, seed: int) -> list[float]:
    draw = random.Random(seed)  # noqa: S311
    client = Client()
    due = start = time.perf_counter()
    running = []
    while (due := due + draw.expovariate(per_second)) < start + seconds:
        port = FIRST_BALANCER + draw.randrange(balancers)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.create_task(client.timed(due, port)))
    times = await asyncio.gather(*running)
    client.close()
    return times


def command(number: int, balancers: int, jar: Path, directory: Path, exchange: bool) -> list[str]:
    config = directory / f"balancer-{number}.yaml"
    targets = "".join(
        f"      - {{id: t{n}, address: 127.0.0.1, port: {FIRST_TARGET + n}}}\n"
        for n in range(TARGETS)
    )
    members = ", ".join(f"'127.0.0.1:{FIRST_PEER + n}'" for n in range(balancers))
    exchanging = (
        f"peers: {{host: 127.0.0.1, port: {FIRST_PEER + number}, secretFile: {directory}/secret,"
        f" members: [{members}]}}\n"
    )
    config.write_text(
        f"listener: {{host: 127.0.0.1, port: {FIRST_BALANCER + number}}}\n"
        f"admin: {{port: {FIRST_ADMIN + number}}}\n"
        + (exchanging if exchange else "")
        + f"targetGroups:\n  - name: g\n    policy: leadline\n    targets:\n{targets}"
        "rules: [{paths: ['*'], forward: g}]\n"
    )
    java = ["java", "-XX:+UseSerialGC", "-Xmx96m", "-jar", str(jar)]
    return [*java, "serve", "--config", str(config)]


def used(balancers: int) -> float:
    """How many other balancers each one hears, on average."""
    total = 0.0
    for number in range(balancers):
        url = f"http://127.0.0.1:{FIRST_ADMIN + number}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        total += sum(float(it.split()[1]) for it in lines if it.startswith("leadline_peers_used "))
    return total / balancers


async def run(
    exchange: bool, args: argparse.Namespace, seed: int, directory: Path
) -> tuple[list[float], float]:
    seconds = [args.millis / 1000] * TARGETS
    if not args.equal:
        seconds[0] *= SLOWER
    processes = [
        subprocess.Popen([sys.executable, __file__, "--target", str(n), "--seconds", str(each)])
        for n, each in enumerate(seconds)
    ]
    (directory / "secret").write_text("a-secret-for-one-comparison\n")
    balancers = []
    try:
        with (directory / "balancers.log").open("w") as log:
            for number in range(args.balancers):
                line = command(number, args.balancers, args.jar, directory, exchange)
                balancers.append(
                    subprocess.Popen(line, stdout=log, stderr=log, start_new_session=True)
                )
        for number in range(args.balancers):
            await connectable(FIRST_BALANCER + number)
        per_second = args.load * sum(1 / each for each in seconds)
        await load(WARM_UP_SECONDS, per_second, args.balancers, 1)
        before = [peers.cpu_seconds(it.pid) for it in balancers]
        begin = time.perf_counter()
        times = await load(args.seconds, per_second, args.balancers, seed)
        elapsed = time.perf_counter() - begin
        cpu = sum(peers.cpu_seconds(it.pid) - at for it, at in zip(balancers, before, strict=True))
        heard = await asyncio.to_thread(used, args.balancers)
        if exchange and heard < (args.balancers - 1) / 2:
            raise SystemExit(f"exchange.py: each balancer hears {heard:.1f} others only")
        if any(it.poll() is not None for it in balancers):
            raise SystemExit((directory / "balancers.log").read_text()[-2000:])
        return times, cpu / elapsed / args.balancers
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for balancer in balancers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(balancer.pid, signal.SIGKILL)
            balancer.wait()


def ratio(pairs: list[tuple[float, float]]) -> str:
    each = [with_exchange / without for with_exchange, without in pairs]
    if len(each) < 2:
        return f"{each[0]:.2f}"
    half = T_95.get(len(each), 2.2) * statistics.stdev(each) / len(each) ** 0.5
    return f"{statistics.mean(each):.2f} ± {half:.2f}"


async def compare(args: argparse.Namespace) -> None:
    results: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as directory:
        for number in range(args.rounds):
            for exchange in (True, False) if number % 2 else (False, True):
                times, cpu = await run(exchange, args, 100 + number, Path(directory))
                figures = (percentile(times, 0.5), percentile(times, 0.99), 1000 * cpu)
                results[exchange].append(figures)
                print(
                    f"round {number + 1}, {'with' if exchange else 'without'}: p50 {figures[0]:.0f},"
                    f" p99 {figures[1]:.0f} ms, {figures[2]:.0f} ms of a core each second",
                    file=sys.stderr,
                )
    print("| | without | with | with over without |\n|---|--:|--:|--:|")
    for place, name in enumerate(("p50 ms", "p99 ms", "CPU of a balancer, ms a second")):
        columns = {
            exchange: [figures[place] for figures in results[exchange]] for exchange in results
        }
        print(
            f"| {name} | {statistics.median(columns[False]):.0f} | {statistics.median(columns[True]):.0f} |"
            f" {ratio(list(zip(columns[True], columns[False], strict=True)))} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--balancers", type=int, default=6)
    parser.add_argument(
        "--load", type=float, default=0.8, help="share of what the targets can serve"
    )
    parser.add_argument("--millis", type=float, default=40, help="mean time of a request")
    parser.add_argument("--equal", action="store_true", help="eight targets of one kind")
    parser.add_argument(
        "--jar", type=Path, default=Path(__file__).parent.parent / "target" / "balancer.jar"
    )
    parser.add_argument("--target", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.target is not None:
        asyncio.run(target(args.target, args.seconds))
        return
    if not args.jar.is_file():
        parser.error(f"{args.jar} is missing: mvn package -DskipTests -pl routing,balancer")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(compare(args))


if __name__ == "__main__":
    main()
