"""CPU credits as AWS counts them."""

import pytest

from emulator.account import Instance
from emulator.credits import CreditMeter
from emulator.utilisation import Reading

HOUR = 3600.0
NOON = 1_772_366_400.0  # a whole hour


def reading(instance_type: str, percent: float) -> Reading:
    instance = Instance(
        "i-1", "123456789012", "us-east-1", instance_type, "127.1.0.4", True, "", {}
    )
    return Reading(instance, percent)


@pytest.mark.parametrize(
    ("instance_type", "percent", "hours", "balance"),
    [
        ("t2.micro", 0, 0, 30),  # what it has at launch
        ("t2.micro", 0, 1, 36),
        ("t2.micro", 10, 1, 30),  # its baseline
        ("t2.micro", 100, 1, 0),  # never below nothing
        ("t2.micro", 0, 48, 144),  # a day's earnings at most
        ("t2.large", 0, 0, 60),
        ("t2.large", 30, 1, 60),  # of two vCPUs
        ("t3.small", 0, 1, 24),  # none at launch
    ],
)
def test_credits_are_earned_and_used(
    instance_type: str, percent: float, hours: float, balance: float
) -> None:
    meter = CreditMeter()
    (first,) = meter.read([reading(instance_type, percent)], NOON)
    (last,) = meter.read([reading(instance_type, percent)], NOON + hours * HOUR) or [first]
    assert last.balance == pytest.approx(balance)


def test_they_are_published_every_five_minutes_with_what_was_used() -> None:
    meter = CreditMeter()
    published = [
        (seconds, found.used)
        for seconds in range(0, 601, 60)
        for found in meter.read([reading("t2.micro", 50)], NOON + seconds)
    ]
    assert published == [(0, 0), (300, pytest.approx(2.5)), (600, pytest.approx(2.5))]


def test_another_type_has_none_and_a_stopped_instance_begins_anew() -> None:
    meter = CreditMeter()
    assert meter.read([reading("m5.large", 50)], NOON) == []
    meter.read([reading("t2.micro", 0)], NOON)
    meter.read([], NOON + HOUR)
    (again,) = meter.read([reading("t2.micro", 0)], NOON + 2 * HOUR)
    assert again.balance == 30
