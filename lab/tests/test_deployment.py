"""Nothing is created before the user agreed, and a lab that cannot be updated is made anew."""

import dataclasses
import json
from pathlib import Path

import pytest

from lab import cli, console, lock, plan, verbs
from lab.account import own_address
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.machine import emulator, prerequisites
from lab.plan import Plan
from lab.profile import ROOT, Profile
from lab.running import fleet
from lab.topology import read

PLAN = Plan({"t2.micro": 2}, 3, {}, None, "round_robin", allowed_cidr="203.0.113.7/32")


def agree(profile: str, *, yes: bool = False) -> None:
    deployment.agree(Profile(profile), Options(yes=yes), PLAN, "123456789012", "us-west-2")


def test_no_answer_is_no(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "ask", lambda _question: False)
    with pytest.raises(LabError, match="nothing was created") as refusal:
        agree("aws")
    assert refusal.value.exit_code == USAGE
    shown = capsys.readouterr().out
    for word in ("123456789012", "us-west-2 has its own prices", "per hour", "203.0.113.7/32"):
        assert word in shown


@pytest.mark.parametrize(
    ("rounds", "says"),
    [
        (0, "about 8 to 12 minutes."),
        (6, "and the benchmark 46 to 54 more: 7 cells, 6 bursts of each, a minute a burst"),
        (3, "and the benchmark 25 to 33 more"),
    ],
)
def test_the_question_says_how_long_it_will_take(
    rounds: int, says: str, whole_lab: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Options(yes=True, rounds=rounds)
    deployment.agree(Profile("aws"), options, whole_lab, "123456789012", "us-east-1")
    shown = capsys.readouterr().out
    assert says in shown
    assert "50 custom metrics of the balancer" in shown
    assert "unlimited mode: up to 0.08 $ per hour more" in shown


@pytest.mark.parametrize(("answer", "agreed"), [("y", True), ("yes", True), ("", False)])
def test_only_yes_is_yes(monkeypatch: pytest.MonkeyPatch, answer: str, agreed: bool) -> None:
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _prompt: answer)
    assert console.ask("Create this?") is agreed


def test_without_a_terminal_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest's standard input is no terminal; a script's may be a pipe that never ends
    monkeypatch.setattr("builtins.input", lambda _prompt: pytest.fail("waits for an answer"))
    assert console.ask("Create this?") is False


def test_without_a_terminal_the_refusal_comes_before_any_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: pytest.fail("built"))
    monkeypatch.setattr(stack, "identity", lambda _profile: pytest.fail("AWS was called"))
    with pytest.raises(LabError, match="--yes") as refusal:
        deployment.deploy("aws", Options(context={"allowedCidr": "203.0.113.7/32"}))
    assert refusal.value.exit_code == USAGE


def test_yes_and_local_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ask", lambda _question: pytest.fail("asked"))
    agree("aws", yes=True)
    agree("local")


@pytest.mark.usefixtures("state")
def test_a_lab_that_nobody_can_reach_is_refused() -> None:
    with pytest.raises(LabError, match="-c allowedCidr=") as refusal:
        deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert refusal.value.exit_code == USAGE


@pytest.mark.usefixtures("state")
def test_this_machine_alone_may_enter_unless_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(own_address, "own_ranges", lambda: ["203.0.113.7/32"])
    options, plan = deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert plan.allowed_cidr == options.context["allowedCidr"] == "203.0.113.7/32"
    deployment.remember(Profile("aws"), options)
    monkeypatch.setattr(own_address, "own_ranges", lambda: ["198.51.100.1/32"])
    deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert "-c allowedCidr=198.51.100.1/32 lets it in" in capsys.readouterr().err


@pytest.mark.usefixtures("state")
def test_a_campus_enters_through_every_address_that_was_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = [f"203.0.113.{last}/32" for last in (4, 5, 6, 7)]
    monkeypatch.setattr(own_address, "own_ranges", lambda: pool)
    options, plan = deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert plan.allowed_cidr == options.context["allowedCidr"] == ",".join(pool)
    said = capsys.readouterr().err
    assert "through 4 addresses" in said
    assert "-c allowedCidr=203.0.113.0/24" in said
    deployment.remember(Profile("aws"), options)

    monkeypatch.setattr(own_address, "own_ranges", lambda: [pool[1]])  # some of them, another time
    deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(own_address, "own_ranges", lambda: [pool[1], "203.0.113.9/32"])
    deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    both = f"-c allowedCidr={','.join(pool)},203.0.113.9/32 lets it in"
    assert both in " ".join(capsys.readouterr().err.split("\n"))


def test_who_was_let_in_by_a_team_mate_still_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first `up` of another machine updates the same lab, and knows nothing of who entered it before."""
    theirs = dataclasses.replace(PLAN, allowed_cidr="203.0.113.7/32,192.0.2.0/24")
    monkeypatch.setattr(plan, "deployed", lambda _profile: theirs)
    mine = Options(context={"allowedCidr": "198.51.100.1/32"})
    options, declared = deployment.shut_nobody_out(Profile("aws"), mine)
    both = "203.0.113.7/32,192.0.2.0/24,198.51.100.1/32"
    assert declared.allowed_cidr == options.context["allowedCidr"] == both
    assert f"allowedCidr={both}" in capsys.readouterr().out
    known = Options(context={"allowedCidr": theirs.allowed_cidr})
    options, _ = deployment.shut_nobody_out(Profile("aws"), known)
    assert options.context == known.context
    assert capsys.readouterr().out == ""


def test_a_changed_address_is_said_before_the_lab_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plan, "deployed", lambda _profile: PLAN)
    for own, says in (("203.0.113.7/32", False), ("198.51.100.1/32", True)):
        monkeypatch.setattr(own_address, "own_ranges", lambda own=own: [own])
        deployment.warn_if_shut_out(Profile("aws"))
        assert ("-c allowedCidr=198.51.100.1/32 lets it in" in capsys.readouterr().err) is says


def test_bench_looks_at_the_address_before_it_measures(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def look(_profile: Profile) -> None:
        raise LabError("looked")

    monkeypatch.setattr(lock, "STATE", state)
    monkeypatch.setattr(verbs, "_complete", lambda _options: Profile("aws"))
    monkeypatch.setattr(verbs.access, "warn_unless_lasting", lambda *_: None)
    monkeypatch.setattr(fleet, "require_none_lost", lambda _profile: None)
    monkeypatch.setattr(fleet, "targets", lambda _profile: pytest.fail("measures already"))
    monkeypatch.setattr(deployment, "warn_if_shut_out", look)
    assert cli.main(["bench", "--profile", "aws"]) == 1
    assert "looked" in capsys.readouterr().err


def test_a_list_in_the_file_is_what_the_command_line_says_with_commas(tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    declared = json.loads((ROOT / "cdk.json").read_text())
    declared["context"] |= {"allowedCidr": ["203.0.113.7/32", "203.0.113.9/32"]}
    file.write_text(json.dumps(declared))
    assert read({}, file).allowed_cidr == "203.0.113.7/32,203.0.113.9/32"


@pytest.mark.usefixtures("state")
def test_who_may_enter_is_as_last_time_unless_said() -> None:
    deployment.remember(Profile("aws"), Options(context={"allowedCidr": "203.0.113.7/32"}))
    options, plan = deployment.decide_who_may_enter("aws", Options(yes=True), read({}))
    assert options.context == {"allowedCidr": "203.0.113.7/32"}
    assert plan.allowed_cidr == "203.0.113.7/32"
    said = {"allowedCidr": "198.51.100.1/32"}
    options, _ = deployment.decide_who_may_enter("aws", Options(context=said), read(said))
    assert options.context == said


@pytest.mark.parametrize(
    ("options", "answers", "status", "reason"),
    [
        (Options(), True, "CREATE_COMPLETE", None),
        (Options(), True, None, None),  # deployed nothing yet: goes on
        (Options(port=7001), True, "UPDATE_COMPLETE", None),
        (Options(port=7002), True, "CREATE_COMPLETE", "port 7001"),
        (Options(service_times=False), True, "CREATE_COMPLETE", "service times are on"),
        (Options(), False, "CREATE_COMPLETE", "does not answer"),
        (Options(), True, "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"),
        (Options(), True, "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"),
        # as on AWS: the next update goes through, or the stack is removed first
        (Options(), True, "UPDATE_ROLLBACK_COMPLETE", None),
        (Options(), True, "DELETE_FAILED", None),
    ],
)
@pytest.mark.usefixtures("state")
def test_a_local_lab_is_made_anew_only_where_it_cannot_be_updated(
    options: Options,
    answers: bool,
    status: str | None,
    reason: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = Profile("local", 7001)
    deployment.remember(profile, Options())
    monkeypatch.setattr(emulator, "answers", lambda _profile: answers)
    monkeypatch.setattr(stack, "status", lambda _profile: status)
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    found = deployment.why_start_afresh(profile, options)
    assert found is reason if reason is None else reason in found


@pytest.mark.usefixtures("state")
def test_a_crashed_run_is_cleared_before_its_ports_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = []
    monkeypatch.setattr(emulator, "clear", lambda _profile: done.append("cleared"))
    taken = prerequisites.Finding("port 8000 on 127.1.255.254", "taken", False, "end it")
    monkeypatch.setattr(prerequisites, "local_ports", lambda _port: done.append("ports") or [taken])
    with pytest.raises(LabError, match="port 8000"):
        deployment.require_ports(Options())
    assert done == ["cleared", "ports"]


def test_the_topology_of_cdk_json_with_options_over_it() -> None:
    plain = read({})
    assert plain.instance_counts == {"t2.large": 4, "t2.micro": 5, "t3.small": 1}
    assert plain.allowed_cidr is None
    assert read({"allowedCidr": "203.0.113.7/32"}).allowed_cidr == "203.0.113.7/32"


@pytest.mark.parametrize(
    ("topology", "says"),
    [
        ("{", r"-c topology is no JSON: line 1, column 2"),
        ("[]", "must be an object"),
        (json.dumps({"clusters": []}), "no key 'balancer'"),
        (json.dumps({"clusters": [{"name": "a"}], "balancer": {}}), "no key 'instanceType'"),
    ],
)
def test_a_topology_that_cannot_be_read_is_told_in_one_sentence(topology: str, says: str) -> None:
    with pytest.raises(LabError, match=says):
        read({"topology": topology})


def test_a_damaged_cdk_json_is_named_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    file.write_text('{\n"context": {,}\n}')
    with pytest.raises(LabError, match=r"cdk\.json is no JSON: line 2, column 13"):
        read({}, file)
