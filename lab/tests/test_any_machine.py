"""The verbs on machines that are no Linux: macOS with its bash 3.2 and BSD tools, and what Git for Windows makes.

Stand-ins play them: a PATH that has only what macOS has, with tools that take no long options, and a Python that
fails when a verb looks into /proc or takes an address that macOS has not.
"""

import os
import re
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from lab import cli, doctor, lock
from lab.errors import USAGE
from lab.machine import emulator, prerequisites
from lab.profile import ROOT, Profile
from lab.running import bench
from lab.tests import test_interrupted

SCRIPTS = ("deploy.sh", "tools/setup", "tools/container")

# What a Mac's bash 3.2 has not. An empty list with `set -u` is an unset variable to it.
NOT_IN_BASH_3_2 = {
    "declare -A, -n, -g": r"\b(declare|local|typeset)\s+-\w*[Ang]",
    "mapfile": r"\b(mapfile|readarray)\b",
    "coproc": r"\bcoproc\b",
    "lower and upper case": r"\$\{\w+(\[[^]]*\])?[,^]",
    "${x@Q}": r"\$\{\w+@",
    "&>> and |&": r"&>>|\|&",
    ";& and ;;&": r";;?&",
    "[-1]": r"\[-\d+\]",
    "wait -n": r"\bwait -n",
    "%(...)T": r"%\(",
    "{fd}>": r"\{\w+\}[<>]",
    "[[ -v": r"\[\[ -v",
    "globstar and others": r"globstar|lastpipe|inherit_errexit",
    "a list that may be empty": r'(?<!\+)"\$\{\w+\[@\]\}"',
    "new variables": r"EPOCHSECONDS|EPOCHREALTIME|BASHPID|SRANDOM",
}
# Programs that macOS 12 has not; long options are found by the stand-ins.
NOT_IN_MACOS = (
    r"\b(flock|sha256sum|md5sum|timeout|nproc|realpath|setsid|tac|seq|ss|apt|systemctl)\s"
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_keeps_to_bash_3_2_and_to_what_macos_has(script: str) -> None:
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in (ROOT / script).read_text().splitlines()]
    code = "\n".join(line for line in lines if "echo " not in line)
    assert {what for what, pattern in NOT_IN_BASH_3_2.items() if re.search(pattern, code)} == set()
    assert re.findall(NOT_IN_MACOS, code) == []


def program(file: Path, text: str) -> None:
    file.write_text("#!/bin/sh\n" + text)
    file.chmod(0o755)


class Mac:
    """A copy of the scripts, and the PATH of a Mac with Homebrew's Python and nothing else."""

    # `--` alone is no option. The real ones are called by their full names.
    BSD = 'for it; do case $it in --?*) echo "{0}: illegal option -- -" >&2; exit 64;; esac; done\nexec {1} "$@"\n'
    TOOLS = ("cat", "cp", "dirname", "env", "head", "locale", "ln", "mkdir", "mv", "readlink", "rm")
    PYTHON = """case $1:$2:$3 in
  -m:venv:*) echo made >>"$(dirname "$3")/made"; mkdir -p "$3/bin"; ln -s "{0}" "$3/bin/python" ;;
  -m:pip:* | -c:"import fastapi"*) ;;
  *) exec {1} "$@" ;;
esac
"""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        (self.folder / "tools").mkdir(parents=True)
        for name in ("deploy.sh", "tools/setup", "tools/container", "tools/requirements.txt"):
            shutil.copy2(ROOT / name, self.folder / name)
        (self.folder / "lab").symlink_to(ROOT / "lab")
        for name in self.TOOLS:
            program(self.bin / name, self.BSD.format(name, shutil.which(name)))
        (self.bin / "bash").symlink_to(os.environ.get("LEADLINE_BASH") or str(shutil.which("bash")))
        self.is_a("Darwin", "arm64")
        python = self.bin / "python3"
        program(python, self.PYTHON.format(python, sys.executable))
        # The Python that is here says "linux" of itself.
        (self.folder / "sitecustomize.py").write_text(
            "from lab.machine import prerequisites\nprerequisites.has_local_lab = lambda: False\n"
        )

    def is_a(self, system: str, processor: str) -> None:
        program(self.bin / "uname", f"[ $1 = -sm ] && echo {system} {processor} || echo {system}\n")

    @property
    def made(self) -> int:
        """How often a Python environment was made."""
        return len((self.folder / ".leadline" / "made").read_text().splitlines())

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / command[0]), *command[1:]],
            cwd=self.folder.parent,
            env={"PATH": str(self.bin), "HOME": str(self.folder.parent), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        with self.start(*command, **environment) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def test_a_verb_sets_up_and_runs_on_a_mac(mac: Mac) -> None:
    code, out, err = mac.run("deploy.sh", "help")
    assert (code, err) == (0, "setting up python in .leadline/ (once)\n")
    assert "Leadline's lab" in out


def test_local_on_a_mac_says_what_to_do_before_anything_is_installed(mac: Mac) -> None:
    code, _, err = mac.run("deploy.sh", "local")
    assert code == USAGE
    assert err == f"error: {prerequisites.LOCAL_ELSEWHERE}\n"
    assert os.listdir(mac.folder / ".leadline") == []  # noqa: PTH208 - only names are needed


def test_a_set_up_is_made_once_and_again_where_it_cannot_work(mac: Mac) -> None:
    both = [mac.start("tools/setup", "python") for _ in range(2)]
    assert [(it.communicate(timeout=60)[1], it.returncode)[1] for it in both] == [0, 0]
    assert mac.made == 1
    assert mac.run("tools/setup", "python")[0] == 0
    assert mac.made == 1
    mac.is_a("Linux", "aarch64")  # the dev container, with the same folder
    assert mac.run("tools/setup", "python")[0] == 0
    assert mac.made == 2
    link = mac.folder / ".leadline" / "venv" / "bin" / "python"
    link.unlink()  # Homebrew's Python, after an upgrade
    link.symlink_to("/opt/homebrew/opt/python@3.12/bin/python")
    assert mac.run("tools/setup", "python")[0] == 0
    assert mac.made == 3


def test_a_set_up_that_fails_shows_why(mac: Mac) -> None:
    """npm says nothing with --silent, not even that a certificate is not trusted."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(ROOT / name, mac.folder)
    npm = 'case "$*" in *silent*) ;; *) echo "npm ERR! no network" >&2 ;; esac; exit 1\n'
    program(mac.bin / "npm", npm)
    code, _, err = mac.run("tools/setup", "cdk")
    assert code == 1
    assert "npm ERR! no network" in err


def test_without_a_python_the_package_manager_of_the_machine_is_named(mac: Mac) -> None:
    (mac.bin / "python3").unlink()
    assert "brew install python" in mac.run("deploy.sh", "help")[2]
    mac.is_a("Linux", "x86_64")
    program(mac.bin / "dnf", "exit 1\n")
    code, _, err = mac.run("deploy.sh", "help")
    assert code == 1
    assert "(sudo dnf install python3.12)" in err


def test_the_locale_of_java_is_utf_8(mac: Mac) -> None:
    """In a folder with other letters than ASCII's no JVM started where LC_ALL was C."""
    mac.is_a("Linux", "x86_64")
    (mac.folder / "lab").unlink()
    (mac.folder / "lab").mkdir()
    (mac.folder / "lab" / "__main__.py").write_text("import os; print(os.environ['LC_ALL'])\n")
    (mac.folder / "sitecustomize.py").unlink()
    assert mac.run("deploy.sh", "help", LC_ALL="C")[1] == "C.UTF-8\n"


@pytest.mark.parametrize("command", [["./deploy.sh"], ["bash", "deploy.sh"]])
def test_a_clone_with_windows_line_ends_says_what_to_do(mac: Mac, command: list[str]) -> None:
    script = mac.folder / "deploy.sh"
    script.write_bytes(script.read_bytes().replace(b"\n", b"\r\n"))
    ended = subprocess.run(
        [*command, "help"], cwd=mac.folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == USAGE
    assert ended.stderr.startswith("error: the files of this folder have Windows line ends")
    assert len(ended.stderr.splitlines()) == 1


def test_git_for_windows_makes_a_clone_with_lines_that_bash_can_read(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    shutil.copy2(ROOT / ".gitattributes", origin)
    (origin / "deploy.sh").write_bytes(b"#!/bin/bash\n")
    (origin / "VERB").write_bytes(b"no extension\n")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (
        ["git", "init", "--quiet", str(origin)],
        ["git", "-C", str(origin), "add", "."],
        ["git", "-C", str(origin), *who, "commit", "--quiet", "--message", "it"],
        # as its installer sets it
        ["git", "-c", "core.autocrlf=true", "clone", "--quiet", str(origin), str(clone)],
    ):
        subprocess.run(command, check=True, capture_output=True)
    assert (clone / "deploy.sh").read_bytes() == b"#!/bin/bash\n"
    assert (clone / "VERB").read_bytes() == b"no extension\n"


def test_in_the_shell_of_git_for_windows_it_sends_to_wsl(mac: Mac) -> None:
    mac.is_a("MINGW64_NT-10.0-22631", "x86_64")
    code, _, err = mac.run("deploy.sh", "up")
    assert code == USAGE
    assert "WSL 2" in err


# What a Mac's Python may not be asked for; set while a test plays one.
forbidding = False


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if not forbidding:
        return
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc"):
        raise AssertionError(f"{event} of {arguments[0]}")
    if event == "socket.bind" and str(arguments[1]).startswith(("('127.1.", "('127.2.")):
        raise AssertionError(f"bound {arguments[1]}")


sys.addaudithook(watch)


@pytest.fixture
def no_linux(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(prerequisites, "has_local_lab", lambda: False)
    monkeypatch.setattr(sys.modules[__name__], "forbidding", True)
    yield
    monkeypatch.undo()


cdk = test_interrupted.cdk  # the CDK CLI's place, over an emulated account


@pytest.fixture
def up(cdk: test_interrupted.Cdk, no_linux: None) -> None:  # noqa: ARG001 - it stands on both
    assert cli.main(test_interrupted.UP) == 0


@pytest.mark.usefixtures("up")
def test_the_verbs_of_a_lab_in_an_account_need_no_linux(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = []
    monkeypatch.setattr(bench, "JAR", ROOT / "pom.xml")
    monkeypatch.setattr(bench, "_bench", lambda _profile, words: calls.append(words[0]) or 0)
    assert cli.main(["status"]) == 0
    assert cli.main(["bench"]) == 1  # there are no targets
    assert "0 of 0 targets" in capsys.readouterr().err
    assert cli.main(["report", str(ROOT)]) == 0
    assert calls == ["report"]
    assert cli.main(["destroy", "--yes"]) == 0
    assert boto3.client("cloudformation").list_stacks()["StackSummaries"]


@pytest.mark.usefixtures("state", "no_linux")
def test_doctor_on_a_mac_misses_no_linux_unless_local_is_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prerequisites, "tools", list)
    monkeypatch.setattr(doctor, "in_account", lambda _name: None)
    cli.main(["doctor"])
    said = capsys.readouterr().out
    assert "unknown  Linux, for ./deploy.sh local" in said
    assert "tools/container" in said
    assert cli.main(["doctor", "--profile", "local"]) == 1
    assert "missing  Linux" in capsys.readouterr().out


@pytest.mark.usefixtures("state", "no_linux")
@pytest.mark.parametrize("verb", [["local", "--yes"], ["destroy", "--profile", "local"]])
def test_what_is_of_a_local_lab_says_where_it_works(
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: list[str],
) -> None:
    monkeypatch.setattr(lock, "STATE", state)
    assert cli.main(verb) == USAGE
    assert prerequisites.LOCAL_ELSEWHERE in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("no_linux")
def test_an_emulator_of_the_dev_container_is_none_of_the_macs(state: Path) -> None:
    local = Profile("local")
    (state / "local").mkdir()
    (state / "local" / "emulator.json").write_text(f'{{"pid": {os.getpid()}, "port": 5566}}')
    assert emulator.process_id(local) is None


def test_a_verb_may_open_more_files_than_macos_begins_with() -> None:
    """With 256 the check of 200 connections at once blamed the network."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert cli.main(["help"]) == 0
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == prerequisites.OPEN_FILES
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# The container


def fake_docker(mac: Mac) -> Callable[[], list[list[str]]]:
    """A docker that writes down its arguments, and ends as DOCKER_ENDS says."""
    note = mac.folder / "called"
    program(mac.bin / "docker", f'printf "%s\\n" "$@" --- >>"{note}"; exit ${{DOCKER_ENDS:-0}}\n')
    program(mac.bin / "id", "echo 501\n")
    shutil.copy2(ROOT / "Dockerfile", mac.folder)
    return lambda: [it.strip("\n").split("\n") for it in note.read_text().split("---\n")[:-1]]


def test_one_command_starts_the_lab_in_a_container(mac: Mac) -> None:
    called = fake_docker(mac)
    assert mac.run("tools/container")[0] == 0
    build, run = called()
    assert build == ["build", "--tag", "leadline-lab", "--build-arg", "UID=501", "-"]
    assert run[:4] == ["run", "--rm", "--init", "--interactive"]
    assert f"{mac.folder}:/home/lab/leadline" in run
    assert run[-4:] == ["leadline-lab", "bash", "-c", "./deploy.sh local "]


def test_what_the_container_ends_with_is_what_the_command_ends_with(mac: Mac) -> None:
    fake_docker(mac)
    assert mac.run("tools/container", "./deploy.sh", "doctor", DOCKER_ENDS="3")[0] == 3
    (mac.bin / "docker").unlink()
    code, _, err = mac.run("tools/container")
    assert code == USAGE
    assert "Docker is needed" in err


def test_the_container_has_what_the_lab_needs_where_it_looks() -> None:
    """Nothing here can build it; this keeps its parts together."""
    image = (ROOT / "Dockerfile").read_text()
    for package in (
        *("openjdk-21-jdk-headless", "maven", "nodejs", "npm", "curl", "git"),
        *("python3", "python3-venv", "ca-certificates"),
    ):
        assert re.search(rf"\s{re.escape(package)}\s", image), package
    folder = re.findall(r"^WORKDIR (.*)$", image, re.MULTILINE)[-1]
    volumes = re.findall(r"mkdir -p (.*)$", image, re.MULTILINE)[-1].split()
    assert volumes == [f"{folder}/.leadline", "/home/lab/.m2"]
    for file in ("tools/container", ".devcontainer/devcontainer.json"):
        text = (ROOT / file).read_text()
        assert re.findall(r"[:=](/home/lab[^,\"\s]*)", text) == [folder, *volumes]
    assert (ROOT / "tools/container").stat().st_mode & stat.S_IXUSR
