"""What a lab costs an hour, from lab/prices.json: list prices, never a bill."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PRICES = json.loads((Path(__file__).parent / "prices.json").read_text())
HOURS_A_MONTH = 730
METRICS_PER_INSTANCE = 7  # of detailed monitoring
DISK_GIGABYTES = 8  # the image's root volume
ZONES = 2  # the load balancer holds one public address in each


@dataclass(frozen=True)
class Item:
    """One line of a price list; ``per_hour`` in US dollars, None where the price is not known."""

    what: str
    per_hour: float | None


def items(instance_counts: dict[str, int]) -> list[Item]:
    """The parts of a running lab with the given number of instances of each type."""
    per_type = PRICES["instancePerHour"]
    instances = sum(instance_counts.values())
    return [
        *(
            Item(f"{count} x {kind}", count * per_type[kind] if kind in per_type else None)
            for kind, count in instance_counts.items()
        ),
        Item(
            f"Detailed monitoring of {instances} instances",
            _monitoring(instances),
        ),
        *_items_beside(instances, instances + ZONES),
    ]


def stopped_items(instances: int) -> list[Item]:
    """The parts of a lab whose instances are stopped: of their addresses only the balancer's is kept."""
    return _items_beside(instances, 1 + ZONES)


def _monitoring(instances: int) -> float:
    return instances * METRICS_PER_INSTANCE * PRICES["metricPerMonth"] / HOURS_A_MONTH


def _items_beside(instances: int, addresses: int) -> list[Item]:
    disks = instances * DISK_GIGABYTES
    return [
        Item(
            f"Application Load Balancer (and {PRICES['loadBalancerCapacityUnitPerHour']} $ per LCU-hour used)",
            PRICES["loadBalancerPerHour"],
        ),
        Item(f"{addresses} public addresses", addresses * PRICES["publicAddressPerHour"]),
        Item(f"{disks} GB of disk", disks * PRICES["gp3PerGigabyteMonth"] / HOURS_A_MONTH),
    ]


def source(region: str) -> str:
    """Where the prices come from, and whether they are this region's."""
    known = f"{PRICES['source']}, {PRICES['region']}, as known in {PRICES['asOf']}"
    return f"{known}." if region == PRICES["region"] else f"{known}; {region} has its own prices."


def total(parts: list[Item]) -> str:
    """The sum as text; says so where a price is not known, because unknown is not free."""
    known = sum(part.per_hour for part in parts if part.per_hour is not None)
    unknown = [part.what for part in parts if part.per_hour is None]
    text = f"{known:.2f} $ per hour"
    return f"{text}, without {', '.join(unknown)} (price not known)" if unknown else text


LABEL = "since the instances' last start: uptime times list price, no bill"


def dollars_so_far(
    instances: Iterable[tuple[str, datetime | None]], created: datetime, now: datetime
) -> float:
    """Uptime times list price; a type whose price is not known counts without it.

    Args:
        instances: type of each, and its last start, or None where it is stopped
        created: when the stack was; what a stopped lab costs is counted from then
        now: the time of the question
    """
    known = list(instances)
    per_type = PRICES["instancePerHour"]
    beside = sum(part.per_hour or 0 for part in stopped_items(len(known)))
    dollars = _hours(created, now) * beside
    for kind, started in known:
        if started is not None:
            hourly = per_type.get(kind, 0) + _monitoring(1) + PRICES["publicAddressPerHour"]
            dollars += _hours(started, now) * hourly
    return dollars


def label(kinds: Iterable[str]) -> str:
    """What such a sum is, and which types' prices are not in it."""
    unknown = sorted(set(kinds) - PRICES["instancePerHour"].keys())
    return f"{LABEL}; without {', '.join(unknown)} (price not known)" if unknown else LABEL


def so_far(
    instances: Iterable[tuple[str, datetime | None]], created: datetime, now: datetime
) -> str:
    """``dollars_so_far`` as text that says what it is."""
    known = list(instances)
    dollars = dollars_so_far(known, created, now)
    return f"about {dollars:.2f} $ {label(kind for kind, _ in known)}"


def _hours(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) / 3600
