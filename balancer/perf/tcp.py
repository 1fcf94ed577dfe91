#!/usr/bin/env python3
"""Compares what passing connections on costs: Leadline with `protocol: tcp`, and HAProxy in TCP mode.

    tcp.py [--rounds 5] [--connections 6000] [--megabytes 500] [--jar [NAME=]PATH ...] [--case NAME ...]

Each proxy has one thread or event loop and writes a line for each connection. They run at the same time and get the
cases in turn, in shuffled order, so that a busy machine harms all alike. What counts is the CPU time of the proxy for a
connection, or for a megabyte; the ratio is that to HAProxy's in the same round: the median, with least and most.
Clients and target are this program: their own time is not counted. haproxy:splice has `option splice-auto`.
"""

import argparse
import asyncio
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import compare
import peers

TARGET, FIRST_PROXY = 20101, 18211
AT_ONCE = 64
STREAMS = 4
SMALL = 50
PART = bytes(256 * 1024)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The target: its client's first byte says what it wants."""
    try:
        wish = await reader.readexactly(1)
        if wish == b"c":
            await reader.readexactly(SMALL - 1)
            writer.write(bytes(SMALL))
        elif wish == b"d":
            left = int.from_bytes(await reader.readexactly(8))
            while left > 0:
                writer.write(PART[: min(left, len(PART))])
                left -= len(PART)
                await writer.drain()
        else:
            count = 0
            while part := await reader.read(len(PART)):
                count += len(part)
            writer.write(count.to_bytes(8))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass  # A health check.
    finally:
        writer.close()


async def serve(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=2**20, backlog=4096)
    async with server:
        await server.serve_forever()


async def connection(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"c" + bytes(SMALL - 1))
    got = len(await reader.read(-1))
    writer.close()
    if got != SMALL:
        raise RuntimeError(f"{got} bytes came back")


async def connections(port: int, number: int) -> int:
    """Connections that carry 50 bytes each way, 64 at a time."""
    left = iter(range(number))

    async def some() -> None:
        for _ in left:
            await connection(port)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return number


def _streams(each: int, one) -> int:
    async def all_of_them() -> None:
        await asyncio.gather(*(asyncio.to_thread(one, each) for _ in range(STREAMS)))

    asyncio.run(all_of_them())
    return STREAMS * each // 2**20


def download(port: int, megabytes: int) -> int:
    """Four connections on which the target sends as fast as it can."""

    def one(size: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"d" + size.to_bytes(8))
            buffer = bytearray(2**20)
            got = 0
            while count := client.recv_into(buffer):
                got += count
        if got != size:
            raise RuntimeError(f"{got} bytes of {size} came")

    return _streams(megabytes * 2**20 // STREAMS, one)


def upload(port: int, megabytes: int) -> int:
    """Four connections on which the clients send as fast as they can."""

    def one(size: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"u")
            for _ in range(size // len(PART)):
                client.sendall(PART)
            client.shutdown(socket.SHUT_WR)
            got = int.from_bytes(client.recv(8))
        if got != size // len(PART) * len(PART):
            raise RuntimeError(f"{got} bytes of {size} came")

    return _streams(megabytes * 2**20 // STREAMS, one)


def haproxy(directory: Path, port: int, splice: bool) -> list[str]:
    config = directory / f"haproxy-{port}.cfg"
    config.write_text(
        "global\n  nbthread 1\n  maxconn 15000\n  no strict-limits\n  log stdout format raw local0\n"
        "defaults\n  mode tcp\n  log global\n  option tcplog\n  timeout connect 5s\n  timeout client 350s\n"
        f"  timeout server 350s\n{'  option splice-auto' if splice else ''}\n"
        f"frontend f\n  bind 127.0.0.1:{port} backlog 4096\n  default_backend b\n"
        f"backend b\n  balance leastconn\n  server t 127.0.0.1:{TARGET}\n"
    )
    return ["haproxy", "-f", str(config)]


def leadline(directory: Path, port: int, jar: Path) -> list[str]:
    config = directory / f"leadline-{port}.yaml"
    config.write_text(
        f"listener: {{protocol: tcp, host: 127.0.0.1, port: {port}}}\n"
        f"accessLog: {{file: {directory}/leadline-{port}.access}}\n"
        "limits: {connections: 15000, clientShare: 1}\n"
        "targetGroups:\n  - name: g\n    policy: least_outstanding_requests\n"
        f"    targets: [{{id: t, address: 127.0.0.1, port: {TARGET}}}]\n"
        "rules: []\ndefaultAction: {forward: g}\n"
    )
    return [
        *("java", "-XX:+UseSerialGC", "-Xmx256m", "-jar", str(jar)),
        *("serve", "--config", str(config)),
    ]


def start(command: list[str], port: int, log: Path) -> subprocess.Popen:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                compare.stop(process)
                sys.exit(f"{command[0]} does not listen: {log.read_text()[-2000:]}")
            time.sleep(0.05)  # between two looks at the condition


def cpu_seconds(process: int) -> float:
    """CPU time of all threads: exact, where that of compare.py counts ticks of 10 ms."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def measured(process: subprocess.Popen, port: int, case: str, given: argparse.Namespace) -> float:
    """Microseconds of CPU for each connection or megabyte."""
    before = cpu_seconds(process.pid)
    if case == "connection":
        done = asyncio.run(connections(port, given.connections))
    else:
        done = (download if case == "MB down" else upload)(port, given.megabytes)
    return (cpu_seconds(process.pid) - before) / done * 1e6


CASES = ("connection", "MB down", "MB up")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the target")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=6000)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--warm-up", type=int, default=3, help="rounds that do not count")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--jar", type=compare.named_jar, action="append", metavar="[NAME=]PATH")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
    peers.need("haproxy", "java")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    jars = dict(given.jar or [("leadline", Path(__file__).parent.parent / "target/balancer.jar")])
    load = os.getloadavg()[0]
    cases = given.case or CASES
    rows: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        commands = {
            "haproxy": lambda port: haproxy(directory, port, splice=False),
            "haproxy:splice": lambda port: haproxy(directory, port, splice=True),
        }
        for jar_name, jar in jars.items():
            commands[jar_name] = lambda port, jar=jar: leadline(directory, port, jar)
        started = [
            start([sys.executable, __file__, "--serve", str(TARGET)], TARGET, directory / "t")
        ]
        try:
            proxies = {}
            for number, (proxy, command) in enumerate(commands.items()):
                port = FIRST_PROXY + number
                started.append(start(command(port), port, directory / f"{number}.log"))
                proxies[proxy] = (started[-1], port)
            for turn in range(-given.warm_up, given.rounds):
                order = [(case, proxy) for case in cases for proxy in proxies]
                random.shuffle(order)
                for case, proxy in order:
                    try:
                        figure = measured(*proxies[proxy], case, given)
                    except (OSError, RuntimeError) as e:
                        raise RuntimeError(f"{proxy}, {case}: {e}") from e
                    if turn >= 0:
                        rows.setdefault((case, proxy), []).append(figure)
                print(f"round {turn + 1} of {given.rounds}", flush=True)
        finally:
            for process in reversed(started):
                compare.stop(process)
    print(f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} at the end\n")
    print("| unit | proxy | CPU us | to haproxy |\n|---|---|--:|--:|")
    for (case, proxy), figures in sorted(rows.items()):
        ratios = [one / other for one, other in zip(figures, rows[case, "haproxy"], strict=True)]
        print(
            f"| {case} | {proxy} | {statistics.median(figures):.1f} |"
            f" {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}] |"
        )


if __name__ == "__main__":
    main()
