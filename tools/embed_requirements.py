"""Reduces a lock file to the hashes an instance can use, so that it fits into user data.

    python tools/embed_requirements.py userdata/fastapi/requirements.txt > userdata/fastapi/requirements-ec2.txt

An instance is Linux on x86_64 with CPython 3.11 to 3.14. For each of these pip is asked which wheel it would take; only
those wheels' hashes stay. Versions and order are the lock's own. tools/lock calls this.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Amazon Linux 2023 has glibc 2.34; what runs on an older one runs there too.
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def locked(text: str) -> list[tuple[Requirement, list[str]]]:
    """The requirements of a lock file, each with its hashes."""
    entries = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        entries.append((Requirement(requirement), hashes))
    return entries


def applies(requirement: Requirement, python: str) -> bool:
    """Whether the requirement's marker holds on an instance with that Python."""
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": python + ".0",
        "python_version": python,
        "sys_platform": "linux",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def wheel_hashes(entries: list[tuple[Requirement, list[str]]], python: str) -> set[str]:
    """The hashes of the wheels pip takes for that Python, after it has checked them against the lock."""
    lines = [
        f"{requirement.name}{requirement.specifier} "
        + " ".join(f"--hash=sha256:{value}" for value in hashes)
        for requirement, hashes in entries
        if applies(requirement, python)
    ]
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder, "wheels")
        file = Path(folder, "requirements.txt")
        file.write_text("\n".join(lines) + "\n")
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
        ]
        command += [
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            "--implementation",
            "cp",
        ]
        command += ["--python-version", python, "--dest", str(wheels), "--requirement", str(file)]
        command += [argument for name in PLATFORMS for argument in ("--platform", name)]
        subprocess.run(command, check=True)
        found = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels.iterdir()}
    if len(found) != len(lines):
        sys.exit(
            f"embed_requirements: {len(found)} wheels for {len(lines)} requirements on {python}"
        )
    return found


def main() -> None:
    """Prints the smaller lock file."""
    entries = locked(Path(sys.argv[1]).read_text())
    needed = set().union(*(wheel_hashes(entries, python) for python in PYTHONS))
    for requirement, hashes in entries:
        kept = [f"--hash=sha256:{value}" for value in hashes if value in needed]
        if kept:
            print(" ".join([str(requirement), *kept]))


if __name__ == "__main__":
    main()
