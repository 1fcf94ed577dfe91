"""What a lab costs an hour, from lab/prices.json: list prices, never a bill."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PRICES = json.loads((Path(__file__).parent / "prices.json").read_text())
HOURS_A_MONTH = 730
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
    addresses = instances + ZONES
    disks = instances * DISK_GIGABYTES
    return [
        *(
            Item(f"{count} x {kind}", count * per_type[kind] if kind in per_type else None)
            for kind, count in instance_counts.items()
        ),
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


def so_far(
    instances: Iterable[tuple[str, datetime | None]], created: datetime, now: datetime
) -> str:
    """Uptime times list price, as text that says so.

    Args:
        instances: type of each, and its last start, or None where it is stopped and has a disk only
        created: when the stack was; the load balancer, addresses and disks cost since then
        now: the time of the question
    """
    counts: dict[str, int] = {}
    dollars = 0.0
    per_type = PRICES["instancePerHour"]
    unknown = set()
    for kind, started in instances:
        counts[kind] = counts.get(kind, 0) + 1
        if started is not None:
            dollars += _hours(started, now) * per_type.get(kind, 0)
        if kind not in per_type:
            unknown.add(kind)
    rest = [part.per_hour for part in items(counts)[len(counts) :] if part.per_hour is not None]
    dollars += _hours(created, now) * sum(rest)
    text = (
        f"about {dollars:.2f} $ since the instances' last start: uptime times list price, no bill"
    )
    return f"{text}; without {', '.join(sorted(unknown))} (price not known)" if unknown else text


def _hours(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) / 3600
