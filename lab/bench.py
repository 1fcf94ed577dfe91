"""The bench jar: a run against the lab that is up, and reports made again."""

import subprocess
from pathlib import Path

from lab.errors import LabError
from lab.prerequisites import java
from lab.profile import ROOT, Profile

JAR = ROOT / "bench" / "target" / "bench.jar"
RESULTS = ROOT / "results"
LATEST = RESULTS / "latest"


def _bench(profile: Profile | None, arguments: list[str]) -> int:
    environment = profile.environment() if profile else None
    return subprocess.run(
        [java("java"), "-jar", str(JAR), *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


def run(profile: Profile, options: list[str]) -> None:
    """Runs the benchmark; what it prints goes to the terminal as it is.

    Raises:
        LabError: with the benchmark's own exit code; it has said why.
    """
    code = _bench(
        profile, ["run", "--lab", str(profile.lab_file), "--results", str(RESULTS), *options]
    )
    if code != 0:
        raise LabError(f"the benchmark ended with exit code {code}; the lab is still up", code)


def report(folder: Path) -> None:
    """Makes the reports of an earlier run again.

    Raises:
        LabError: with the benchmark's own exit code; it has said why.
    """
    code = _bench(None, ["report", str(folder)])
    if code != 0:
        raise LabError(f"the reports could not be made (exit code {code})", code)
