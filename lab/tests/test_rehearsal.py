"""A rehearsal: what it looks at, what the table says, and that it removes its own lab and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from lab import cli
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.machine.prerequisites import Finding
from lab.profile import Profile
from lab.rehearsal import instance_rows, rehearsal
from lab.removal import removal
from lab.removal.leftovers import Leftovers
from lab.running import run_command

JAR = "5" * 64
TARGET = {
    "system": "Amazon Linux 2023.9",
    "kernel": "6.1.1",
    "script": "2026-11-27T10:00:00Z leadline: target 1 of cluster1 is ready",
    "clock": "yes",
    "metadata": "401",
    "queue": "4096",
    "python": "Python 3.13.1",
    "app.state": "active",
    "app.boot": "enabled",
    "app.restarts": "0",
    "app.errors": "0",
    "app.files": "65536",
    "health": "200",
}
BALANCER = TARGET | {
    "script": "2026-11-27T10:00:01Z leadline: the balancer is ready",
    "java": 'openjdk version "25.0.1" 2025-10-21 LTS',
    "balancer.state": "active",
    "balancer.boot": "enabled",
    "balancer.restarts": "0",
    "balancer.errors": "0",
    "balancer.files": "65536",
    "jar": JAR,
    "version": "0.1.0",
    "transport": "io_uring",
    "ready": "200",
    "group.cluster1": "1/1",
    "group.all_targets": "2/2",
}


def rows(target: dict[str, str], balancer: dict[str, str], *, is_local: bool = False) -> list:
    facts = {"leadline-cluster1-1": target, "leadline-balancer": balancer}
    return instance_rows.rows(facts, JAR, is_local=is_local)


def test_every_row_is_good_where_every_fact_is() -> None:
    found = rows(TARGET, BALANCER)
    assert [it for it in found if it.ok is not True] == []
    said = {it.what: it.found for it in found}
    assert said["application's unit"] == "active"
    assert said["start script's last word"] == (
        "target 1 of cluster1 is ready (leadline-cluster1-1); the balancer is ready (leadline-balancer)"
    )
    assert said["healthy targets, as Leadline has them"] == "cluster1 1/1, all_targets 2/2"


@pytest.mark.parametrize(
    ("fact", "bad"),
    [
        ("system", ""),
        ("script", "2026-11-27T10:00:00Z leadline: FAILED: line 3, status 1: dnf"),
        ("clock", "no"),
        ("metadata", "200"),
        ("queue", "128"),
        ("python", "Python 3.9.1"),
        ("app.state", "failed"),
        ("app.boot", "disabled"),
        ("app.restarts", "3"),
        ("app.errors", "1"),
        ("app.files", "1024"),
        ("health", "000"),
        ("java", "java: not found"),
        ("java", 'openjdk version "11.0.2"'),
        ("balancer.state", "activating"),
        ("balancer.boot", "disabled"),
        ("balancer.restarts", "1"),
        ("balancer.errors", "2"),
        ("balancer.files", ""),
        ("jar", "6" * 64),
        ("transport", "nio"),
        ("ready", "503"),
        ("group.cluster1", "0/1"),
    ],
)
def test_each_bad_fact_is_one_bad_row(fact: str, bad: str) -> None:
    bad_rows = [it for it in rows(TARGET, BALANCER | {fact: bad}) if it.ok is False]
    assert len(bad_rows) == 1
    shown = bad.partition("leadline: ")[2] or bad or "nothing"
    assert shown in bad_rows[0].found


def test_an_instance_that_says_nothing_of_leadline_makes_no_row_good() -> None:
    found = rows(TARGET, TARGET)
    bad = [it.what for it in found if it.ok is False]
    assert "Leadline's transport" in bad
    assert "healthy targets, as Leadline has them" in bad


def test_on_this_machine_what_there_is_not_is_left_open() -> None:
    absent = ("clock", "metadata", "queue", "boot", "restarts")
    here = [{k: v for k, v in it.items() if not k.endswith(absent)} for it in (TARGET, BALANCER)]
    found = rows(*here, is_local=True)
    assert {it.ok for it in found} == {True, None}
    assert sum(it.ok is None for it in found) == 7


STAND_INS = {
    "systemctl": 'case "$*" in *MainPID*) echo "$SOME_PID" ;; *NRestarts*) echo 0 ;; is-active*) echo active ;; '
    "is-enabled*) echo enabled ;; esac",
    "journalctl": "echo 'INFO ready'",
    "timedatectl": "echo yes",
    "java": "echo 'openjdk version \"25.0.1\"' >&2",
    "curl": """case "$*" in
  *meta-data*) printf 401 ;;
  *9901/status) echo '{"transport": "epoll", "version": "0.1.0", "targetGroups": [
    {"name": "a", "targets": [{"health": "healthy"}, {"health": "unhealthy"}]}]}' ;;
  *) printf 200 ;;
esac""",
}


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_an_instance_says_every_fact_that_a_row_is_made_of(shell: str, tmp_path: Path) -> None:
    """Debian's sh is dash, Amazon Linux's is bash. Catches a fact whose name the rows do not have."""
    home = tmp_path / "opt/leadline"
    (home / "venv/bin").mkdir(parents=True)
    (home / "venv/bin/python").symlink_to(sys.executable)
    (home / "balancer.jar").write_text("jar\n")
    (home / "app.env").touch()
    (tmp_path / "var/log").mkdir(parents=True)
    log = "cloud-init\n2026-11-27T10:00:00Z leadline: the balancer is ready\nmore of cloud-init\n"
    (tmp_path / "var/log/cloud-init-output.log").write_text(log)
    (tmp_path / "bin").mkdir()
    for name, text in STAND_INS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    ran = subprocess.run(
        [shell, "-c", rehearsal.FACTS.read_text()],
        env={
            "PATH": f"{tmp_path}/bin:/usr/bin:/bin",
            "LEADLINE_ROOT": str(tmp_path),
            "LEADLINE_JAVA": str(tmp_path / "bin/java"),
            "SOME_PID": str(os.getpid()),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found = instance_rows.parsed(ran.stdout)
    assert ran.stderr == ""
    assert found.keys() == (BALANCER.keys() - {"group.cluster1", "group.all_targets"}) | {"group.a"}
    for name in ("clock", "metadata", "app.boot", "balancer.restarts", "app.errors", "ready"):
        assert found[name] == BALANCER[name]
    assert (found["transport"], found["group.a"]) == ("epoll", "1/2")
    assert found["script"].endswith("the balancer is ready")
    assert found["app.files"].isdigit() or found["app.files"] == "unlimited"


class Ssm:
    """An instance whose agent registers after some attempts, and a command that ends after some looks."""

    def __init__(self, refusals: int, *states: str) -> None:
        self.refusals = refusals
        self.states = [*states]
        self.sent: list[dict] = []

    def send_command(self, **request: object) -> dict:
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "InvalidInstanceId"}}, "SendCommand")
        self.sent.append(request)
        return {"Command": {"CommandId": "c"}}

    def get_command_invocation(self, **_: str) -> dict:
        state = self.states.pop(0)
        if not state:
            raise ClientError({"Error": {"Code": "InvocationDoesNotExist"}}, "GetCommandInvocation")
        return {
            "Status": state,
            "StandardOutputContent": "said",
            "StandardErrorContent": "a\nwhy\n",
        }


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_command, "POLL_SECONDS", {"aws": 0})


@pytest.mark.usefixtures("quick")
def test_a_script_runs_once_the_agent_has_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    ssm = Ssm(2, "", "Pending", "InProgress", "Success")
    monkeypatch.setattr(stack, "client", lambda *_: ssm)
    assert run_command.run(Profile("aws"), "i-1", "echo said") == "said"
    (request,) = ssm.sent
    assert request["InstanceIds"] == ["i-1"]
    assert request["Parameters"] == {"commands": ["echo said"]}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("ssm", "says"),
    [(Ssm(9), "has not registered"), (Ssm(0, "Failed"), "why"), (Ssm(0, "Pending"), "Pending")],
)
def test_a_script_that_does_not_come_about_says_why(
    ssm: Ssm, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "client", lambda *_: ssm)
    monkeypatch.setattr(run_command, "REGISTER_SECONDS", -1)
    monkeypatch.setattr(run_command, "RUN_SECONDS", -1)
    with pytest.raises(LabError, match=says):
        run_command.run(Profile("aws"), "i-1", "x")


@pytest.fixture
def played(
    account: None,  # noqa: ARG001 - nothing may reach the real one
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """A rehearsal whose steps are noted and do nothing; its table goes into the state directory."""
    done = []

    def deploy(name: str, options: Options) -> Profile:
        assert (options.burst, options.rounds) == (0, 0)  # no benchmark follows
        deployment.remember(Profile(name), options)
        done.append("deployed")
        return Profile(name)

    def remove(profile: Profile, *, yes: bool) -> Leftovers:
        assert yes
        profile.deployment_file.unlink()
        done.append("removed")
        return Leftovers()

    monkeypatch.setattr(deployment, "deploy", deploy)
    monkeypatch.setattr(removal, "remove_from_account", remove)
    monkeypatch.setattr(rehearsal, "examine", lambda _profile: [Finding("row", "found", True)])
    monkeypatch.setattr(rehearsal, "TABLE", state / "results" / "rehearsal.txt")
    return done


def up(*more: str) -> int:
    return cli.main(["up", "--yes", "-c", "topology=smoke", *more])


def test_it_deploys_looks_and_removes_and_keeps_the_table(
    played: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert up("-c", "os=debian") == 0
    assert played == ["deployed", "removed"]
    kept = rehearsal.TABLE.read_text()
    assert kept in capsys.readouterr().out
    first, summary, _, *lines = kept.splitlines()
    assert "profile aws, region us-east-1, os debian" in first
    assert summary == "3 of 3 rows are good, 0 could not be looked at"
    assert [" ".join(line.split()) for line in lines] == [
        "ok created and serving after 0 minutes",
        "ok row found",
        "ok removed nothing is left",
    ]


def test_it_keeps_the_lab_where_it_is_asked_to(
    played: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert up("--keep") == 0
    assert played == ["deployed"]
    assert "./deploy.sh destroy" in capsys.readouterr().out


def test_a_bad_row_fails_and_the_lab_is_removed_all_the_same(
    played: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rehearsal, "examine", lambda _profile: [Finding("row", "", False)])
    assert up() == 1
    assert played == ["deployed", "removed"]
    assert "1 of 3 rows are not good" in capsys.readouterr().err


def test_a_creation_that_failed_is_a_row_and_is_removed(
    played: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deploy(name: str, options: Options) -> Profile:
        deployment.remember(Profile(name), options)
        raise LabError(
            "the stack ended badly\nUser arn:aws:iam::123456789012:user/me at 203.0.113.7"
        )

    monkeypatch.setattr(deployment, "deploy", deploy)
    assert up() == 1
    assert played == ["removed"]
    kept = rehearsal.TABLE.read_text()
    assert "NO  created and serving" in kept
    assert "User arn:aws:iam::(account):user/me at (address)" in kept


@pytest.mark.parametrize("elsewhere", [False, True])
def test_where_nothing_was_created_nothing_is_removed(
    elsewhere: bool, played: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if elsewhere:  # the note of a lab in another region
        deployment.remember(Profile("aws"), Options())

    def deploy(_name: str, _options: Options) -> Profile:
        raise LabError("nothing was created", USAGE)

    monkeypatch.setattr(deployment, "deploy", deploy)
    assert up() == USAGE
    assert played == []


def test_a_lab_that_is_up_is_not_turned_into_a_rehearsal(
    played: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "status", lambda _profile: "UPDATE_COMPLETE")
    assert up() == USAGE
    assert played == []
    assert "./deploy.sh destroy --profile aws" in capsys.readouterr().err


def test_another_topology_is_no_rehearsal(
    played: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.verbs, "next_steps", lambda _profile: None)
    assert cli.main(["up", "--yes", "--no-bench"]) == 0
    assert played == ["deployed"]


def test_an_unknown_name_is_refused_with_those_there_are(
    played: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["up", "--yes", "-c", "topology=smoky"]) == USAGE
    assert played == []
    assert (
        "no topology 'smoky'; allowed: a JSON object, or one of smoke, group"
        in capsys.readouterr().err
    )
