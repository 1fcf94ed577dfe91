"""A second checkout of the project to test in: the state of the user's own lab stays untouched."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.machine import jars

ROOT = Path(__file__).resolve().parent.parent
DEPLOY_TIMEOUT_SECONDS = 600


def copy_to(folder: Path) -> Path:
    """Copies the files that git tracks or would track, and what is built: nothing is built or installed again."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, destination = ROOT / name, folder / name
        if source.is_file():
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, destination)
    for room in ("routing", "balancer", "bench", "infra"):
        if (ROOT / room / "target").is_dir():
            shutil.copytree(
                ROOT / room / "target", folder / room / "target", copy_function=shutil.copy2
            )
    (folder / ".leadline").mkdir()
    for tool in ("venv", "node", "python.stamp", "cdk.stamp"):
        (folder / ".leadline" / tool).symlink_to(ROOT / ".leadline" / tool)
    jars.remember(folder, folder / ".leadline" / jars.RECORD, jars.fingerprint(folder))
    return folder


@dataclass(frozen=True)
class Checkout:
    """One checkout and how to run its ``deploy.sh``."""

    folder: Path

    def deploy(
        self,
        *arguments: str,
        timeout: int = DEPLOY_TIMEOUT_SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs ``deploy.sh`` as a script would: no terminal, output kept. Maven may not download."""
        return subprocess.run(
            [str(self.folder / "deploy.sh"), *arguments],
            cwd=self.folder.parent,  # from anywhere, not only from its own folder
            env={
                **os.environ,
                "LEADLINE_MAVEN_OPTIONS": "-o",
                "NO_COLOR": "1",
                "LC_ALL": "C",  # as ssh without a locale has it
                "CDK_VALIDATION": "false",  # the tests of infra have it
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
