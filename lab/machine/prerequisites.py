"""What must be on the machine before a lab can be built, and how to get what is missing."""

import os
import pwd
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from lab.errors import USAGE, LabError
from lab.machine import packages
from lab.profile import ROOT, STATE

VERSION_TIMEOUT_SECONDS = 30
OPEN_FILES = (
    4096  # a burst is a thousand connections, and the balancer has one more to a target for each
)
EMPTY_MEGABYTES, BUILT_MEGABYTES = 1000, 100

# The local lab's ports, tried on addresses of its networks that no machine of it uses.
LOCAL_SOCKETS = (("127.1.255.254", 8000), ("127.1.255.254", 8080), ("127.2.0.254", 8080))


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and what to do where that is not enough.

    ``ok`` is None where it could not be checked.
    """

    what: str
    found: str
    ok: bool | None
    remedy: str = ""


def _version(
    what: str, command: list[str], pattern: str, least: tuple[int, ...], remedy: str
) -> Finding:
    wanted = f"{what} {'.'.join(map(str, least))} or newer"
    program = shutil.which(command[0])
    if program is None:
        return Finding(wanted, "not found", False, remedy)
    if _is_of_windows(program):
        return Finding(wanted, f"{program} is the one of Windows", False, remedy)
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=VERSION_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(wanted, f"does not run: {error}", False, remedy)
    match = re.search(pattern, run.stdout + run.stderr)
    if match is None:
        said = (run.stderr + run.stdout).strip().splitlines()[:1] or ["nothing"]
        return Finding(wanted, f"no version in what it printed: {said[0]}", False, remedy)
    version = tuple(int(part) for part in match.group(1).split("."))
    return Finding(wanted, match.group(1), version >= least, remedy)


def _is_of_windows(program: str) -> bool:
    """WSL puts the programs of Windows on PATH; they cannot work on what is here."""
    return re.match(r"/mnt/[a-z]/", program) is not None


def java(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The path of a JDK program: JAVA_HOME's, or the one on PATH."""
    home = (os.environ if environment is None else environment).get("JAVA_HOME")
    return str(Path(home) / "bin" / name) if home else name


def tools() -> list[Finding]:
    """The programs a build needs."""
    jdk = packages.how_to_get(packages.JDK)
    node = packages.how_to_get(packages.NODE)
    return [
        _version(
            "JDK", [java("javac"), "-version"], r"javac (\d+)", (17,), f"{jdk}, or set JAVA_HOME"
        ),
        _version(
            "Java runtime",
            [java("java"), "-version"],
            r'version "(\d+)',
            (17,),
            "the JDK's bin folder must come first on PATH, or set JAVA_HOME",
        ),
        _version(
            "Maven",
            ["mvn", "-version"],
            r"Apache Maven (\d+\.\d+)",
            (3, 8),
            packages.how_to_get(packages.MAVEN),
        ),
        _version("Node.js", ["node", "--version"], r"v(\d+)", (20,), node),
        _version("npm", ["npm", "--version"], r"^(\d+)", (9,), f"it comes with Node.js: {node}"),
        Finding(
            "Python 3.11 or newer",
            "{}.{}".format(*sys.version_info),
            sys.version_info >= (3, 11),
            packages.how_to_get(packages.PYTHON),
        ),
        _version(
            "curl",
            ["curl", "--version"],
            r"curl (\d+)",
            (7,),
            packages.how_to_get(packages.CURL),
        ),
        _maven_repository(),
        _disk(),
        _open_files(),
    ]


def require_tools() -> None:
    """Raises LabError with every missing prerequisite and how to get it."""
    missing = [finding for finding in tools() if not finding.ok]
    if missing:
        lines = [f"  {it.what}: {it.found}; {it.remedy}" for it in missing]
        raise LabError("this machine lacks something:\n" + "\n".join(lines))


def has_local_lab() -> bool:
    """Whether ./deploy.sh local can work here: it needs Linux's /proc, and 127.1.0.0/16 on its loopback."""
    return sys.platform == "linux"


LOCAL_ELSEWHERE = (
    "the lab on this machine needs Linux: tools/container runs it in a container (Docker), and ./deploy.sh up needs "
    "no Linux"
)


def require_local_lab() -> None:
    """Raises LabError where a lab on this machine cannot work."""
    if not has_local_lab():
        raise LabError(LOCAL_ELSEWHERE, USAGE)


def maven_options() -> list[str]:
    """The user's further options for Maven, for example ``-o`` where there is no network."""
    return os.environ.get("LEADLINE_MAVEN_OPTIONS", "").split()


def _maven_repository() -> Finding:
    """Maven downloads into the home directory of the user database, whatever HOME says."""
    what = "a folder for Maven's downloads"
    for option in maven_options():
        if option.startswith("-Dmaven.repo.local="):
            return Finding(what, option.partition("=")[2], True)
    try:
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        home = Path.home()
    folder = home / ".m2" / "repository"
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return Finding(
        what,
        str(folder),
        os.access(nearest, os.W_OK),
        f"{nearest} cannot be written to; export LEADLINE_MAVEN_OPTIONS=-Dmaven.repo.local=/another/folder",
    )


def _disk() -> Finding:
    """Python's packages, the CDK CLI, downloads of Maven and the jars are some 0.8 GB; later less is missing."""
    wanted = BUILT_MEGABYTES if (STATE / "build.json").exists() else EMPTY_MEGABYTES
    free = shutil.disk_usage(ROOT).free // 1_000_000
    return Finding(
        f"{wanted} MB of free disk space",
        f"{free} MB",
        free >= wanted,
        f"remove something from the disk of {ROOT}, or clone the project to a larger one (in AWS CloudShell: /tmp)",
    )


def _open_files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    return Finding(
        f"{OPEN_FILES} open files or more",
        "unlimited" if unlimited else str(hard),
        unlimited or hard >= OPEN_FILES,
        f"raise the hard limit (ulimit -H -n {OPEN_FILES}, or /etc/security/limits.conf)",
    )


def allow_open_files() -> None:
    """Lets this process and what it starts open so many files; macOS begins with 256, too few for 200 connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bindable(address: str, port: int) -> Finding:
    what = f"port {port} on {address}"
    try:
        with closing(socket.create_server((address, port))):
            return Finding(what, "free", True)
    except OSError as error:
        return Finding(
            what,
            os.strerror(error.errno or 0).lower(),
            False,
            f"end the program that listens on port {port} (ss -ltnp 'sport = :{port}' names it)",
        )


def local_ports(emulator_port: int) -> list[Finding]:
    """The addresses and ports of a local lab that is not up."""
    emulator = _bindable("127.0.0.1", emulator_port)
    return [
        *(_bindable(address, port) for address, port in LOCAL_SOCKETS),
        replace(emulator, remedy="choose another for the emulated AWS API with --port NUMBER"),
    ]
