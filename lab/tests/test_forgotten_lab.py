"""The cost of an unused lab is printed before it is made, when it is up, and when it is stopped."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from lab import plan, verbs
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.plan import Plan
from lab.profile import Profile
from lab.running import fleet

AWS = Profile("aws")
STOPPED = "0.05 $ per hour (1.18 $ a day): Application Load Balancer, 3 public addresses"


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def up(state: Path) -> None:
    (state / "aws").mkdir()
    AWS.lab_file.write_text(
        json.dumps({"region": "us-west-2", "paths": [{"path": "/cluster1"}], "balancers": []})
    )


def test_the_question_says_what_a_forgotten_lab_costs(
    whole_lab: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    for minutes, says in ((60, True), (0, False)):
        here = replace(whole_lab, auto_stop_minutes=minutes)
        deployment.agree(AWS, Options(yes=True), here, "1", "us-east-1")
        shown = one_line(capsys.readouterr().out)
        assert ("without requests for 60 minutes powers itself off" in shown) is says
        assert (f"still costs {STOPPED}" in shown) is says
        assert ("Nothing stops it by itself" in shown) is not says
        assert says or "14.24 $ a day (-c autoStopMinutes=60" in shown


@pytest.mark.usefixtures("up")
def test_the_last_message_says_it_too_and_where_to_look(
    whole_lab: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = replace(whole_lab, auto_stop_minutes=60, alarm_email="me@example.org")
    monkeypatch.setattr(plan, "deployed", lambda _profile: here)
    verbs.next_steps(AWS)
    shown = one_line(capsys.readouterr().out)
    assert f"still costs {STOPPED}" in shown
    assert "#dashboards/dashboard/Leadline-us-west-2" in shown
    assert "mail that AWS sent to me@example.org is confirmed" in shown
    monkeypatch.setattr(plan, "deployed", lambda _profile: whole_lab)
    verbs.next_steps(AWS)
    shown = one_line(capsys.readouterr().out)
    assert "powers itself off" not in shown
    assert "e-mail" not in shown


@pytest.mark.usefixtures("account", "up")
def test_a_stop_says_what_goes_on_costing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "status", lambda *_: "CREATE_COMPLETE")
    monkeypatch.setattr(fleet, "stop", lambda _profile: 10)
    assert verbs.stop(Namespace(profile="aws")) == 0
    shown = one_line(capsys.readouterr().out)
    assert f"Stopped, the lab still costs {STOPPED}" in shown
    assert "AWS list prices" in shown
