"""Our jars: built with Maven unless they already are from the same sources.

Needs nothing but Python's standard library: tools/setup starts this while the other packages are still being installed.
"""

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from lab.commands import run
from lab.errors import FAILED, LabError
from lab.machine import prerequisites
from lab.profile import ROOT, STATE

MODULES = ("routing", "balancer", "bench", "infra")
BUILT = ("infra", "balancer", "bench")  # routing comes with the balancer
RECORD = "build.json"


def build() -> None:
    """Builds the jars where that was not done before for the same sources; one build at a time.

    Jars are not built again without need: the load balancer's stand-in of a lab that is up runs from one of them.

    Raises:
        LabError: when Maven fails; the message has the end of its log.
    """
    STATE.mkdir(exist_ok=True)
    with (STATE / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = fingerprint(ROOT)
        if is_built(ROOT, STATE / RECORD, sources):
            return
        maven = [
            "mvn",
            "--quiet",
            "--batch-mode",
            "--threads",
            "1C",
            *prerequisites.maven_options(),
        ]
        maven += ["-Dmaven.test.skip=true", "--projects", ",".join(BUILT), "--also-make", "package"]
        run("the build", maven, dict(os.environ), STATE / "build.log")
        remember(ROOT, STATE / RECORD, sources)


def _files(root: Path) -> Iterator[Path]:
    """What the jars are made of; the CDK app's has the files of userdata in it."""
    yield root / "pom.xml"
    for module in MODULES:
        yield root / module / "pom.xml"
    for folder in (*(root / module / "src" for module in MODULES), root / "userdata"):
        yield from sorted(file for file in folder.rglob("*") if file.is_file())


def fingerprint(root: Path) -> str:
    """A hash of names and contents of everything the jars are made of."""
    total = hashlib.sha256()
    for file in _files(root):
        content = file.read_bytes()
        total.update(f"{file.relative_to(root)} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def _jars(root: Path) -> dict[str, list[int]]:
    """Size and time of each jar; another build, or `mvn clean`, shows."""
    found = {}
    for module in BUILT:
        jar = root / module / "target" / f"{module}.jar"
        if jar.exists():
            found[module] = [jar.stat().st_size, jar.stat().st_mtime_ns]
    return found


def is_built(root: Path, record: Path, sources: str) -> bool:
    """Whether the jars that are there were built from these sources."""
    try:
        recorded = json.loads(record.read_text())
    except (OSError, ValueError):
        return False
    jars = _jars(root)
    return len(jars) == len(BUILT) and recorded == {"sources": sources, "jars": jars}


def remember(root: Path, record: Path, sources: str) -> None:
    """Notes what was built from what."""
    record.write_text(json.dumps({"sources": sources, "jars": _jars(root)}) + "\n")


def main() -> int:
    """Builds; returns the exit code."""
    try:
        build()
    except LabError as problem:
        print(problem)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
