"""Groups end, all of them and nothing else."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import processes

ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a machine"
    folder.mkdir()
    yield folder
    processes.end([folder], grace_seconds=0)


def start(folder: Path, script: str) -> subprocess.Popen[bytes]:
    """Starts a script and waits until it has written `ready`: with `>`, because `touch` would be a process too."""
    leader = processes.start(["bash", "-c", script], folder, ENVIRONMENT, folder / "log")
    wait_for((folder / "ready").exists)
    return leader


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)  # between two looks at the condition


def test_a_group_ends_with_everything_it_started(folder: Path) -> None:
    # the second sleep has a session of its own: only its environment says whose it is
    leader = start(folder, "sleep 60 & setsid sleep 60 & >ready; exec sleep infinity")
    wait_for(lambda: len(processes.members([folder])[folder]) == 3)
    assert processes.end([folder], grace_seconds=5) == {folder: 3}
    assert leader.wait() == -15
    assert processes.members([folder]) == {folder: []}


def test_members_are_found_after_their_leader_and_its_record_are_gone(folder: Path) -> None:
    leader = start(folder, "sleep 60 & >ready")
    leader.wait()
    (folder / processes.RECORD).write_text('{"pid": ')  # a crash in the middle of writing
    assert processes.end([folder], grace_seconds=5) == {folder: 1}


def test_what_ignores_sigterm_is_killed(folder: Path) -> None:
    leader = start(folder, "trap '' TERM; >ready; while :; do sleep 0.1; done")
    began = time.monotonic()
    processes.end([folder], grace_seconds=0.3)
    assert time.monotonic() - began < 5
    assert leader.wait() == -9


def test_a_recycled_process_id_is_left_alone(folder: Path) -> None:
    # catches: trusting the process id in the record
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        started = processes.process_with(stranger.pid).started
        (folder / processes.RECORD).write_text(
            json.dumps({"pid": stranger.pid, "startTimeTicks": started - 1})
        )
        assert processes.end([folder], grace_seconds=0) == {folder: 0}
        assert stranger.poll() is None
        processes.Process(stranger.pid, started - 1).send(9)
        assert stranger.poll() is None
        stranger.kill()


def test_a_neighbour_is_left_alone(folder: Path, tmp_path: Path) -> None:
    neighbour = tmp_path / "a machine2"  # its name begins like the other's
    neighbour.mkdir()
    leaders = [start(group, ">ready; exec sleep infinity") for group in (folder, neighbour)]
    processes.end([folder], grace_seconds=5)
    assert len(processes.members([neighbour])[neighbour]) == 1
    processes.end([neighbour], grace_seconds=5)
    assert [leader.wait() for leader in leaders] == [-15, -15]


def test_a_process_whose_name_has_brackets_and_spaces(folder: Path) -> None:
    # /proc/PID/stat quotes nothing
    odd = folder / "a) b (c"
    odd.symlink_to("/bin/sleep")
    leader = start(folder, ">ready; exec './a) b (c' 60")
    assert processes.end([folder], grace_seconds=5) == {folder: 1}
    leader.wait()
