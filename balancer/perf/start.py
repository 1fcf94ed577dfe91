#!/usr/bin/env python3
"""Measures a start: from exec to the first proxied answer and to /ready, and the first storm of 1000 new connections.

    start.py [--runs 7] [--jar PATH] [--java PATH] [--warm-up 0,5000]

The variants, with and without the archive of classes and with these warm-ups, take turns. Printed are medians with the
least and the most; the CPU time says more than the clock on a machine that has other work.
"""

import argparse
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import compare
import loads
import peers

TARGET, PORT, ADMIN = 28313, 28311, 28312
ROOT = Path(__file__).parents[2]


def is_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status == 200
    except OSError:
        return False


def one(command: list[str], directory: Path, warm_up: int) -> dict[str, float]:
    """One start and one storm."""
    url = f"http://127.0.0.1:{TARGET}/50"
    config = directory / "balancer.yaml"
    config.write_text(
        f"listener: {{host: 127.0.0.1, port: {PORT}}}\nadmin: {{port: {ADMIN}}}\n"
        + (f'warmUp: {{url: "{url}", requests: {warm_up}}}\n' if warm_up else "")
        + "targetGroups:\n  - name: web\n    healthCheck: {path: /50}\n"
        + f"    targets: [{{id: t, address: 127.0.0.1, port: {TARGET}}}]\n"
        + "rules: [{paths: ['*'], forward: web}]\n"
    )
    with (directory / "log").open("ab") as log:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [*command, "serve", "--config", str(config)],
            stdout=log,
            stderr=log,
            start_new_session=True,  # peers.cpu_seconds counts a session
        )
    try:
        figures = {}
        for name, where in (("first", f"{PORT}/50"), ("ready", f"{ADMIN}/ready")):
            while not is_ok(f"http://127.0.0.1:{where}"):
                if process.poll() is not None:
                    sys.exit((directory / "log").read_text()[-2000:])
                time.sleep(0.003)  # between two looks, so short that it adds little to the figure
            figures[f"{name} ms"] = (time.perf_counter() - begin) * 1000
            figures[f"{name}, CPU ms"] = peers.cpu_seconds(process.pid) * 1000
        storm = loads.storm(loads.Running(process, PORT, peers.Setup(directory, [TARGET])), 0)
        figures["storm p50 ms"], figures["storm p99 ms"] = storm["p50"], storm["p99"]
        figures["storm, CPU us/request"] = storm["cpu"]
        return figures
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--jar", type=Path, default=ROOT / "balancer/target/balancer.jar")
    parser.add_argument("--java", default="java")
    parser.add_argument("--warm-up", default="0,5000", help="numbers of requests")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    command = [given.java, "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"]
    archive = given.jar.with_suffix(".jsa")
    variants = {
        (form, int(warm_up)): [*command, *option, "-jar", str(given.jar)]
        for form, option in (
            ("no archive", []),
            ("archive", [f"-XX:SharedArchiveFile={archive}"]),
        )
        for warm_up in given.warm_up.split(",")
    }
    results = {variant: [] for variant in variants}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)  # As root, nginx reads the files of its targets as another user.
        log = directory / "targets.log"
        target = compare.start(
            compare.targets(directory, [TARGET]), f"http://127.0.0.1:{TARGET}/50", log
        )
        try:
            for _ in range(given.runs):
                for variant, line in variants.items():
                    results[variant].append(one(line, directory, variant[1]))
        finally:
            compare.stop(target)
    heads = list(results[next(iter(results))][0])
    print(f"| | warm-up | {' | '.join(heads)} |\n|---|--:|{'--:|' * len(heads)}")
    for (form, warm_up), rows in results.items():
        cells = []
        for head in heads:
            values = [row[head] for row in rows]
            cells.append(f"{statistics.median(values):.0f} [{min(values):.0f}-{max(values):.0f}]")
        print(f"| {form} | {warm_up} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
