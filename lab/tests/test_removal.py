"""Destroy looks for what is left instead of assuming that nothing is."""

import os
import subprocess
from pathlib import Path

import pytest

from lab import console
from lab.aws import stack, teardown
from lab.errors import USAGE, LabError
from lab.machine import emulator, processes
from lab.profile import Profile
from lab.removal import removal
from lab.running import fleet

AWS = Profile("aws")


def test_a_machines_process_is_found_by_its_environment(tmp_path: Path) -> None:
    profile = Profile("local")
    ours = {"LEADLINE_MACHINE": f"{profile.state}/machines/i-1"}
    others = {"LEADLINE_MACHINE": str(tmp_path / "machines" / "i-1")}
    with (
        subprocess.Popen(["sleep", "60"], env=os.environ | ours) as one,
        subprocess.Popen(["sleep", "60"], env=os.environ | others) as two,
    ):
        try:
            found = processes.of_lab(profile)
            assert f"process {one.pid} (sleep 60)" in found
            assert f"process {two.pid} (sleep 60)" not in found
        finally:
            one.kill()
            two.kill()


def test_listeners_are_read_from_the_kernels_table() -> None:
    table = (
        "  sl  local_address rem_address   st\n"
        "   0: 0400017F:1F40 00000000:0000 0A 0 0\n"  # 127.1.0.4:8000, listening
        "   1: 0A00027F:1F90 00000000:0000 0A 0 0\n"  # 127.2.0.10:8080, listening
        "   2: 0400017F:1F40 0100007F:9999 01 0 0\n"  # a connection
        "   3: 0100007F:15BE 00000000:0000 0A 0 0\n"  # 127.0.0.1: somebody else's
    )
    assert processes.listeners(table) == ["127.1.0.4:8000", "127.2.0.10:8080"]


@pytest.fixture
def idle(state: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A local lab whose emulator has died."""
    profile = Profile("local")
    (state / "local").mkdir()
    profile.deployment_file.write_text("{}")
    monkeypatch.setattr(emulator, "clear", lambda _profile: None)
    monkeypatch.setattr(processes, "listeners", list)
    return profile


def test_a_process_that_is_left_fails_the_destroy(
    idle: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "of_lab", lambda _profile: ["process 7 (java)"])
    with pytest.raises(LabError, match=r"still running: process 7 \(java\)"):
        removal.remove_local(idle)
    assert idle.deployment_file.exists()  # so that destroy can be tried again


def test_nothing_left_is_said(idle: Profile, capsys: pytest.CaptureFixture[str]) -> None:
    removal.remove_local(idle)
    assert "Nothing is left: no process, port, stack or instance." in capsys.readouterr().out
    assert not idle.deployment_file.exists()


def test_a_half_made_stack_does_not_keep_the_emulator_alive(
    idle: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_profile: Profile, _name: str) -> None:
        raise LabError("the stack could not be deleted")

    stopped = []
    monkeypatch.setattr(emulator, "process_id", lambda _profile: 1)
    monkeypatch.setattr(emulator, "stop", stopped.append)
    monkeypatch.setattr(stack, "destroy", fails)
    monkeypatch.setattr(teardown, "_resources", lambda _profile, _name: [])
    removal.remove_local(idle)
    assert stopped == [idle]
    assert "could not be deleted" in capsys.readouterr().err


@pytest.mark.usefixtures("account", "state")
def test_a_clean_account_is_said_to_be_clean(capsys: pytest.CaptureFixture[str]) -> None:
    removal.remove_from_account(AWS, yes=True)
    assert "Nothing of the lab is left" in capsys.readouterr().out


@pytest.mark.usefixtures("account", "state")
def test_nothing_is_removed_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ask", lambda _question: False)
    monkeypatch.setattr(stack, "destroy", lambda *_: pytest.fail("removed"))
    with pytest.raises(LabError, match="nothing was removed") as refusal:
        removal.remove_from_account(AWS, yes=False)
    assert refusal.value.exit_code == USAGE


@pytest.mark.usefixtures("account")
def test_instances_that_are_gone_are_not_the_labs() -> None:
    assert fleet.instances(AWS) == []
