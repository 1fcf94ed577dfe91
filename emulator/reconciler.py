"""The loop that makes processes match the emulated API's state."""

import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from emulator.account import Account, Instance
from emulator.credits import CreditMeter
from emulator.health import HealthChecker
from emulator.load_balancers import LoadBalancers
from emulator.machines import Machines
from emulator.traffic import TrafficMeter
from emulator.utilisation import CpuMeter, Reading

_BUSY_POLL_SECONDS = 0.5
_IDLE_POLL_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 30.0


class Reconciler:
    """One thread that alone starts and ends machines and data planes."""

    def __init__(
        self,
        read: Callable[[], Account],
        machines: Machines,
        load_balancers: LoadBalancers,
        health: HealthChecker,
        say: Callable[[str], None],
    ) -> None:
        self._read = read
        self._machines = machines
        self._load_balancers = load_balancers
        self._health = health
        self._say = say
        self.cpu_seconds = 15.0
        """Time between two figures of an instance in CloudWatch."""
        self.track: Callable[[dict[str, float]], None] = lambda _: None
        """Told the CPU utilisation of each instance by its id, in per cent."""
        self._meter = CpuMeter(time.monotonic)
        self._credits = CreditMeter()
        self._traffic = TrafficMeter()
        self._cpu_due = time.monotonic()
        self._condition = threading.Condition()
        self._asked = 0
        self._done = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        """Starts the loop."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the loop, every machine and every data plane."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._health.stop()
        try:
            self._load_balancers.end_all()
        finally:
            self._machines.end_all()

    def catch_up(self) -> None:
        """Returns when processes match the API's state of now, or after half a minute."""
        with self._condition:
            self._asked += 1
            mine = self._asked
            self._condition.notify_all()
            self._condition.wait_for(
                lambda: self._done >= mine or self._stopping, _LONGEST_WAIT_SECONDS
            )

    def _run(self) -> None:
        while True:
            with self._condition:
                poll = _BUSY_POLL_SECONDS if self._machines.is_booting() else _IDLE_POLL_SECONDS
                self._condition.wait_for(
                    lambda: self._stopping or self._asked > self._done, timeout=poll
                )
                if self._stopping:
                    return
                asked = self._asked
            try:
                self._pass()
            except Exception:  # noqa: BLE001 - one failed pass must not leave machines unattended for ever
                self._say("could not make the account's state true:\n" + traceback.format_exc())
            with self._condition:
                self._done = asked
                self._condition.notify_all()

    def _pass(self) -> None:
        account = self._read()
        self._machines.apply(account.instances, account.lost_zones)
        self._load_balancers.apply(account)
        self._health.apply(account)
        if time.monotonic() >= self._cpu_due:
            self._cpu_due = time.monotonic() + self.cpu_seconds
            running = set(self._machines.running())
            pairs = [
                (i, self._machines.folder_of(i.id)) for i in account.instances if i.id in running
            ]
            readings = self._meter.read(pairs)
            for reading in readings:
                publish(reading)
            self.track({it.instance.id: it.percent for it in readings})
            for it in self._traffic.read(i for i, _ in pairs):
                _put(it.instance, "NetworkIn", it.received, "Bytes")
                _put(it.instance, "NetworkOut", it.sent, "Bytes")
            for it in self._credits.read(readings, time.time()):
                _put(it.instance, "CPUCreditBalance", it.balance, "Count")
                _put(it.instance, "CPUCreditUsage", it.used, "Count")


def publish(reading: Reading) -> None:
    """Puts a machine's CPU utilisation into the emulated CloudWatch, where EC2 would."""
    _put(reading.instance, "CPUUtilization", reading.percent, "Percent")


def _put(instance: Instance, name: str, value: float, unit: str) -> None:
    """Puts a figure of an instance, and of its Auto Scaling group, whose figures are those of all its members."""
    by = {"InstanceId": instance.id, "AutoScalingGroupName": instance.group}
    cloudwatch_backends[instance.account][instance.region].put_metric_data(
        "AWS/EC2",
        [
            {
                "MetricName": name,
                "Dimensions": [{"Name": dimension, "Value": whose}],
                "Timestamp": datetime.now(UTC).replace(tzinfo=None),
                "Value": value,
                "Unit": unit,
            }
            for dimension, whose in by.items()
            if whose
        ],
    )
