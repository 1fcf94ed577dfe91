"""Minutes of silence look like a program that hangs."""

import pytest

from lab import console


def test_without_a_terminal_a_long_step_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(console.time, "monotonic", lambda: now)
    with console.step("Waiting", "done") as step:
        for now in range(0, 150, 5):
            step.detail = f"{now} of 150"
    said = [it.strip() for it in capsys.readouterr().out.splitlines()]
    assert said == ["... Waiting", "60 of 150", "120 of 150", "ok  done (145 s)"]
