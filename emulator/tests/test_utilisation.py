"""CPUUtilization from real processes."""

import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulator import processes
from emulator.account import Instance
from emulator.aws import Aws
from emulator.reconciler import publish
from emulator.tests.api import Api
from emulator.utilisation import CpuMeter, Reading, busy_file


def instance(instance_type: str) -> Instance:
    return Instance("i-1", "123456789012", "us-east-1", instance_type, "127.1.0.4", True, "", {})


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    leader = processes.start(
        ["bash", "-c", "while :; do :; done & exec sleep infinity"],
        tmp_path,
        {"PATH": "/usr/bin:/bin"},
        tmp_path / "log",
    )
    yield tmp_path
    processes.end([tmp_path], grace_seconds=0)
    leader.wait()


def test_a_busy_machine_is_busy_and_twice_the_vcpus_are_half_as_busy(busy: Path) -> None:
    small, large = CpuMeter(time.monotonic), CpuMeter(time.monotonic)
    assert small.read([(instance("t2.micro"), busy)]) == []  # nothing to compare with yet
    assert large.read([(instance("t2.large"), busy)]) == []
    before = processes.cpu_seconds([busy])[busy]
    began = time.monotonic()
    while sum(processes.cpu_seconds([busy])[busy].values()) - sum(before.values()) < 0.3:
        time.sleep(0.05)  # on a loaded machine it takes longer to use that much
    (one,) = small.read([(instance("t2.micro"), busy)])
    (two,) = large.read([(instance("t2.large"), busy)])
    least = 100 * 0.3 / (time.monotonic() - began)
    assert least * 0.8 < one.percent <= 100
    assert two.percent == pytest.approx(one.percent / 2, rel=0.3)


def test_time_that_stands_for_work_is_cpu_time_of_the_machine(tmp_path: Path) -> None:
    """Catches a CPUUtilization near zero under full load, on which no policy or alarm can ever act."""
    leader = processes.start(["sleep", "60"], tmp_path, {"PATH": "/usr/bin:/bin"}, tmp_path / "log")
    one = CpuMeter(iter((0.0, 10.0, 20.0, 30.0)).__next__)
    two = CpuMeter(iter((0.0, 10.0)).__next__)
    shown = []
    for seconds in (None, 9.0, 14.0, 3.0):  # the last is an application that was started anew
        if seconds is not None:
            busy_file(tmp_path).write_bytes(struct.pack("d", seconds))
        shown += [it.percent for it in one.read([(instance("t2.micro"), tmp_path)])]
        if len(shown) < 2:
            shown_of_two = two.read([(instance("t2.large"), tmp_path)])
    processes.end([tmp_path], grace_seconds=0)
    leader.wait()
    assert shown == [pytest.approx(percent, abs=1) for percent in (90, 50, 30)]
    assert [it.percent for it in shown_of_two] == [pytest.approx(45, abs=1)]


def test_an_idle_machine_is_idle(tmp_path: Path) -> None:
    leader = processes.start(["sleep", "60"], tmp_path, {"PATH": "/usr/bin:/bin"}, tmp_path / "log")
    meter = CpuMeter(time.monotonic)
    meter.read([(instance("t2.micro"), tmp_path)])
    time.sleep(1)  # the time that is measured: the kernel counts in hundredths of a second
    (reading,) = meter.read([(instance("t2.micro"), tmp_path)])
    assert reading.percent < 5
    processes.end([tmp_path], grace_seconds=0)
    leader.wait()


def test_a_machine_that_has_ended_is_no_longer_read(tmp_path: Path) -> None:
    meter = CpuMeter(iter((0.0, 1.0, 2.0)).__next__)
    meter.read([(instance("t2.micro"), tmp_path)])
    assert meter.read([]) == []
    assert meter.read([(instance("t2.micro"), tmp_path)]) == []  # a first look again


def test_it_is_published_where_ec2_would() -> None:
    aws = Aws(0, changed=lambda: None)
    aws.start()
    api = Api(aws.endpoint)
    for percent in (20.0, 60.0):
        publish(Reading(instance("t2.micro"), percent))
    member = replace(instance("t2.micro"), id="i-2", tags={"aws:autoscaling:groupName": "g"})
    publish(Reading(member, 10.0))
    publish(Reading(replace(member, id="i-3"), 20.0))
    now = datetime.now(UTC)

    def found(dimension: str, value: str) -> tuple[float, float]:
        answer = api.cloudwatch.get_metric_statistics(
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Dimensions=[{"Name": dimension, "Value": value}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600 * 24,
            Statistics=["Average", "SampleCount"],
        )
        (point,) = answer["Datapoints"]
        return point["Average"], point["SampleCount"]

    assert found("InstanceId", "i-1") == (40.0, 2.0)
    assert found("AutoScalingGroupName", "g") == (15.0, 2.0)
    aws.stop()
