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
import contextlib
import functools
import os
import platform
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import peers
from loads import CASES, Case, Figures, Running, keep_alive, storm
from peers import Command, Setup

FIRST_TARGET = 20001
FIRST_PROXY = 18111
BODIES = {"50": 50, "1k": 1024, "10k": 10 * 1024, "1m": 1024 * 1024}


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
        time.sleep(0.05)  # between two looks at the condition
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
