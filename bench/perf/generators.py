#!/usr/bin/env python3
"""Measures the same servers with bench, oha, wrk and h2load in turn, and writes a table.

Needs nginx, and of wrk, h2load and oha (cargo install oha --locked) those that are to take part on
the PATH, and bench/target/bench.jar. Everything runs on this machine and shares its processors.
"""

import argparse
import asyncio
import csv
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from multiprocessing import Process
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JAR = ROOT / "bench" / "target" / "bench.jar"
NGINX_PORT = 18461
DELAY_PORT = 18462
DELAY_SECONDS = 0.02
TOOLS = ("bench", "oha", "wrk", "h2load")

# name: what, port, connections, requests/s or None for a closed loop
CASES = {
    "delay": (
        f"closed, 50 users, server waits {DELAY_SECONDS * 1000:.0f} ms",
        DELAY_PORT,
        50,
        None,
    ),
    "full": ("closed, 50 users, nginx as fast as it can", NGINX_PORT, 50, None),
    "rate": ("open, 5,000 requests/s, nginx", NGINX_PORT, 50, 5000),
    "half": ("open, 10,000 requests/s, nginx", NGINX_PORT, 50, 10_000),
    "twenty": ("open, 20,000 requests/s, nginx", NGINX_PORT, 50, 20_000),
}


class Delayed(asyncio.Protocol):
    """Answers each request after a fixed time."""

    ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n" + b"x" * 50

    def connection_made(self, transport):
        self.transport = transport
        self.received = b""

    def data_received(self, data):
        self.received += data
        while b"\r\n\r\n" in self.received:
            self.received = self.received.split(b"\r\n\r\n", 1)[1]
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self.answer)

    def answer(self):
        if not self.transport.is_closing():
            self.transport.write(self.ANSWER)


def serve_delayed():
    async def serve():
        server = await asyncio.get_running_loop().create_server(Delayed, "127.0.0.1", DELAY_PORT)
        await server.serve_forever()

    asyncio.run(serve())


def start_nginx(folder: Path) -> subprocess.Popen:
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""
        worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 20000; }}
        http {{
          access_log off; keepalive_requests 100000000;
          client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
          uwsgi_temp_path {folder}; scgi_temp_path {folder};
          server {{ listen 127.0.0.1:{NGINX_PORT}; location / {{ return 200 "{"x" * 50}"; }} }}
        }}
        """
    )
    return subprocess.Popen(["nginx", "-c", str(configuration), "-e", str(folder / "error.log")])


def wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)  # between two looks at the condition


def run(command: list[str]) -> tuple[str, float]:
    """Answers with its output and the CPU seconds that it used."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{text}")
        return text, usage.ru_utime + usage.ru_stime


def percentile(values: list[float], percent: float) -> float:
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)]


def with_bench(url, connections, rate, seconds, folder):
    command = ["java", "-jar", str(JAR), "run", url, "-c", str(connections), "-z", f"{seconds}s"]
    command += ["--rounds", "1", "--warm-up", "1", "--pre-connect", "--results", str(folder)]
    command += ["-q", str(rate)] if rate else []
    _, cpu = run(command)
    latest = folder / "latest"
    with (latest / "samples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    measured = [row for row in rows if row["phase"] == "measured"]
    latencies = sorted(
        (int(row["end_nanos"]) - int(row["intended_nanos"])) / 1e6 for row in measured
    )
    last = max(int(row["end_nanos"]) for row in measured) / 1e9
    audit = json.loads((latest / "run.json").read_text())["bursts"][-1]["audit"]
    note = (
        f"skew p99 {audit['skewP99Nanos'] / 1e6:.2f} ms, max {audit['skewMaxNanos'] / 1e6:.1f} ms"
        if rate
        else ""
    )
    if audit["limits"]:
        note += "; spoiled: " + "; ".join(audit["limits"])
    # The JVM's start and its own warm-up are part of its CPU time: per request of everything it sent.
    return (
        len(measured) / last,
        percentile(latencies, 50),
        percentile(latencies, 99),
        cpu / len(rows),
        note,
    )


def with_oha(url, connections, rate, seconds, _):
    command = [
        "oha",
        "--no-tui",
        "--output-format",
        "json",
        "-z",
        f"{seconds}s",
        "-c",
        str(connections),
    ]
    command += ["-q", str(rate), "--latency-correction"] if rate else []
    text, cpu = run([*command, url])
    found = json.loads(text[text.index("{") :])
    requests = found["summary"]["requestsPerSec"]
    percentiles = found["latencyPercentiles"]
    return (
        requests,
        percentiles["p50"] * 1000,
        percentiles["p99"] * 1000,
        cpu / (requests * seconds),
        "",
    )


def with_wrk(url, connections, rate, seconds, _):
    if rate:
        return None
    text, cpu = run(
        ["wrk", "-t", "2", "-c", str(connections), "-d", f"{seconds}s", "--latency", url]
    )

    def millis(percent):
        number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", text).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    requests = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return requests, millis(50), millis(99), cpu / (requests * seconds), ""


def with_h2load(url, connections, rate, seconds, folder):
    if rate:
        return None
    folder.mkdir(exist_ok=True)
    log = folder / "h2load"
    log.unlink(missing_ok=True)
    command = ["h2load", "--h1", "-c", str(connections), "-D", str(seconds), f"--log-file={log}"]
    text, cpu = run([*command, url])
    latencies = sorted(int(line.split()[2]) / 1000 for line in log.read_text().splitlines())
    requests = float(re.search(r"([\d.]+) req/s", text).group(1))
    return (
        requests,
        percentile(latencies, 50),
        percentile(latencies, 99),
        cpu / (requests * seconds),
        "",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--case", action="append", choices=CASES, help="only these (all)")
    options = parser.parse_args()
    tools = [tool for tool in TOOLS if tool == "bench" or shutil.which(tool)]
    measure = {"bench": with_bench, "oha": with_oha, "wrk": with_wrk, "h2load": with_h2load}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # a worker of nginx may be another user
        nginx = start_nginx(folder)
        delayed = Process(target=serve_delayed)
        delayed.start()
        try:
            wait_for(NGINX_PORT)
            wait_for(DELAY_PORT)
            print(f"{options.rounds} rounds of {options.seconds} s, {os.cpu_count()} processors.\n")
            print(
                "| case | tool | requests/s | to mean | p50 ms | to mean | p99 ms | to mean | CPU us/request | |"
            )
            print("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
            for name in options.case or CASES:
                title, port, connections, rate = CASES[name]
                found = {tool: [] for tool in tools}
                for number in range(options.rounds):
                    # Each round in another order: none is always the first after a pause.
                    for tool in tools[number % len(tools) :] + tools[: number % len(tools)]:
                        url = f"http://127.0.0.1:{port}/"
                        result = measure[tool](
                            url, connections, rate, options.seconds, folder / "results"
                        )
                        if result:
                            found[tool].append(result)
                medians = {
                    tool: [
                        statistics.median(figures)
                        for figures in list(zip(*results, strict=True))[:4]
                    ]
                    for tool, results in found.items()
                    if results
                }
                means = [
                    statistics.mean(figures) for figures in zip(*medians.values(), strict=True)
                ]
                for tool, (requests, p50, p99, cpu) in medians.items():
                    print(
                        f"| {title} | {tool} | {requests:,.0f} | {requests / means[0]:.2f} | {p50:.2f} |"
                        f" {p50 / means[1]:.2f} | {p99:.2f} | {p99 / means[2]:.2f} | {cpu * 1e6:.1f} |"
                        f" {found[tool][-1][4]} |",
                        flush=True,
                    )
        finally:
            nginx.terminate()
            delayed.terminate()
            nginx.wait()
            delayed.join()


if __name__ == "__main__":
    main()
