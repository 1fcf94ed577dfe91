"""Arguments, exit codes and the sentence that an interrupted verb ends with."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from lab import cli, commands, lock, verbs
from lab.errors import USAGE, LabError
from lab.profile import ROOT, Profile
from lab.tests.waiting import eventually, gone


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["local", "--port", "0"],
        ["local", "-c", "novalue"],
        ["up", "--profile", "local"],
        ["help", "nonsense"],
        ["--json"],
    ],
)
def test_wrong_usage_is_told_and_exits_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == USAGE
    assert "usage:" in capsys.readouterr().err


def test_wrong_usage_is_json_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json", "--nonsense"]) == USAGE
    assert json.loads(capsys.readouterr().out)["exitCode"] == USAGE


def test_a_second_ctrl_c_does_not_leave_a_program_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user does not wait for a program that takes its time to end: it is ended the hard way, then."""
    note = tmp_path / "child"

    pressed = []

    class Impatient(subprocess.Popen):
        def wait(self, timeout: float | None = None) -> int:
            if len(pressed) == 2:
                return super().wait(timeout)
            pressed.append(timeout)
            assert eventually(lambda: note.exists() and note.read_text().endswith("\n"))
            raise KeyboardInterrupt

    script = f"trap '' TERM; echo $$ >'{note}'; while :; do sleep 1; done"
    with monkeypatch.context() as during:
        during.setattr(subprocess, "Popen", Impatient)
        with pytest.raises(KeyboardInterrupt):
            commands.run("it", ["bash", "-c", script], os.environ, tmp_path / "log")
    assert eventually(lambda: gone(int(note.read_text())))


def test_help_tells_of_every_verb_and_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["help"]) == 0
    shown = capsys.readouterr().out
    for verb in (
        *("up", "local", "status", "dashboard", "bench", "report", "stop", "start", "destroy"),
        *("package", "doctor"),
    ):
        assert f"\n    {verb}" in shown
    assert cli.main(["help", "local"]) == 0
    assert "--no-service-times" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["status", "bench", "stop", "start"])
@pytest.mark.usefixtures("state")
def test_without_a_lab_a_verb_says_how_to_get_one(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([verb]) == USAGE
    assert "./deploy.sh local" in capsys.readouterr().err


@pytest.mark.usefixtures("account", "state")
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"])
def test_an_empty_variable_for_certificates_is_none(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "")
    assert cli.main(["status", "--profile", "aws"]) == USAGE
    assert "there is no stack" in capsys.readouterr().err


@pytest.mark.usefixtures("state")
def test_nothing_to_destroy_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["destroy"]) == 0
    assert "nothing to destroy" in capsys.readouterr().out


def test_bench_gets_the_options_given_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setattr(verbs, "run_bench", lambda options: seen.update(vars(options)) or 0)
    assert cli.main(["bench", "--rounds", "2", "--warm-up", "0"]) == 0
    assert seen["bench_options"] == ["--rounds", "2", "--warm-up", "0"]
    assert seen["policies"] is None


def test_bench_hands_on_what_is_the_benchmarks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    monkeypatch.setattr(verbs, "run_bench", lambda options: seen.update(vars(options)) or 0)
    disturb = "at 5s freeze target 3 for 10s"
    # --round is no abbreviation of --rounds: the benchmark says that it has no such option
    own = ["--pre-connect", "--disturb", disturb, "-q", "300", "--round", "7", "--header", "A: b"]
    words = ["bench", *own, "--policies", "round_robin,leadline"]
    assert cli.main([*words, "--rounds", "2"]) == 0
    assert seen["bench_options"] == ["--rounds", "2", *own]
    assert seen["policies"] == ["round_robin", "leadline"]


@pytest.mark.parametrize("policies", ["", "a,a", "a,,b", "a,b,c,d,e,f,g", "a;reboot"])
def test_policies_must_be_a_list(policies: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "--policies", policies]) == USAGE
    assert "different policies" in capsys.readouterr().err


def test_no_other_verb_has_unknown_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--disturb", "x"]) == USAGE
    assert "unrecognized arguments: --disturb x" in capsys.readouterr().err


def test_the_exit_code_of_a_benchmark_is_the_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "run_bench", lambda _options: 4)
    assert cli.main(["bench"]) == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_says_what_is_left_and_exits_130(
    number: signal.Signals,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    # A shell starts what runs in the background deaf to Ctrl-C, and these tests may be run so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    monkeypatch.setattr(verbs, "doctor", lambda _options: os.kill(os.getpid(), number))
    assert cli.main(["doctor"]) == 130
    assert "interrupted during doctor; no lab was left" in capsys.readouterr().err
    (state / "aws").mkdir()
    (state / "aws" / "deployment.json").write_text("{}")
    assert cli.main(["doctor"]) == 130
    said = capsys.readouterr().err
    assert "may cost" in said
    assert "./deploy.sh destroy" in said


def test_an_interrupted_program_ends_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "child"

    class InterruptedWhileItRuns(subprocess.Popen):
        interrupted = False

        def wait(self, timeout: float | None = None) -> int:
            if self.interrupted:
                return super().wait(timeout)
            assert eventually(lambda: note.exists() and note.read_text().endswith("\n"))
            self.interrupted = True
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", InterruptedWhileItRuns)
    # the child would live on if the program alone were told
    script = f"sleep 300 & echo $! >'{note}'; wait"
    with pytest.raises(KeyboardInterrupt):
        commands.run("it", ["bash", "-c", script], os.environ, tmp_path / "log")
    assert eventually(lambda: gone(int(note.read_text())))


def test_a_failed_program_shows_the_end_of_its_log(tmp_path: Path) -> None:
    script = "seq 100; exit 3"
    with pytest.raises(LabError, match=r"(?s)it failed \(exit code 3\).*99\n100") as failure:
        commands.run("it", ["bash", "-c", script], os.environ, tmp_path / "log")
    assert "\n50\n" not in str(failure.value)


def test_two_runs_do_not_meet_on_one_lab(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "STATE", state)
    with (
        lock.held(Profile("local")),
        lock.held(Profile("aws")),
        pytest.raises(LabError, match=rf"process {os.getpid()}\) is at work"),
        lock.held(Profile("local")),
    ):
        pass
    with lock.held(Profile("local")):
        pass


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """deploy.sh in a folder with a space, with this checkout's installed tools."""
    folder = tmp_path_factory.mktemp("a checkout") / "lead line"
    folder.mkdir()
    for name in ("deploy.sh", "lab", "cdk.json", "tools", "package-lock.json"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "deploy.sh").unlink()
    (folder / "deploy.sh").write_bytes((ROOT / "deploy.sh").read_bytes())
    (folder / "deploy.sh").chmod(0o755)
    (folder / ".leadline").mkdir()
    for name in ("venv", "python.stamp"):
        (folder / ".leadline" / name).symlink_to(ROOT / ".leadline" / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["help"], 0, "usage: ./deploy.sh"),
        (["local", "--help"], 0, "--no-service-times"),
        (["nonsense"], USAGE, "invalid choice: 'nonsense'"),
        (["report", "no such run"], USAGE, "there is no run in"),
    ],
)
def test_deploy_sh_from_any_folder_even_one_with_a_lab_in_it(
    copy: Path, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "__main__.py").write_text("raise SystemExit('the wrong lab')")
    ended = subprocess.run(
        [copy / "deploy.sh", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stderr
    assert says in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    if arguments[0] == "report":
        assert str(tmp_path / "no such run") in ended.stderr.replace("\n", " ")


def test_deploy_sh_says_which_python_it_needs(copy: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("bash", "dirname", "readlink", "mkdir", "cat", "head", "uname", "locale", "rm"):
        (bare / name).symlink_to(Path("/usr/bin") / name)
    (copy / ".leadline" / "python.stamp").unlink()
    try:
        ended = subprocess.run(
            ["/bin/bash", copy / "deploy.sh", "help"],
            env={"PATH": str(bare)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        (copy / ".leadline" / "python.stamp").symlink_to(ROOT / ".leadline" / "python.stamp")
    assert ended.returncode != 0
    assert "Python 3.11 or newer" in ended.stderr
