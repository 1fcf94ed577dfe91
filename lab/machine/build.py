"""What must be made before anything can be deployed: the CDK CLI and our jars."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from lab import console
from lab.commands import run
from lab.errors import LabError
from lab.machine import prerequisites
from lab.profile import ROOT, STATE

MODULES = ("routing", "balancer", "bench", "infra")
BUILT = ("infra", "balancer", "bench")  # routing comes with the balancer
RECORD = "build.json"


def require_tools() -> None:
    """Raises LabError with every missing prerequisite and how to get it."""
    missing = [finding for finding in prerequisites.tools() if not finding.ok]
    if missing:
        lines = [f"  {it.what}: {it.found}; {it.remedy}" for it in missing]
        raise LabError("this machine lacks something:\n" + "\n".join(lines))


def build() -> None:
    """Installs the CDK CLI and builds the jars, where that was not done before for the same sources.

    Jars are not built again without need: the load balancer's stand-in of a lab that is up runs from one of them.
    """
    environment = dict(os.environ)
    with console.step("Installing the CDK CLI", "CDK CLI"):
        run("installing the CDK CLI", ["tools/setup", "cdk"], environment, STATE / "setup.log")
    sources = fingerprint(ROOT)
    if is_built(ROOT, STATE / RECORD, sources):
        console.say("  ok  built before, and nothing has changed since")
        return
    maven = ["mvn", "--quiet", "--batch-mode", *prerequisites.maven_options()]
    maven += ["-Dmaven.test.skip=true", "--projects", ",".join(BUILT), "--also-make", "package"]
    with console.step("Building balancer, bench and CDK app", "built"):
        run("the build", maven, environment, STATE / "build.log")
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
