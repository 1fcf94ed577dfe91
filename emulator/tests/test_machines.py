"""What a machine is given, and how its boot is followed."""

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.account import Instance
from emulator.machines import Machines, Settings
from emulator.tests.conftest import wait_for

SETTINGS = Settings("http://localhost:1", "/the/python", "/the/java", service_times=True)
TARGET = {"leadline:role": "target", "Name": "leadline-cluster1-1"}


def instance(user_data: str = "", **changes: object) -> Instance:
    plain = Instance(
        "i-1", "123456789012", "us-east-1", "t2.large", "127.1.0.4", True, user_data, TARGET
    )
    return dataclasses.replace(plain, **changes)


class Lab:
    """Machines in a directory, and what was printed of them."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        self.said: list[str] = []
        self.folder = folder / "i-1"
        self.machines = Machines(folder, settings, self.said.append)

    def booted(self, machine: Instance) -> dict[str, object]:
        """Applies until the user data has ended; returns the state file."""
        deadline = time.monotonic() + 20
        self.machines.apply([machine])
        while self.machines.is_booting():
            assert time.monotonic() < deadline, "the user data does not end"
            time.sleep(0.02)  # between two looks at the condition
            self.machines.apply([machine])
        return json.loads((self.folder / "machine.json").read_text())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.machines.end_all()


def environment(lab: Lab, machine: Instance, work: str = "5") -> dict[str, str]:
    script = f"WORK_MILLIS='{work}'\nenv -0 >environment"
    assert lab.booted(dataclasses.replace(machine, user_data=script))["state"] == "running"
    pairs = (lab.folder / "environment").read_text().rstrip("\0").split("\0")
    return dict(pair.split("=", 1) for pair in pairs)


def test_the_environment_of_a_target(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a real one")
    monkeypatch.setenv("AWS_PROFILE", "a real one")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    found = environment(lab, instance())
    assert {k: v for k, v in found.items() if k.startswith(("LEADLINE", "AWS"))} == {
        "LEADLINE_MACHINE": str(lab.folder),
        "LEADLINE_INSTANCE_ID": "i-1",
        "LEADLINE_INSTANCE_TYPE": "t2.large",
        "LEADLINE_PRIVATE_ADDRESS": "127.1.0.4",
        "LEADLINE_PYTHON": "/the/python",
        "LEADLINE_JAVA": "/the/java",
        "LEADLINE_SERVICE_MILLIS": "5",
        "LEADLINE_SERVICE_CONCURRENCY": "2",
        "LEADLINE_BUSY_FILE": str(lab.folder / "busy-seconds"),
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "AWS_ACCESS_KEY_ID": "LEADLINETARGET",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert found["PWD"] == str(lab.folder)
    assert "HTTPS_PROXY" not in found


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("t2.micro", ("10", "1")),
        ("t2.large", ("5", "2")),
        ("t3.nano", ("20", "2")),
        ("x9.odd", ("5", "1")),
    ],
)
def test_service_times_by_instance_type(lab: Lab, instance_type: str, expected: tuple) -> None:
    found = environment(lab, instance(type=instance_type))
    assert (found["LEADLINE_SERVICE_MILLIS"], found["LEADLINE_SERVICE_CONCURRENCY"]) == expected


def test_service_times_are_as_the_work(lab: Lab) -> None:
    found = environment(lab, instance(type="t2.micro"), "50")
    assert found["LEADLINE_SERVICE_MILLIS"] == "100"


def test_no_service_time_where_a_request_costs_nothing(lab: Lab) -> None:
    assert "LEADLINE_SERVICE_MILLIS" not in environment(lab, instance(), "0")


def test_no_service_time_for_the_balancer(lab: Lab) -> None:
    found = environment(lab, instance(tags={"leadline:role": "balancer"}))
    assert "LEADLINE_SERVICE_MILLIS" not in found


def test_no_service_times_at_all(tmp_path: Path) -> None:
    lab = Lab(tmp_path, dataclasses.replace(SETTINGS, service_times=False))
    found = environment(lab, instance())
    assert "LEADLINE_SERVICE_MILLIS" not in found
    assert found["LEADLINE_SERVICE_CONCURRENCY"] == "2"  # it works for real, as on two vCPUs
    lab.machines.end_all()


def test_a_failure_is_said_once_with_where_to_look(lab: Lab) -> None:
    state = lab.booted(instance("echo first; echo the disk is full; exit 7"))
    assert (state["state"], state["exitStatus"]) == ("failed", 7)
    assert state["lastLines"] == ["first", "the disk is full"]
    lab.machines.apply([instance("echo first; echo the disk is full; exit 7")])
    (sentence,) = lab.said
    assert "leadline-cluster1-1" in sentence
    assert "status 7: the disk is full" in sentence
    assert str(lab.folder / "user-data.log") in sentence


def test_a_script_that_is_not_strict_is_run_strictly(lab: Lab) -> None:
    # catches: a missing set -e going unnoticed here and half an instance on EC2
    assert lab.booted(instance("false\ntrue\n"))["exitStatus"] == 1


def test_user_data_runs_at_every_boot_in_the_same_directory(lab: Lab) -> None:
    machine = instance("echo boot >>boots; sleep 60 &")
    lab.booted(machine)
    lab.machines.apply([dataclasses.replace(machine, running=False)])
    assert json.loads((lab.folder / "machine.json").read_text())["state"] == "stopped"
    assert lab.machines.running() == []
    lab.booted(machine)
    assert (lab.folder / "boots").read_text() == "boot\nboot\n"
    lab.machines.apply([])
    assert not lab.folder.exists()


def test_what_runs_in_a_lost_zone_ends_unwarned_and_boots_when_the_zone_is_back(lab: Lab) -> None:
    script = "trap 'touch told' TERM; echo boot >>boots; sleep 60 & wait"
    here = instance(script, zone="us-east-1a")
    there = instance("sleep 60 &", id="i-2", zone="us-east-1b")
    boots, lost = lab.folder / "boots", frozenset({"us-east-1a"})

    lab.machines.apply([here, there])
    wait_for(boots.exists)
    lab.machines.apply([here, there], lost)
    assert lab.machines.running() == ["i-2"]
    assert json.loads((lab.folder / "machine.json").read_text())["state"] == "lost"
    assert not (lab.folder / "told").exists()

    lab.machines.apply([here, there], lost)
    assert lab.machines.running() == ["i-2"]
    lab.machines.apply([here, there])
    wait_for(lambda: boots.read_text() == "boot\nboot\n")


def test_a_member_of_a_group_is_told_what_its_group_wants(lab: Lab) -> None:
    member = instance(lifecycle="InService")
    lab.booted(member)
    told = lab.folder / "target-lifecycle-state"
    assert told.read_text() == "InService"
    lab.machines.apply([dataclasses.replace(member, lifecycle="Terminated")])
    assert told.read_text() == "Terminated"


def test_a_stop_during_boot(lab: Lab) -> None:
    lab.machines.apply([instance("sleep 60")])
    lab.machines.apply([instance("sleep 60", running=False)])
    assert lab.machines.running() == []
    assert not lab.machines.is_booting()


def test_an_address_of_another_machine_is_refused(lab: Lab) -> None:
    state = lab.booted(instance("touch ran", address="10.0.0.4"))
    assert state["state"] == "failed"
    assert "10.0.0.4" in state["lastLines"][0]
    assert not (lab.folder / "ran").exists()
