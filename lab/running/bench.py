"""The bench jar: a run against the lab that is up, and reports made again."""

import signal
import subprocess
from pathlib import Path

from lab.aws import access
from lab.commands import wait
from lab.errors import LabError
from lab.machine.prerequisites import java
from lab.profile import ROOT, Profile

JAR = ROOT / "bench" / "target" / "bench.jar"
RESULTS = ROOT / "results"
LATEST = RESULTS / "latest"
LAST_WORDS_SECONDS = 20


def _bench(profile: Profile | None, arguments: list[str]) -> int:
    environment = access.environment(profile) if profile else None
    process = subprocess.Popen([java("java"), "-jar", str(JAR), *arguments], env=environment)
    try:
        return wait(process)
    except KeyboardInterrupt:
        # It was interrupted too, or is now, and notes in its results how far it came.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


def run(profile: Profile, options: list[str], lab_file: Path | None = None) -> int:
    """Runs the benchmark; what it prints goes to the terminal as it is, and its exit code is the answer.

    Args:
        profile: whose lab it is.
        options: of the benchmark.
        lab_file: what is measured, where that is not the profile's own.
    """
    lab = str(lab_file or profile.lab_file)
    return _bench(profile, ["run", "--lab", lab, "--results", str(RESULTS), *options])


def report(folder: Path) -> None:
    """Makes the reports of an earlier run again.

    Raises:
        LabError: with the benchmark's own exit code; it has said why.
    """
    code = _bench(None, ["report", str(folder)])
    if code != 0:
        raise LabError(f"the reports could not be made (exit code {code})", code)
