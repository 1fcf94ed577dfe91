#!/usr/bin/env python3
"""Compares what a request costs: Leadline, HAProxy, nginx, Envoy and Caddy before the same targets on this machine.

    compare.py [--rounds 5] [--seconds 3] [--case NAME ...] [--proxy NAME ...] [--jar [NAME=]PATH ...] [--write]

Every proxy has one thread or event loop and an access log; leadline:2 is a balancer with two loops. All proxies run
at the same time and get the cases in rounds of shuffled order, so that a busy machine harms all alike. Printed are
medians. The ratio is the CPU time of a request divided by HAProxy's in the same round: the median, with the least and
the most. It is worth more than any figure: run it alone on the machine. `--list` says what the cases are.

To compare two builds: compare.py --proxy none --jar old=/tmp/old.jar --jar new=target/balancer.jar --against old
"""

import argparse
import asyncio
import contextlib
import functools
import os
import platform
import random
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import peers
from peers import Command, Setup

FIRST_TARGET = 20001
FIRST_PROXY = 18111
BODIES = {"50": 50, "1k": 1024, "10k": 10 * 1024, "1m": 1024 * 1024}
Figures = dict[str, float]

PERCENTILES = """done = function(summary, latency, requests)
  local at = function(share) return latency:percentile(share) end
  io.write(string.format("micros %d %d %d\\n", at(50), at(99), at(99.9)))
end"""


@dataclass(frozen=True)
class Running:
    """A proxy that runs."""

    process: subprocess.Popen
    port: int
    setup: Setup


def keep_alive(proxy: Running, seconds: float, body: str = "50", connections: int = 64) -> Figures:
    """wrk: 64 connections, each with the next request as soon as it has the answer."""
    script = proxy.setup.directory / "percentiles.lua"
    script.write_text(PERCENTILES)
    url = f"{'https' if proxy.setup.tls else 'http'}://127.0.0.1:{proxy.port}/{body}"
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "-s",
        str(script),
        url,
    ]
    before = peers.cpu_seconds(proxy.process.pid)
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = peers.cpu_seconds(proxy.process.pid) - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    p50, p99, p999 = (
        int(text) / 1000 for text in re.search(r"micros (\d+) (\d+) (\d+)", out).groups()
    )
    return {
        "cpu": used / max(1, requests) * 1e6,
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p50": p50,
        "p99": p99,
        "p999": p999,
        "errors": _errors(out),
    }


def _errors(out: str) -> float:
    found = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return sum(int(text) for text in (found.groups() if found else ())) + int(
        failed[1] if failed else 0
    )


def http2(proxy: Running, seconds: float) -> Figures:
    """h2load: HTTP/2 over TLS, 8 connections with 8 requests each at a time."""
    url = f"https://127.0.0.1:{proxy.port}/50"
    # Without a number of requests h2load does not say how long they took.
    before = peers.cpu_seconds(proxy.process.pid)
    command = ["h2load", "-c8", "-m8", f"-n{round(8000 * seconds)}", url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = peers.cpu_seconds(proxy.process.pid) - before
    done = int(re.search(r"(\d+) succeeded", out)[1])
    total = int(re.search(r"requests: (\d+) total", out)[1])
    return {
        "cpu": used / max(1, done) * 1e6,
        "per_second": float(re.search(r"finished in .*?, ([\d.]+) req/s", out)[1]),
        "errors": total - done,
    }


def handshakes(proxy: Running, seconds: float, resumed: bool) -> Figures:
    """openssl s_time: one new TLS 1.2 connection after the other, with one request each."""
    before = peers.cpu_seconds(proxy.process.pid)
    command = [
        *("openssl", "s_time", "-connect", f"127.0.0.1:{proxy.port}", "-tls1_2", "-www", "/50"),
        *("-time", str(max(1, round(seconds))), "-reuse" if resumed else "-new"),
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = peers.cpu_seconds(proxy.process.pid) - before
    connections, elapsed = re.search(r"(\d+) connections in (\d+) real seconds", out).groups()
    return {"cpu": used / int(connections) * 1e6, "per_second": int(connections) / int(elapsed)}


def storm(proxy: Running, _seconds: float, connections: int = 1000) -> Figures:
    """1000 new connections at once, one request each."""
    before = peers.cpu_seconds(proxy.process.pid)
    times = sorted(asyncio.run(_storm(proxy.port, connections)))
    return {
        "cpu": (peers.cpu_seconds(proxy.process.pid) - before) / connections * 1e6,
        "p50": times[len(times) // 2],
        "p99": times[len(times) * 99 // 100],
        "p999": times[-1],
        "errors": times.count(float("inf")),
    }


async def _storm(port: int, connections: int) -> list[float]:
    async def one() -> float:
        begin = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /50 HTTP/1.1\r\nHost: storm\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
        except OSError:
            return float("inf")
        return (
            (time.perf_counter() - begin) * 1000
            if answer.startswith(b"HTTP/1.1 200")
            else float("inf")
        )

    return list(await asyncio.gather(*(one() for _ in range(connections))))


def idle(proxy: Running, seconds: float, connections: int = 10_000) -> Figures:
    """64 busy connections beside 10,000 that had one request and stay open."""
    return asyncio.run(_idle(proxy, seconds, connections))


async def _idle(proxy: Running, seconds: float, connections: int) -> Figures:
    writers = []
    room = asyncio.Semaphore(100)

    async def one() -> None:
        async with room:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"GET /50 HTTP/1.1\r\nHost: idle\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            writers.append(writer)

    before = peers.memory_mebibytes(proxy.process.pid)
    ended = await asyncio.gather(*(one() for _ in range(connections)), return_exceptions=True)
    figures = await asyncio.to_thread(keep_alive, proxy, seconds)
    after = peers.memory_mebibytes(proxy.process.pid)
    for writer in writers:
        writer.close()
    refused = sum(isinstance(it, BaseException) for it in ended)
    return figures | {
        "memory": after,
        "memory_before": before,
        "errors": figures["errors"] + refused,
    }


@dataclass(frozen=True)
class Case:
    """One kind of load, and the setup that it needs."""

    measure: Callable[[Running, float], Figures]
    tls: bool = False
    targets: int = 2


CASES = {
    "keep-alive, 50 B": Case(keep_alive),
    "keep-alive, 1 KB": Case(functools.partial(keep_alive, body="1k")),
    "keep-alive, 10 KB": Case(functools.partial(keep_alive, body="10k")),
    "keep-alive, 1 MB": Case(functools.partial(keep_alive, body="1m", connections=16)),
    "storm of 1000": Case(storm),
    "beside 10,000 idle": Case(idle),
    "1 target": Case(keep_alive, targets=1),
    "100 targets": Case(keep_alive, targets=100),
    "1000 targets": Case(keep_alive, targets=1000),
    "TLS, keep-alive": Case(keep_alive, tls=True),
    "TLS, new connections": Case(functools.partial(handshakes, resumed=False), tls=True),
    "TLS, resumed": Case(functools.partial(handshakes, resumed=True), tls=True),
    "HTTP/2 over TLS": Case(http2, tls=True),
}


def targets(directory: Path, ports: list[int]) -> list[str]:
    """One nginx is all targets: a port each, with bodies of four sizes."""
    files = directory / "www"
    files.mkdir()
    for name, size in BODIES.items():
        (files / name).write_text("x" * size)
    (files / "index.html").write_text("x")
    listen = "".join(f"listen 127.0.0.1:{port} backlog=4096;" for port in ports)
    return peers.nginx_command(
        directory / "targets",
        f"sendfile on; server {{ {listen} root {files}; keepalive_requests 1000000; }}",
    )


def start(command: list[str], url: str, log: Path) -> subprocess.Popen:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    deadline = time.monotonic() + 40
    while subprocess.run(["curl", "-skf", "-o", "/dev/null", url], check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            sys.exit(f"{command[0]} gave no answer at {url}: {log.read_text()[-2000:]}")
        time.sleep(0.05)
    return process


def stop(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def running(commands: dict[str, Command], setup: Setup) -> Iterator[dict[str, Running]]:
    """All proxies before their targets, each after its first seconds of load."""
    started: dict[str, Running] = {}
    scheme = "https" if setup.tls else "http"
    first = start(
        targets(setup.directory, setup.targets),
        f"http://127.0.0.1:{setup.targets[0]}/50",
        setup.directory / "targets.log",
    )
    try:
        for number, (name, command) in enumerate(commands.items()):
            port = FIRST_PROXY + number
            line = command(setup, port)
            peers.need(line[0])
            begin = time.monotonic()
            process = start(
                line, f"{scheme}://127.0.0.1:{port}/50", setup.directory / f"{name}.log"
            )
            started[name] = Running(process, port, setup)
            print(f"{name}: first answer after {time.monotonic() - begin:.1f} s", flush=True)
        yield started
    finally:
        for process in [*(it.process for it in started.values()), first]:
            stop(process)


def measure(
    cases: dict[str, Case],
    commands: dict[str, Command],
    rounds: int,
    seconds: float,
    warm_up: float,
) -> dict[str, dict[str, list[Figures]]]:
    """The figures of every round, by case and proxy."""
    results: dict[str, dict[str, list[Figures]]] = {case: {} for case in cases}
    setups = list(dict.fromkeys((case.tls, case.targets) for case in cases.values()))
    for tls, count in setups:
        chosen = [name for name, case in cases.items() if (case.tls, case.targets) == (tls, count)]
        with tempfile.TemporaryDirectory() as name:
            # As root, nginx reads the files of its targets as another user.
            Path(name).chmod(0o755)
            setup = Setup(Path(name), [FIRST_TARGET + n for n in range(count)], tls=tls)
            if tls:
                peers.make_certificate(setup.directory)
            with running(commands, setup) as proxies:
                for proxy in proxies.values():
                    keep_alive(proxy, warm_up)
                    if "storm of 1000" in chosen:
                        storm(proxy, 0)
                for round_number in range(1, rounds + 1):
                    order = [(case, proxy) for case in chosen for proxy in proxies]
                    random.shuffle(order)
                    for case, proxy in order:
                        figures = cases[case].measure(proxies[proxy], seconds)
                        figures["rss"] = peers.memory_mebibytes(proxies[proxy].process.pid)
                        results[case].setdefault(proxy, []).append(figures)
                    print(f"{', '.join(chosen)}: round {round_number} of {rounds}", flush=True)
    return results


def table(results: dict[str, dict[str, list[Figures]]], against: str) -> list[str]:
    """A Markdown table of medians."""
    lines = [
        f"| case | proxy | CPU us/request | to {against} | requests/s | p50 ms | p99 ms | p99.9 ms | MiB | errors |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case, proxies in results.items():
        for proxy, rows in proxies.items():

            def median(key: str, form: str = "{:.1f}", rows: list[Figures] = rows) -> str:
                return (
                    form.format(statistics.median(row[key] for row in rows))
                    if key in rows[0]
                    else ""
                )

            pairs = zip(rows, proxies.get(against, []), strict=False)
            ratios = [row["cpu"] / other["cpu"] for row, other in pairs if other["cpu"]]
            ratio = (
                f"{statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
                if ratios
                else ""
            )
            errors = sum(row.get("errors", 0) for row in rows)
            lines.append(
                f"| {case} | {proxy} | {median('cpu')} | {ratio} | {median('per_second', '{:,.0f}')} |"
                f" {median('p50')} | {median('p99')} | {median('p999')} | {median('rss', '{:.0f}')} | {errors:.0f} |"
            )
    return lines


BEGIN, END = "<!-- compare.py writes from here -->", "<!-- to here -->"


def write(lines: list[str], given: argparse.Namespace, load: tuple[float, float]) -> None:
    """Replaces the table of docs/performance.md."""
    page = Path(__file__).parent.parent.parent / "docs" / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    java = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, check=True
    ).stderr.splitlines()[0]
    said = (
        f"{given.rounds} rounds of {given.seconds:g} s on {os.cpu_count()} cores, {time.strftime('%-d %B %Y')}, kernel"
        f" {platform.release()}, {java}; load average before the run {load[0]:.1f}, at its end {load[1]:.1f}."
    )
    page.write_text("\n".join([before.rstrip() + f"\n\n{BEGIN}\n{said}\n", *lines, END]) + after)


def named_jar(text: str) -> tuple[str, Path]:
    name, separator, path = text.partition("=")
    return (name, Path(path)) if separator else ("leadline", Path(text))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds", type=float, default=3, help="of load for each case, proxy and round"
    )
    parser.add_argument(
        "--warm-up", type=float, default=10, help="seconds of load before the first round"
    )
    parser.add_argument(
        "--case", action="append", choices=CASES, metavar="NAME", help="some cases only"
    )
    parser.add_argument(
        "--proxy", action="append", choices=[*peers.PEERS, "none"], help="some of the others only"
    )
    parser.add_argument(
        "--loops", default="1,2", help="numbers of event loops of Leadline (default: 1,2)"
    )
    parser.add_argument(
        "--jar", type=named_jar, action="append", metavar="[NAME=]PATH", help="one or more builds"
    )
    parser.add_argument("--against", default="haproxy", help="what the ratio is to")
    parser.add_argument("--no-access-log", action="store_true", help="no proxy writes one")
    parser.add_argument(
        "--write", action="store_true", help="replace the table in docs/performance.md"
    )
    parser.add_argument("--list", action="store_true", help="name the cases, and end")
    given = parser.parse_args()
    given.jar = dict(
        given.jar or [("leadline", Path(__file__).parent.parent / "target" / "balancer.jar")]
    )
    return given


def main() -> None:
    given = arguments()
    cases = {name: CASES[name] for name in given.case or CASES}
    if given.list:
        for name, case in cases.items():
            print(f"{name:22} {getattr(case.measure, 'func', case.measure).__doc__}")
        return
    missing = [str(jar) for jar in given.jar.values() if not jar.is_file()]
    if missing:
        sys.exit(
            f"missing: {', '.join(missing)}. Build it: mvn package -DskipTests -pl routing,balancer"
        )
    peers.need("nginx", "wrk", "h2load", "openssl", "curl", "java")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    commands: dict[str, Command] = {
        name: peers.PEERS[name] for name in given.proxy or peers.PEERS if name != "none"
    }
    for jar_name, jar in given.jar.items():
        for loops in map(int, given.loops.split(",")):
            name = jar_name if loops == 1 else f"{jar_name}:{loops}"
            commands[name] = functools.partial(peers.leadline, jar, loops)
    if given.no_access_log:
        commands = {name: _without_log(command) for name, command in commands.items()}
    if given.against not in commands:
        sys.exit(f"--against {given.against}: no such proxy; there are {', '.join(commands)}")
    before = os.getloadavg()[0]
    lines = table(
        measure(cases, commands, given.rounds, given.seconds, given.warm_up), given.against
    )
    print("\n".join(lines))
    if given.write:
        write(lines, given, (before, os.getloadavg()[0]))


def _without_log(command: Command) -> Command:
    return lambda setup, port: command(replace(setup, access_log=False), port)


if __name__ == "__main__":
    main()
