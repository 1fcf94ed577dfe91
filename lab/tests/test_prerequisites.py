"""doctor names what is missing, too old or taken, and what to do."""

import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from lab.machine import packages, prerequisites


def stub(folder: Path, name: str, prints: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{prints}'\n")
    program.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    stub(tmp_path, "javac", "javac 17.0.15")
    stub(tmp_path, "java", 'openjdk version "17.0.15" 2025-04-15')
    stub(tmp_path, "mvn", "Apache Maven 3.8.7")
    stub(tmp_path, "node", "v20.20.2")
    stub(tmp_path, "npm", "11.19.1")
    stub(tmp_path, "curl", "curl 7.88.1 (x86_64-pc-linux-gnu)")
    return tmp_path


def bad() -> dict[str, str]:
    return {it.what: it.found for it in prerequisites.tools() if not it.ok}


@pytest.mark.usefixtures("path")
def test_everything_there_is_well() -> None:
    assert bad() == {}


def test_a_missing_program_is_named_with_its_remedy(path: Path) -> None:
    (path / "mvn").unlink()
    assert bad() == {"Maven 3.8 or newer": "not found"}
    assert all(it.remedy for it in prerequisites.tools() if not it.ok)


@pytest.mark.parametrize(
    ("program", "prints", "what", "found"),
    [
        ("javac", "javac 11.0.2", "JDK 17 or newer", "11"),
        ("java", 'openjdk version "11.0.2"', "Java runtime 17 or newer", "11"),
        ("java", 'java version "1.8.0_401"', "Java runtime 17 or newer", "1"),
        ("mvn", "Apache Maven 3.6.3", "Maven 3.8 or newer", "3.6"),
        ("node", "v18.1.0", "Node.js 20 or newer", "18"),
        (
            "node",
            "illegal instruction",
            "Node.js 20 or newer",
            "no version in what it printed: illegal instruction",
        ),
    ],
)
def test_too_old_is_not_enough(
    path: Path, program: str, prints: str, what: str, found: str
) -> None:
    stub(path, program, prints)
    assert bad() == {what: found}


def test_a_program_of_windows_is_no_program_of_wsl(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = "/mnt/c/Program Files/nodejs/npm"
    monkeypatch.setattr(prerequisites.shutil, "which", lambda _name: windows)
    found = prerequisites._version("npm", ["npm", "--version"], r"^(\d+)", (9,), "get it")
    assert (found.ok, found.found) == (False, f"{windows} is the one of Windows")


@pytest.mark.parametrize(
    ("system", "release", "jdk"),
    [
        ("linux", {"ID": "debian"}, "sudo apt install default-jdk-headless"),
        ("linux", {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "sudo apt install openjdk-21-"),
        ("linux", {"ID": "amzn", "ID_LIKE": "fedora"}, "sudo dnf install java-21-amazon-corretto-"),
        (
            "linux",
            {"ID": "rocky", "ID_LIKE": "rhel centos fedora"},
            "sudo dnf install java-21-open",
        ),
        ("linux", {"ID": "opensuse-leap", "ID_LIKE": "suse opensuse"}, "sudo zypper install java-"),
        ("linux", {"ID": "arch"}, "sudo pacman -S jdk21-openjdk"),
        ("linux", {"ID": "nixos"}, "https://adoptium.net"),
        (
            "darwin",
            {},
            "brew install --cask temurin (https://brew.sh has brew), or https://adoptium",
        ),
    ],
)
def test_a_cure_names_the_package_manager_of_this_machine(
    path: Path, monkeypatch: pytest.MonkeyPatch, system: str, release: dict[str, str], jdk: str
) -> None:
    packages.found.cache_clear()
    monkeypatch.setattr(packages.sys, "platform", system)
    monkeypatch.setattr(packages.platform, "freedesktop_os_release", lambda: release)
    (path / "javac").unlink()
    try:
        (missing,) = [it for it in prerequisites.tools() if not it.ok]
    finally:
        packages.found.cache_clear()
    assert missing.what == "JDK 17 or newer"
    assert missing.remedy.startswith(jdk)


def test_maven_3_10_is_newer_than_3_8(path: Path) -> None:
    stub(path, "mvn", "Apache Maven 3.10.0")
    assert bad() == {}


def test_a_folder_that_maven_cannot_write_to_is_said_with_the_way_round(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prerequisites.os, "access", lambda *_: False)  # root may write anywhere
    finding = prerequisites._maven_repository()
    assert not finding.ok
    assert "-Dmaven.repo.local=" in finding.remedy
    monkeypatch.setenv("LEADLINE_MAVEN_OPTIONS", f"-o -Dmaven.repo.local={path}")
    assert prerequisites._maven_repository().ok


def test_too_few_open_files_are_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert path.exists()
    monkeypatch.setattr(prerequisites.resource, "getrlimit", lambda _which: (256, 1024))
    assert bad() == {"4096 open files or more": "1024"}


@pytest.mark.usefixtures("path")
def test_too_small_a_disk_is_said_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the home folder of CloudShell, which has 1 GB in all."""
    monkeypatch.setattr(prerequisites, "STATE", tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(free=900_000_000)
    monkeypatch.setattr(prerequisites.shutil, "disk_usage", lambda _folder: usage)
    assert bad() == {"1000 MB of free disk space": "900 MB"}
    (tmp_path / "build.json").touch()
    assert bad() == {}


def test_java_home_wins_over_path() -> None:
    assert prerequisites.java("java", {"JAVA_HOME": "/opt/a jdk"}) == "/opt/a jdk/bin/java"
    assert prerequisites.java("java", {}) == "java"


def test_a_port_in_use_is_named_with_the_option_that_helps() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        findings = [it for it in prerequisites.local_ports(port) if str(port) in it.what]
    assert [it.ok for it in findings] == [False]
    assert "--port" in findings[0].remedy
    assert findings[0].found == "address already in use"
