"""Jobs run side by side; the first that fails ends the others and is named with the end of its log."""

import sys
import time
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.machine import preparation


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "STATE", tmp_path)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_jobs_run_at_the_same_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each waits for what the other makes."""
    meet = (
        "import pathlib, sys, time; me, other = map(pathlib.Path, sys.argv[1:]); me.touch()\n"
        "while not other.exists(): time.sleep(0.01)"
    )
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    preparation.prepare({"first": [*python(meet), one, two], "second": [*python(meet), two, one]})
    printed = capsys.readouterr().err
    assert "ok  first" in printed
    assert "ok  second" in printed


def test_a_failure_is_named_and_ends_the_others() -> None:
    begun = time.monotonic()
    with pytest.raises(LabError, match=r"(?s)npm: failed \(exit code 7\).*no network"):
        preparation.prepare(
            {
                "pip": python("import time; time.sleep(60)"),
                "npm": python("import sys; print('no network'); sys.exit(7)"),
            }
        )
    assert time.monotonic() - begun < 30
