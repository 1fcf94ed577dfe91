"""The project's own files: those that git keeps, or without git those that .gitignore does not leave out."""

import os
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lab import console
from lab.errors import LabError

# Git keeps no file that nobody gave to it. Without git, a file that looks like a secret is left out.
SECRETS = ("*.pem", "*.ppk", "*.key", "*.p12", "*.pfx", "*.jks", ".env", ".env.*", "credentials*")


def of(root: Path) -> list[str]:
    """Names of the files below the project's folder, with slashes between.

    Raises:
        LabError: where nothing says which they are.
    """
    kept = _of_git(root)
    if kept:
        return kept
    found = sorted(_walk(root, "", _ignored(root)))
    console.warn(
        f"git does not know this folder: all {len(found)} files go in that .gitignore does not name; look into "
        "the archive before you hand it in"
    )
    return found


def _of_git(root: Path) -> list[str]:
    """None of them where there is no git, or the folder is not the one that was cloned."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def _ignored(root: Path) -> list[str]:
    """The patterns of .gitignore; it has none with ``**`` or ``!``."""
    try:
        lines = (root / ".gitignore").read_text().splitlines()
    except OSError:
        raise LabError(
            f"{root} has neither git nor a .gitignore, so there is no list of the project's files; "
            "get it with git clone"
        ) from None
    return [line for line in lines if line and not line.startswith("#")]


def _walk(root: Path, folder: str, patterns: list[str]) -> Iterator[str]:
    with os.scandir(root / folder) as entries:
        for entry in entries:
            name = folder + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name == ".git" or any(
                _matches(pattern, name, is_folder=is_folder) for pattern in patterns
            ):
                continue
            if is_folder:
                yield from _walk(root, name + "/", patterns)
            elif entry.is_file(follow_symlinks=False) and not _is_secret(entry.name):
                yield name


def _is_secret(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def _matches(pattern: str, name: str, *, is_folder: bool) -> bool:
    """As gitignore(5) has it: a slash at the end is for folders only, one elsewhere anchors the pattern."""
    if pattern.endswith("/") and not is_folder:
        return False
    pattern = pattern.rstrip("/")
    if "/" not in pattern:
        return fnmatchcase(name.rpartition("/")[2], pattern)
    wanted, parts = pattern.lstrip("/").split("/"), name.split("/")
    return len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))
