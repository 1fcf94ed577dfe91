"""CPU credits of burstable instances, by AWS's rule: a credit is one vCPU at full load for a minute.

Earned evenly, used by load, kept up to what a day earns. The machine is not slowed down when none are left.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.account import Instance
from emulator.utilisation import Reading

INTERVAL_SECONDS = 300
_EARNED_PER_HOUR = {
    "t2.nano": 3, "t2.micro": 6, "t2.small": 12, "t2.medium": 24, "t2.large": 36, "t2.xlarge": 54, "t2.2xlarge": 81.6,
    "t3.nano": 6, "t3.micro": 12, "t3.small": 24, "t3.medium": 24, "t3.large": 36, "t3.xlarge": 96, "t3.2xlarge": 192,
}  # fmt: skip
_LAUNCH_CREDITS_PER_VCPU = {"t2": 30}  # a t3 has none
_HOURS_KEPT = 24


@dataclass
class Account:
    """One instance's credits: what it has, and what it used since it was last published."""

    balance: float
    used: float = 0.0
    at: float = 0.0
    published: float | None = None


@dataclass(frozen=True)
class Credits:
    """What is published of an instance at the end of an interval."""

    instance: Instance
    balance: float
    used: float


class CreditMeter:
    """Keeps the credits of all instances that run. Not thread-safe."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def read(self, readings: Iterable[Reading], now: float) -> list[Credits]:
        """Books what was used since the last call, and returns what is to be published now.

        That is at first sight, and then every five minutes of the clock. An instance that stopped begins anew.

        Args:
            readings: the utilisation of every instance that runs.
            now: seconds since the epoch.
        """
        before, self._accounts = self._accounts, {}
        due = []
        for reading in readings:
            instance = reading.instance
            per_hour = _EARNED_PER_HOUR.get(instance.type)
            if per_hour is None:
                continue
            account = before.get(instance.id) or Account(_at_launch(instance), at=now)
            self._accounts[instance.id] = account
            minutes = (now - account.at) / 60
            used = reading.percent / 100 * instance.vcpus * minutes
            earned = account.balance + per_hour / 60 * minutes - used
            account.balance = min(max(earned, 0.0), per_hour * _HOURS_KEPT)
            account.used += used
            account.at = now
            interval = now // INTERVAL_SECONDS
            if account.published != interval:
                account.published = interval
                due.append(Credits(instance, account.balance, account.used))
                account.used = 0.0
        return due


def _at_launch(instance: Instance) -> float:
    family = instance.type.partition(".")[0]
    return _LAUNCH_CREDITS_PER_VCPU.get(family, 0) * instance.vcpus
