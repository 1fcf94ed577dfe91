"""An emulator in a process of its own, as people run it."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.patches import autoscaling
from emulator.patches.target_groups import answer_target_health_with, nobody_checked
from emulator.tests.api import Api
from emulator.tests.clocked import Clocked

TEMPLATE = Path(__file__).with_name("cycle.template.yaml").read_text()


def wait_for(condition: Callable[[], Any], seconds: float = 180) -> Any:
    """Waits until the condition holds, and returns what it answered."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)  # between two looks at the condition
    return answer


def free_port(host: str) -> int:
    """A port that nothing listens on."""
    with socket.create_server((host, 0)) as bound:
        return bound.getsockname()[1]


def answers(url: str) -> bytes | None:
    """What a GET of the URL answers, or None."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.read()
    except OSError:
        return None


class Running:
    """An emulator and clients of it."""

    def __init__(self, state: Path, *options: str) -> None:
        self.state = state
        self.output = state.parent / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "emulator",
                    "serve",
                    "--port",
                    "0",
                    "--state",
                    str(state),
                    *options,
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        info = wait_for(self._info)
        self.port = info["port"]
        self.api = Api(f"http://localhost:{self.port}")

    def _info(self) -> dict[str, Any] | None:
        assert self.process.poll() is None, self.output.read_text()
        try:
            info = json.loads((self.state / "emulator.json").read_text())
        except (FileNotFoundError, ValueError):
            return None  # not yet; what is there is a killed one's
        return info if info["pid"] == self.process.pid else None

    def create_stack(self, range_: str, health: str = "ok") -> dict[str, str]:
        """Creates the template's stack in the range 127.x.0.0/16; returns its outputs.

        With ``health`` "later" the machine answers its health checks with 404 until its folder has the file www/health.
        """
        first = range_.removesuffix(".0.0/16")
        parameters = {
            "Range": range_,
            "RangeA": f"{first}.0.0/24",
            "RangeB": f"{first}.1.0/24",
            "Port": str(free_port(f"{first}.0.4")),
            "ListenerPort": str(free_port("127.2.0.10")),
            "Health": health,
        }
        self.api.stacks.create_stack(
            StackName="T",
            TemplateBody=TEMPLATE,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        assert self.api.status() == "CREATE_COMPLETE"
        return self.api.outputs()

    def target_state(self, group: str) -> str:
        """The health of the group's only target."""
        health = self.api.elb.describe_target_health(TargetGroupArn=group)
        (described,) = health["TargetHealthDescriptions"]
        return described["TargetHealth"]["State"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal; returns the exit status."""
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            pytest.fail("it did not end within 60 s:\n" + self.output.read_text())


def _run(folder: Path) -> Iterator[Running]:
    """An emulator with its state in a folder with a space and an é in its name; ended and cleared whatever happened."""
    state = folder / "the état"
    running = Running(state)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()
    clear(state)


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Running]:
    """An emulator that the test may end."""
    yield from _run(tmp_path)


@pytest.fixture(scope="module")
def module_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Starting one takes seconds of CPU: tests that do not end it share it."""
    yield from _run(tmp_path_factory.mktemp("emulator"))


@pytest.fixture
def emulator(module_emulator: Running) -> Iterator[Running]:
    """The shared emulator; its account is emptied after the test."""
    yield module_emulator
    if module_emulator.process.poll() is None:
        module_emulator.api = Api(module_emulator.api.endpoint)
        module_emulator.api.stacks.list_stacks()


@pytest.fixture
def clocked() -> Iterator[Clocked]:
    """An API whose groups' clock the test moves; afterwards it is the system's again."""
    it = Clocked()
    yield it
    it.aws.stop()
    autoscaling.tell_time_with(time.monotonic)
    answer_target_health_with(nobody_checked)


def clear(state: Path) -> subprocess.CompletedProcess[str]:
    """Runs ``clear``."""
    return subprocess.run(
        [sys.executable, "-m", "emulator", "clear", "--state", str(state)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
