"""What a lab costs an hour, from lab/documents/prices.json: list prices, never a bill."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab.topology import Topology

PRICES = json.loads((Path(__file__).parent / "prices.json").read_text())
HOURS_A_MONTH = 730
HOURS_A_DAY = 24
METRICS_PER_INSTANCE = 7  # of detailed monitoring
DISK_GIGABYTES = 8  # the image's root volume
ZONES = 2  # the load balancer holds one public address in each


@dataclass(frozen=True)
class Item:
    """One line of a price list; ``per_hour`` in US dollars, None where the price is not known."""

    what: str
    per_hour: float | None


def items(instance_counts: dict[str, int], clusters: int) -> list[Item]:
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
        *_items_beside(instances, instances + ZONES, clusters),
    ]


def stopped_items(instances: int, clusters: int) -> list[Item]:
    """The parts of a lab whose instances are stopped: of their addresses only the balancer's is kept."""
    return _items_beside(instances, 1 + ZONES, clusters)


def stopped(instances: int, clusters: int) -> str:
    """What a stopped lab costs, and for what, as text."""
    parts = stopped_items(instances, clusters)
    hourly = sum(part.per_hour or 0 for part in parts)
    whats = ", ".join(part.what.split(" (")[0] for part in parts)
    return f"{hourly:.2f} $ per hour ({hourly * HOURS_A_DAY:.2f} $ a day): {whats}"


def forgotten(plan: Topology) -> str:
    """What becomes of a lab with autoStopMinutes that nobody asks anything any more, and what it costs then."""
    return (
        f"An instance without requests for {plan.auto_stop_minutes} minutes powers itself off (autoStopMinutes). "
        f"A lab forgotten so still costs {stopped(plan.instances, len(plan.paths))}; ./deploy.sh destroy ends that."
    )


def alarm_metrics(instances: int, clusters: int) -> int:
    """How many metrics the alarms look at, which is what AWS charges for (infra's LabAlarms; a test compares).

    Unhealthy targets of each cluster and of Leadline; three metrics of errors and one of time at each of two balancers;
    the CPU of every instance.
    """
    return clusters + 1 + 2 * (3 + 1) + instances


def _monitoring(instances: int) -> float:
    return instances * METRICS_PER_INSTANCE * PRICES["metricPerMonth"] / HOURS_A_MONTH


def _items_beside(instances: int, addresses: int, clusters: int) -> list[Item]:
    disks = instances * DISK_GIGABYTES
    alarms = alarm_metrics(instances, clusters)
    return [
        Item(
            f"Application Load Balancer (and {PRICES['loadBalancerCapacityUnitPerHour']} $ per LCU-hour used)",
            PRICES["loadBalancerPerHour"],
        ),
        Item(f"{addresses} public addresses", addresses * PRICES["publicAddressPerHour"]),
        Item(f"{disks} GB of disk", disks * PRICES["gp3PerGigabyteMonth"] / HOURS_A_MONTH),
        Item(f"{alarms} metrics of alarms", alarms * PRICES["alarmMetricPerMonth"] / HOURS_A_MONTH),
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
    instances: Iterable[tuple[str, datetime | None]],
    created: datetime,
    now: datetime,
    clusters: int = 2,
) -> float:
    """Uptime times list price, in US dollars; ``label`` says so.

    What ran before an instance was last stopped is not in it: AWS forgets when that was. A type without a known price
    counts as nothing but its address and its monitoring.

    Args:
        instances: type of each, and its last start, or None where it is stopped
        created: when the stack was; what a stopped lab costs is counted from then
        now: the time of the question
        clusters: for the alarms; one more or less is a dime a month
    """
    known = list(instances)
    per_type = PRICES["instancePerHour"]
    beside = sum(part.per_hour or 0 for part in stopped_items(len(known), clusters))
    dollars = _hours(created, now) * beside
    running = [(kind, _hours(started, now)) for kind, started in known if started is not None]
    dollars += sum(hours * (per_type.get(kind, 0) + _monitoring(1)) for kind, hours in running)
    # The balancer's address is among what a stopped lab costs; the others have theirs while they run.
    addressed = sorted(hours for _, hours in running)[:-1]
    return dollars + sum(addressed) * PRICES["publicAddressPerHour"]


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
