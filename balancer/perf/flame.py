#!/usr/bin/env python3
"""Shows where the event loop's time goes while it proxies: a table, and a flame graph as an SVG.

    flame.py [--jar PATH] [--seconds 6] [--svg docs/flame.svg]

It samples the thread with perf, under wrk with 64 keep-alive connections and an access log, after 25 s of load. A
sample counts for the part that its innermost known method belongs to.
"""

import argparse
import collections
import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import compare
import loads
import peers

PORT = 18111
WARM_UP_SECONDS = 25
WIDTH, ROW = 1200, 17
LEAST_SHARE = 0.003
"""What is narrower than this share of the graph is left out."""

PARTS = [
    ("kernel: send", r"^(io_send|tcp_sendmsg)$"),
    ("kernel: receive", r"^(io_recv|tcp_recvmsg)$"),
    ("kernel: the rest of io_uring", r"^(do_syscall_64|entry_SYSCALL_64.*)$"),
    ("access log", r"^dev\.leadline\.balancer\.accesslog\."),
    ("metrics", r"^dev\.leadline\.balancer\.observe\."),
    ("choice of the target", r"^dev\.leadline\.routing\."),
    ("rules", r"^dev\.leadline\.balancer\.rules\."),
    ("request sent, answer read", r"^dev\.leadline\.balancer\.connect\."),
    ("request read, answer sent", r"GatedDecoder|RequestDecoder|Http1Server(Connection|Response)"),
    ("the proxy itself", r"^dev\.leadline\.balancer\."),
    ("Vert.x", r"^io\.vertx\."),
    ("Netty", r"^io\.netty\."),
]


def short(symbol: str) -> str:
    """A method as Class.method; what the kernel and the JVM have keeps its name."""
    method = re.match(r"(?:[\w.$\[\]]+ )?([\w.$/]+)\(", symbol)
    return method[1] if method else re.sub(r"^\[unknown\] \(/\S*/", "", symbol)


def stacks(perf_script: str) -> collections.Counter[tuple[str, ...]]:
    """Samples by their stack, outermost frame first."""
    found: collections.Counter[tuple[str, ...]] = collections.Counter()
    for sample in perf_script.split("\n\n"):
        frames = [
            short(line.strip().partition(" ")[2].rpartition(" (")[0])
            for line in sample.splitlines()
            if line.startswith(("\t", "        "))
        ]
        if frames:
            found[tuple(reversed(frames))] += 1
    return found


def part(stack: tuple[str, ...]) -> str:
    for frame in reversed(stack):
        for name, pattern in PARTS:
            if re.search(pattern, frame):
                return name
    return "the JVM"


def table(found: collections.Counter[tuple[str, ...]], micros: float) -> list[str]:
    shares: collections.Counter[str] = collections.Counter()
    for stack, count in found.items():
        shares[part(stack)] += count
    total = found.total()
    return ["| part | share | us a request |", "|---|--:|--:|"] + [
        f"| {name} | {100 * count / total:.0f}% | {micros * count / total:.1f} |"
        for name, count in shares.most_common()
    ]


def svg(found: collections.Counter[tuple[str, ...]]) -> str:
    """One box for each call, as wide as its share, its callees above it."""
    common = 0
    first = next(iter(found))
    while all(len(stack) > common + 1 and stack[common] == first[common] for stack in found):
        common += 1
    total = found.total()
    boxes: list[tuple[int, float, float, str]] = []

    def draw(samples: list[tuple[tuple[str, ...], int]], depth: int, left: float) -> None:
        calls: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for stack, count in samples:
            if len(stack) > depth:
                calls.setdefault(stack[depth], []).append((stack, count))
        for name, inner in sorted(calls.items()):
            share = sum(count for _, count in inner) / total
            if share >= LEAST_SHARE:
                boxes.append((depth - common, left, share, name))
                draw(inner, depth + 1, left)
            left += share

    draw(list(found.items()), common, 0.0)
    rows = max(depth for depth, *_ in boxes) + 1
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {rows * ROW}" font-family="sans-serif"'
        ' font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for depth, left, share, name in boxes:
        x, y, width = left * WIDTH, (rows - 1 - depth) * ROW, share * WIDTH
        label = name.rsplit(".", 2)[-2:] if "." in name else [name]
        text = ".".join(label)[: int(width / 6.2)]
        lines.append(
            f'<g><title>{escape(name)} {100 * share:.1f}%</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}"'
            f' height="{ROW - 1}" rx="2" fill="{colour(name)}"/>'
            + (f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(text)}</text>' if len(text) > 2 else "")
            + "</g>"
        )
    return "\n".join([*lines, "</svg>\n"])


def colour(name: str) -> str:
    for start, shade in (
        ("dev.leadline.", "#7fb3ff"),
        ("io.vertx.", "#c3a6ff"),
        ("io.netty.", "#9ddcb0"),
    ):
        if name.startswith(start):
            return shade
    return "#e3e3e3" if "." in name else "#ffc48a"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--jar", type=Path, default=Path(__file__).parent.parent / "target" / "balancer.jar"
    )
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args()
    peers.need("nginx", "wrk", "curl", "java", "jcmd", "perf")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)  # As root, nginx reads the files of its targets as another user.
        setup = peers.Setup(directory, [compare.FIRST_TARGET, compare.FIRST_TARGET + 1])
        commands = {
            "leadline": lambda of, port: with_frames(peers.leadline(given.jar, 1, of, port))
        }
        with compare.running(commands, setup) as proxies:
            proxy = proxies["leadline"]
            loads.keep_alive(proxy, WARM_UP_SECONDS)
            micros, found = sampled(proxy, given.seconds, directory)
    print(f"{found.total()} samples; {micros:.1f} us of the process for a request")
    print("\n".join(table(found, micros)))
    if given.svg:
        given.svg.write_text(svg(found))


def with_frames(command: list[str]) -> list[str]:
    """So that perf can walk the stacks of compiled methods."""
    return [command[0], "-XX:+PreserveFramePointer", *command[1:]]


def sampled(
    proxy: loads.Running, seconds: float, directory: Path
) -> tuple[float, collections.Counter[tuple[str, ...]]]:
    pid = str(proxy.process.pid)
    threads = subprocess.run(
        ["ps", "-L", "-o", "tid=,comm=", "-p", pid], capture_output=True, text=True, check=True
    ).stdout
    loop = re.search(r"(\d+) vert\.x-eventloo", threads)
    if not loop:
        sys.exit(f"no event loop among the threads:\n{threads}")
    data = directory / "perf.data"
    perf = subprocess.Popen(
        [
            *("perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-t", loop[1]),
            *("-o", str(data), "--", "sleep", str(seconds)),
        ]
    )
    figures = loads.keep_alive(proxy, seconds + 1)
    perf.wait()
    subprocess.run(["jcmd", pid, "Compiler.perfmap"], check=True, capture_output=True)
    script = subprocess.run(
        ["perf", "script", "-i", str(data), "-F", "ip,sym,dso"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return figures["cpu"], stacks(script)


if __name__ == "__main__":
    main()
