"""How this machine's own package manager installs what a lab needs."""

import functools
import platform
import shutil
import sys
from dataclasses import dataclass

JDK, MAVEN, NODE, PYTHON, CURL = "JDK", "Maven", "Node.js", "Python", "curl"

# Where there is no package manager that is known here.
HOMES = {
    JDK: "https://adoptium.net",
    MAVEN: "https://maven.apache.org/install.html",
    NODE: "https://nodejs.org",
    PYTHON: "https://www.python.org/downloads/",
    CURL: "https://curl.se/download.html",
}


@dataclass(frozen=True)
class Manager:
    """A package manager: how it installs, and what it calls each program."""

    command: str
    names: dict[str, str]

    def install(self, what: str) -> str:
        """The command that installs it."""
        return f"{self.command} {self.names[what]}"


def _manager(command: str, jdk: str, node: str, python: str) -> Manager:
    """Maven and curl have the same name everywhere."""
    return Manager(command, {JDK: jdk, MAVEN: "maven", NODE: node, PYTHON: python, CURL: "curl"})


BREW = _manager("brew install", "--cask temurin", "node", "python@3.13")
_OLD_NODE = "nodejs npm (where that is older than 20: https://nodejs.org/en/download)"
# Ubuntu's default JDK was 11 until 22.04; Debian has one or two JDKs in each release, and its default is new enough.
DEBIAN = _manager("sudo apt install", "default-jdk-headless", _OLD_NODE, "python3-venv")
UBUNTU = _manager("sudo apt install", "openjdk-21-jdk-headless", _OLD_NODE, "python3-venv")
# CloudShell is Amazon Linux, too.
AMAZON = _manager("sudo dnf install", "java-21-amazon-corretto-devel", "nodejs22-npm", "python3.12")
FEDORA = _manager("sudo dnf install", "java-21-openjdk-devel", "nodejs-npm", "python3.12")
ARCH = _manager("sudo pacman -S", "jdk21-openjdk", "nodejs npm", "python")
SUSE = _manager("sudo zypper install", "java-21-openjdk-devel", "nodejs22 npm22", "python312")

# By what /etc/os-release calls itself, or what it says it is like.
BY_SYSTEM = {
    "ubuntu": UBUNTU,
    "debian": DEBIAN,
    "amzn": AMAZON,
    "fedora": FEDORA,
    "rhel": FEDORA,
    "arch": ARCH,
    "suse": SUSE,
    "opensuse": SUSE,
}


def how_to_get(what: str) -> str:
    """The command that installs a program here, or where to get it."""
    manager = found()
    if manager is None:
        return HOMES[what]
    if manager is BREW and shutil.which("brew") is None:
        return f"{BREW.install(what)} (https://brew.sh has brew), or {HOMES[what]}"
    return manager.install(what)


@functools.cache
def found() -> Manager | None:
    """The package manager of this machine."""
    if sys.platform == "darwin":
        return BREW
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return None
    systems = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return next((BY_SYSTEM[it] for it in systems if it in BY_SYSTEM), None)
