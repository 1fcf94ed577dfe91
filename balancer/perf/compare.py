#!/usr/bin/env python3
"""Compares balancers with HAProxy and nginx, and with each other, side by side on this machine.

    compare.py [--rounds 5] [--seconds 5] [--warm-up 15] [--loops 1,2] [--against haproxy]
               [--jar ../target/balancer.jar] [--jar NAME=PATH ...] [--jars-only]

Needs haproxy, nginx, wrk, curl and java on the PATH (Debian: packages of these names) and the jar. Two nginx targets
answer 50 bytes. HAProxy and nginx have one thread. Each proxy gets, in rounds of shuffled order, wrk with 64 keep-alive
connections, and a storm: 1000 new connections at once, one request each. Printed are medians: CPU time of the proxy
for a request (user and system, from /proc), requests per second, and times to an answer. The ratio is the CPU time
divided by that of --against in the same round: the median of the rounds, with the least and the most. Everything
listens on loopback. Run it alone on the machine, and trust the ratio more than any figure.

leadline:2 is a balancer with two event loops. To compare two builds:

    compare.py --jars-only --loops 1 --jar old=/tmp/old.jar --jar new=target/balancer.jar
"""

import argparse
import asyncio
import functools
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TARGETS = [18101, 18102]
BODY = "x" * 50
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def haproxy(directory: Path, port: int) -> list[str]:
    servers = "".join(f"  server t{n} 127.0.0.1:{target}\n" for n, target in enumerate(TARGETS))
    config = directory / "haproxy.cfg"
    config.write_text(
        "global\n  nbthread 1\n  maxconn 5000\ndefaults\n  mode http\n  option forwardfor\n  timeout connect 10s\n"
        "  timeout client 60s\n  timeout server 60s\n  http-reuse always\n"
        f"frontend f\n  bind 127.0.0.1:{port} backlog 4096\n  default_backend b\n"
        f"backend b\n  balance leastconn\n{servers}"
    )
    return ["haproxy", "-f", str(config)]


def nginx(directory: Path, port: int) -> list[str]:
    servers = "".join(f"server 127.0.0.1:{target};" for target in TARGETS)
    return nginx_command(
        directory / "nginx-proxy",
        f"upstream u {{ least_conn; {servers} keepalive 1024; }}"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000;"
        "location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection '';"
        "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }",
    )


def leadline(name: str, jar: Path, loops: int, directory: Path, port: int) -> list[str]:
    targets = "".join(
        f"      - {{id: t{n}, address: 127.0.0.1, port: {target}}}\n"
        for n, target in enumerate(TARGETS)
    )
    config = directory / f"{name}.yaml"
    config.write_text(
        f"listener: {{host: 127.0.0.1, port: {port}, loops: {loops}}}\nconnections: {{keepAlive: 60s}}\n"
        f"warmUp: {{url: 'http://127.0.0.1:{TARGETS[0]}/', requests: 5000}}\n"
        f"targetGroups:\n  - name: g\n    healthCheck: {{path: /}}\n    targets:\n{targets}"
        "rules: [{paths: ['*'], forward: g}]\n"
    )
    return [
        "java",
        "-XX:+UseSerialGC",
        "-Xmx256m",
        "-jar",
        str(jar),
        "serve",
        "--config",
        str(config),
    ]


def nginx_command(directory: Path, http: str) -> list[str]:
    directory.mkdir()
    config = directory / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/error.log;"
        "events { worker_connections 8192; }"
        f"http {{ access_log off; client_body_temp_path {directory}; proxy_temp_path {directory};"
        f"fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory}; {http} }}"
    )
    return ["nginx", "-c", str(config), "-p", str(directory)]


def target(directory: Path, port: int) -> list[str]:
    return nginx_command(
        directory / f"target-{port}",
        f"server {{ listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000;"
        f"location / {{ return 200 '{BODY}'; }} }}",
    )


Command = Callable[[Path, int], list[str]]


def proxies(jars: dict[str, Path], loops: list[int], jars_only: bool) -> dict[str, Command]:
    """What is compared, by name: each makes its command line for a directory and a port."""
    chosen: dict[str, Command] = {} if jars_only else {"haproxy": haproxy, "nginx": nginx}
    for jar_name, jar in jars.items():
        for count in loops:
            name = jar_name if count == 1 else f"{jar_name}:{count}"
            chosen[name] = functools.partial(leadline, name, jar, count)
    return chosen


def start(command: list[str], port: int, log: Path) -> subprocess.Popen:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    deadline = time.monotonic() + 30
    while subprocess.run(
        ["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}/"], check=False
    ).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{command[0]} did not start: {log.read_text()}")
        time.sleep(0.1)
    return process


def stop(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


def cpu_seconds(group: int) -> float:
    """User and system time of all processes of a process group."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def steady(process: subprocess.Popen, port: int, seconds: int) -> dict[str, float]:
    before = cpu_seconds(process.pid)
    command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(process.pid) - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    if "Socket errors" in out or "Non-2xx" in out:
        sys.exit(f"errors in the run: {out}")
    return {
        "cpu_micros": used / requests * 1e6,
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p50_millis": millis(re.search(r"(?m)^\s+50%\s+(\S+)", out)[1]),
        "p99_millis": millis(re.search(r"(?m)^\s+99%\s+(\S+)", out)[1]),
    }


def millis(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


async def storm(port: int, connections: int = 1000) -> dict[str, float]:
    async def one() -> float:
        begin = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: storm\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"unexpected answer: {answer[:100]!r}")
        return (time.perf_counter() - begin) * 1000

    times = sorted(await asyncio.gather(*(one() for _ in range(connections))))
    return {
        "storm_p50_millis": times[len(times) // 2],
        "storm_p99_millis": times[len(times) * 99 // 100],
    }


def named_jar(text: str) -> tuple[str, Path]:
    name, separator, path = text.partition("=")
    return (name, Path(path)) if separator else ("leadline", Path(text))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds", type=int, default=5, help="of steady load, per proxy and round"
    )
    parser.add_argument(
        "--warm-up",
        type=int,
        default=15,
        help="seconds of load before the first round: Java compiles meanwhile",
    )
    parser.add_argument(
        "--loops",
        type=lambda text: [int(count) for count in text.split(",")],
        default=[1, 2],
        help="numbers of event loops that each jar runs with, separated by commas (default: 1,2)",
    )
    parser.add_argument(
        "--jar",
        type=named_jar,
        action="append",
        metavar="[NAME=]PATH",
        help="a balancer to compare; may be given several times",
    )
    parser.add_argument("--jars-only", action="store_true", help="without HAProxy and nginx")
    parser.add_argument(
        "--against", metavar="NAME", help="what the ratio is to (default: the first proxy)"
    )
    given = parser.parse_args()
    default = Path(__file__).parent.parent / "target" / "balancer.jar"
    given.jar = dict(given.jar or [("leadline", default)])
    return given


def measure(
    commands: dict[str, Command], rounds: int, seconds: int, warm_up: int
) -> dict[str, list[dict[str, float]]]:
    """The figures of every round, by proxy."""
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        running = {}
        try:
            for port in TARGETS:
                running[port] = start(target(directory, port), port, directory / f"{port}.log")
            ports = {}
            for number, (proxy, command) in enumerate(commands.items()):
                ports[proxy] = 18111 + number
                begin = time.monotonic()
                running[proxy] = start(
                    command(directory, ports[proxy]), ports[proxy], directory / f"{proxy}.log"
                )
                ready = time.monotonic() - begin
                first = asyncio.run(storm(ports[proxy]))
                print(
                    f"{proxy}: ready after {ready:.1f} s, first storm p50 {first['storm_p50_millis']:.0f} ms",
                    flush=True,
                )
                steady(running[proxy], ports[proxy], warm_up)
            for round_number in range(1, rounds + 1):
                for proxy in random.sample(list(commands), len(commands)):
                    result = steady(running[proxy], ports[proxy], seconds)
                    samples[proxy].append(result | asyncio.run(storm(ports[proxy])))
                print(f"round {round_number} of {rounds}", flush=True)
        finally:
            for process in running.values():
                stop(process)
    return samples


def report(samples: dict[str, list[dict[str, float]]], against: str) -> None:
    width = max(10, *(len(name) + 2 for name in samples))
    print(
        f"\n{'':{width}}{'CPU us/req':>11}{f'to {against}':>20}{'req/s':>9}{'p50 ms':>8}{'p99 ms':>8}"
        f"{'storm p50':>10}{'storm p99':>10}"
    )
    for proxy, rows in samples.items():
        row = {key: statistics.median(sample[key] for sample in rows) for key in rows[0]}
        ratios = [
            sample["cpu_micros"] / other["cpu_micros"]
            for sample, other in zip(rows, samples[against], strict=True)
        ]
        ratio = f"{statistics.median(ratios):.3f} [{min(ratios):.2f}-{max(ratios):.2f}]"
        print(
            f"{proxy:{width}}{row['cpu_micros']:11.1f}{ratio:>20}"
            f"{row['per_second']:9.0f}{row['p50_millis']:8.2f}{row['p99_millis']:8.2f}"
            f"{row['storm_p50_millis']:10.0f}{row['storm_p99_millis']:10.0f}"
        )


def main() -> None:
    given = arguments()
    commands = proxies(given.jar, given.loops, given.jars_only)
    tools = ("nginx", "wrk", "java", "curl") + (() if given.jars_only else ("haproxy",))
    missing = [tool for tool in tools if not shutil.which(tool)]
    missing += [str(jar) for jar in given.jar.values() if not jar.is_file()]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}")
    against = given.against or next(iter(commands))
    if against not in commands:
        sys.exit(f"--against {against}: no such proxy; there are {', '.join(commands)}")
    report(measure(commands, given.rounds, given.seconds, given.warm_up), against)


if __name__ == "__main__":
    main()
