"""The first start of a lab: Python's packages, the CDK CLI and our jars are prepared side by side.

``python -m lab.machine.preparation VERB``, called by tools/setup. Needs nothing but Python's standard library.
"""

import subprocess
import sys
import time

from lab.commands import end_group, last_lines
from lab.errors import INTERRUPTED, LabError
from lab.machine import prerequisites
from lab.profile import ROOT, STATE

JOBS = {
    "Python packages": ["tools/setup", "python"],
    "CDK CLI": ["tools/setup", "cdk"],
    "balancer, benchmark and CDK app": [sys.executable, "-P", "-m", "lab.machine.jars"],
}
POLL_SECONDS = 0.2
SAY_SECONDS = 10  # how often something is printed where there is no terminal


def prepare(jobs: dict[str, list[str]]) -> None:
    """Runs the jobs at the same time; each has a log of its own in .leadline/.

    Raises:
        LabError: when one fails, after the others were ended; the message has the end of its log.
    """
    STATE.mkdir(exist_ok=True)
    begun = time.monotonic()
    running: dict[str, subprocess.Popen] = {}
    progress = _Progress(begun)
    try:
        for number, (name, command) in enumerate(jobs.items(), 1):
            with (STATE / f"preparation-{number}.log").open("wb") as log:
                running[name] = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                )
        while running:
            progress.show(running)
            for name in [it for it, process in running.items() if process.poll() is not None]:
                code = running.pop(name).returncode
                if code != 0:
                    log = STATE / f"preparation-{[*jobs].index(name) + 1}.log"
                    raise LabError(
                        f"{name}: failed (exit code {code}); the end of {log}:\n\n{last_lines(log)}"
                    )
                progress.line(f"  ok  {name} ({time.monotonic() - begun:.0f} s)")
            time.sleep(POLL_SECONDS)
    finally:
        progress.clear()
        for process in running.values():
            end_group(process)


class _Progress:
    """What still runs: a line that is renewed on a terminal, a line now and then elsewhere. All on standard error."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._said = begun
        self._terminal = sys.stderr.isatty()

    def show(self, running: dict[str, subprocess.Popen]) -> None:
        now = time.monotonic()
        text = f"  ... {', '.join(running)} ({now - self._begun:.0f} s)"
        if self._terminal:
            print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)
        elif now - self._said >= SAY_SECONDS:
            self._said = now
            print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        self.clear()
        print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Prepares everything; returns the exit code."""
    try:
        if "local" in sys.argv[1:]:
            prerequisites.require_local_lab()
        prerequisites.require_tools()
        print("Preparing this machine (once; everything goes into .leadline/)", file=sys.stderr)
        prepare(JOBS)
    except LabError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
