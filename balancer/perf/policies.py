#!/usr/bin/env python3
"""Compares what clients see behind uneven and failing targets: Leadline's policies, HAProxy, nginx, Envoy and Caddy.

    policies.py [--rounds 5] [--seconds 12] [--load 0.7] [--policy NAME]... [--situation NAME]... [--jar PATH] [--equal]

NAME is a policy of Leadline (leadline:2 with two event loops), or haproxy, nginx, envoy or caddy: each with the policy
that counts requests in flight, a health check every second, one retry, and what it has against targets that fail.
Four targets serve two requests at a time in 20 ms each, five serve one in 40 ms (exponential, seeded); they sleep, so
that nine fit on two cores. Requests arrive as a Poisson process at a share of what the targets can serve, whether or
not earlier ones were answered, and are timed from when they were due. In each round every policy meets every situation
in shuffled order, with a fresh balancer: all well, one large target eight times slower, one frozen (SIGSTOP), one
failing at once, each from a third to two thirds of the run. What fails or
takes five seconds counts as 5000 ms. Printed are medians over the rounds, with least and most. With --equal all nine
targets are like the first four.
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
from pathlib import Path

import peers
from peers import Setup

POLICIES = ["leadline", "least_outstanding_requests", "haproxy", "nginx", "envoy", "caddy"]
SITUATIONS = ["all well", "one 8 times slower", "one frozen", "one fails at once"]
TARGETS = [(2, 0.020)] * 4 + [(1, 0.040)] * 5
EQUAL = TARGETS[:1] * 9
FIRST_PORT = 18201
BALANCER_PORT = 18200
DEADLINE_SECONDS = 5.0
WARM_UP_SECONDS = 4.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Failed\r\nContent-Length: 2\r\n\r\nno"


async def target(number: int, kind: tuple[int, float]) -> None:
    """One target, in a process of its own; what stands on its standard input makes it slow, bad or well."""
    workers, seconds = kind
    room = asyncio.Semaphore(workers)
    draw = random.Random(number)  # noqa: S311
    state = {"mode": "well"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if state["mode"] == "bad":
                    writer.write(FAILED)
                    continue
                if not head.startswith(b"GET /health"):
                    async with room:
                        slower = 8 if state["mode"] == "slow" else 1
                        await asyncio.sleep(slower * draw.expovariate(1 / seconds))
                writer.write(OK)
        writer.close()

    await asyncio.start_server(serve, "127.0.0.1", FIRST_PORT + number, backlog=1024)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    while line := await orders.readline():
        state["mode"] = line.decode().strip()


class Client:
    """Sends requests over connections that are kept, as many as are needed at a time."""

    def __init__(self) -> None:
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self) -> bool:
        if self.idle:
            reader, writer = self.idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", BALANCER_PORT)
        try:
            writer.write(b"GET /mixed HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        self.idle.append((reader, writer))
        return head.startswith(b"HTTP/1.1 200")

    async def timed(self, due: float) -> float:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                if await self.get():
                    return (time.perf_counter() - due) * 1000
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        return DEADLINE_SECONDS * 1000


async def load(seconds: float, per_second: float, seed: int) -> list[float]:
    """Times in milliseconds of a Poisson process, from when each request was due."""
    draw = random.Random(seed)  # noqa: S311
    client = Client()
    due = start = time.perf_counter()
    running = []
    while (due := due + draw.expovariate(per_second)) < start + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.create_task(client.timed(due)))
    times = await asyncio.gather(*running)
    for _, writer in client.idle:
        writer.close()
    return times


def command(contender: str, jar: Path, directory: Path, targets: int) -> list[str]:
    """The command line of a balancer: of a peer, or of Leadline with this policy."""
    policy, _, loops = contender.partition(":")
    setup = Setup(
        directory,
        [FIRST_PORT + n for n in range(targets)],
        access_log=False,
        health_path="/health",
        careful=True,
        policy=policy,
    )
    peer = peers.PEERS.get(policy)
    return (
        peer(setup, BALANCER_PORT)
        if peer
        else peers.leadline(jar, int(loops or 1), setup, BALANCER_PORT)
    )


async def run(
    policy: str, situation: str, args: argparse.Namespace, seed: int, directory: Path
) -> list[float]:
    kinds = EQUAL if args.equal else TARGETS
    equal = ["--equal"] if args.equal else []
    targets = [
        subprocess.Popen(
            [sys.executable, __file__, "--target", str(n), *equal], stdin=subprocess.PIPE
        )
        for n in range(len(kinds))
    ]
    written = directory / "balancer.log"
    with written.open("w") as log:
        balancer = subprocess.Popen(
            command(policy, args.jar, directory, len(kinds)),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        for port in [*(FIRST_PORT + n for n in range(len(kinds))), BALANCER_PORT]:
            await connectable(port)
        per_second = args.load * sum(workers / seconds for workers, seconds in kinds)
        await load(WARM_UP_SECONDS, per_second, 1)

        async def change() -> None:
            first = targets[0]
            await asyncio.sleep(args.seconds / 3)
            trouble(first, situation)
            await asyncio.sleep(args.seconds / 3)
            if situation == "one frozen":
                first.send_signal(signal.SIGCONT)
            else:
                order(first, "well")

        changing = asyncio.create_task(change())
        times = await load(args.seconds, per_second, seed)
        await changing
        # Another process at the port would answer in its place.
        if balancer.poll() is not None:
            raise SystemExit(f"policies.py: {policy} ended: {written.read_text()[-2000:]}")
        return times
    finally:
        for process in targets:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        # With its children: a worker of nginx outlives its master and keeps the port.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(balancer.pid, signal.SIGKILL)
        balancer.wait()


def trouble(process: subprocess.Popen, situation: str) -> None:
    if situation == "one frozen":
        process.send_signal(signal.SIGSTOP)
    elif situation == "one 8 times slower":
        order(process, "slow")
    elif situation == "one fails at once":
        order(process, "bad")


def order(process: subprocess.Popen, mode: str) -> None:
    assert process.stdin
    process.stdin.write(f"{mode}\n".encode())
    process.stdin.flush()


async def connectable(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise SystemExit(f"policies.py: nothing listens on port {port}")


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def shown(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} [{min(values):.0f}-{max(values):.0f}]"


def table(results: dict[tuple[str, str], list[list[float]]]) -> None:
    print("| situation | policy | p50 ms | p99 ms | failed or late % |")
    print("|---|---|---|---|---|")
    for situation in SITUATIONS:
        for policy in dict.fromkeys(policy for _, policy in results):
            runs = results.get((situation, policy), [])
            if runs:
                late = [100 * sum(t >= DEADLINE_SECONDS * 1000 for t in r) / len(r) for r in runs]
                p50, p99 = ([percentile(r, share) for r in runs] for share in (0.5, 0.99))
                print(
                    f"| {situation} | {policy} | {shown(p50)} | {shown(p99)} |"
                    f" {statistics.median(late):.2f} [{min(late):.2f}-{max(late):.2f}] |"
                )


async def compare(args: argparse.Namespace) -> None:
    results: dict[tuple[str, str], list[list[float]]] = {}
    total = args.rounds * len(args.situation) * len(args.policy)
    done = 0
    with tempfile.TemporaryDirectory() as directory:
        for number in range(args.rounds):
            order_of_runs = [(s, p) for s in args.situation for p in args.policy]
            random.Random(number).shuffle(order_of_runs)  # noqa: S311
            for situation, policy in order_of_runs:
                times = await run(policy, situation, args, number, Path(directory))
                results.setdefault((situation, policy), []).append(times)
                done += 1
                print(
                    f"{done} of {total}: {situation}, {policy}: p99 {percentile(times, 0.99):.0f} ms",
                    file=sys.stderr,
                )
    table(results)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument(
        "--load", type=float, default=0.7, help="share of what the targets can serve"
    )
    parser.add_argument("--policy", action="append", metavar="NAME", help="some only")
    parser.add_argument(
        "--situation", action="append", metavar="NAME", choices=SITUATIONS, help="some only"
    )
    parser.add_argument("--equal", action="store_true", help="nine targets of one kind")
    parser.add_argument(
        "--jar", type=Path, default=Path(__file__).parent.parent / "target" / "balancer.jar"
    )
    parser.add_argument("--quick", action="store_true", help="one round of six seconds")
    parser.add_argument("--target", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.target is not None:
        asyncio.run(target(args.target, (EQUAL if args.equal else TARGETS)[args.target]))
        return
    args.policy = args.policy or POLICIES
    args.situation = args.situation or SITUATIONS
    if args.quick:
        args.rounds, args.seconds = 1, 6
    if not args.jar.is_file():
        parser.error(f"{args.jar} is missing: mvn package -DskipTests -pl routing,balancer")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(compare(args))


if __name__ == "__main__":
    main()
