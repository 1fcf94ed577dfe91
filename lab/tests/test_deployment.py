"""Nothing is created before the user agreed, and an emulator that died is cleared away."""

import pytest

from lab import cli, console, deployment
from lab.deployment import Wishes
from lab.errors import USAGE, LabError
from lab.profile import Profile
from lab.topology import Topology, read

PLAN = Topology({"t2.micro": 2}, {"cluster1": "/cluster1"}, "round_robin", mixed=True)


def agree(profile: str, *, yes: bool = False) -> None:
    deployment.agree(Profile(profile), Wishes(yes=yes), PLAN, "123456789012", "us-east-1")


def test_no_answer_is_no(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "ask", lambda _question: False)
    with pytest.raises(LabError, match="nothing was created") as refusal:
        agree("aws")
    assert refusal.value.exit_code == USAGE
    shown = capsys.readouterr()
    assert "123456789012" in shown.out
    assert "per hour" in shown.out
    assert "allowedCidr" in shown.err


def test_without_a_terminal_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _prompt: (_ for _ in ()).throw(EOFError))
    assert console.ask("Create this?") is False


def test_yes_and_local_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ask", lambda _question: pytest.fail("asked"))
    agree("aws", yes=True)
    agree("local")


def test_the_topology_of_cdk_json_with_options_over_it() -> None:
    plain = read({})
    assert plain.instance_counts == {"t2.large": 4, "t2.micro": 5, "t3.small": 1}
    assert plain.paths == {"cluster1": "/cluster1", "cluster2": "/cluster2"}
    assert plain.mixed
    assert not read({"mixed": "false"}).mixed


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["local", "--port", "0"],
        ["local", "-c", "novalue"],
        ["up", "--profile", "local"],
    ],
)
def test_wrong_usage_is_told_and_exits_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == USAGE
    assert "usage:" in capsys.readouterr().err


def test_bench_gets_the_options_given_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setattr("lab.verbs.run_bench", lambda options: seen.update(vars(options)))
    assert cli.main(["bench", "--rounds", "2", "--warm-up", "0"]) == 0
    assert seen["bench_options"] == ["--rounds", "2", "--warm-up", "0"]


def test_an_interruption_is_one_sentence_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lab.verbs.doctor", interrupted)
    assert cli.main(["doctor"]) == 130
    assert "interrupted during doctor" in capsys.readouterr().err
