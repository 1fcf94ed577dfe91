"""The loads that compare.py has for a proxy: each measures what its requests cost and how long they took."""

import asyncio
import functools
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import peers
from peers import Setup

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
