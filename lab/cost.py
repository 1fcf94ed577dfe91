"""What a lab costs an hour, from lab/prices.json: list prices, never a bill."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab import kinds
from lab.plan import Plan

PRICES = json.loads((Path(__file__).parent / "prices.json").read_text())
HOURS_A_MONTH = 730
HOURS_A_DAY = 24
METRICS_PER_INSTANCE = 7  # of detailed monitoring
DISK_GIGABYTES = 8  # the image's root volume
# Burstable families that by default run beyond their baseline for money; vCPUs of each size, and the part of each that
# it may use for ever.
UNLIMITED = ("t3", "t3a")
BASELINES = {
    "nano": (2, 0.05),
    "micro": (2, 0.10),
    "small": (2, 0.20),
    "medium": (2, 0.20),
    "large": (2, 0.30),
    "xlarge": (4, 0.40),
    "2xlarge": (8, 0.40),
}
CLOUDWATCH_REFRESH = (
    "20s"  # how often the policy cloudwatch reads its targets' metric (docs/configuration.md)
)
ZONES = 2  # each of AWS's load balancers holds one public address in each
ONE_ALB = Counter({kinds.ALB: 1})


@dataclass(frozen=True)
class Item:
    """One line of a price list; ``per_hour`` in US dollars, None where the price is not known."""

    what: str
    per_hour: float | None


SECRET = Item("The secret that the balancers share", PRICES["secretPerMonth"] / HOURS_A_MONTH)


def of_plan(plan: Plan) -> list[Item]:
    """The parts of a running lab."""
    parts = items(plan.instance_counts, plan.alarm_metrics, plan.own_metrics, plan.load_balancers)
    return [*parts, SECRET] if plan.front else parts


def items(
    instance_counts: dict[str, int],
    alarm_metrics: int,
    own_metrics: int,
    load_balancers: Counter[str] = ONE_ALB,
) -> list[Item]:
    """The parts of a running lab with the given number of instances of each type.

    Args:
        instance_counts: by type
        alarm_metrics: how many metrics the alarms look at
        own_metrics: how many custom metrics the balancer publishes
        load_balancers: of AWS, by kind
    """
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
        Item(f"{own_metrics} custom metrics of the balancer", _metrics(own_metrics)),
        *_items_beside(instances, instances, alarm_metrics, load_balancers),
    ]


def stopped_items(
    instances: int,
    alarm_metrics: int,
    kept_addresses: int = 1,
    load_balancers: Counter[str] = ONE_ALB,
) -> list[Item]:
    """The parts of a lab whose instances are stopped: of their addresses only some are kept."""
    return _items_beside(instances, kept_addresses, alarm_metrics, load_balancers)


def grown(plan: Plan) -> str:
    """What the members cost that groups may launch beside the fewest; empty where there are no groups."""
    counts = {kind: number for kind, number in plan.more_at_most.items() if number}
    if not counts:
        return ""
    more = items(counts, 0, 0, Counter())
    said = ", ".join(f"{number} x {kind}" for kind, number in counts.items())
    return f"While its groups have all that they may have ({said} more): {total(more)} more."


def stopped(plan: Plan) -> str:
    """What a stopped lab costs, and for what, as text."""
    parts = stopped_items(
        plan.instances - plan.in_groups,
        plan.alarm_metrics,
        plan.kept_addresses,
        plan.load_balancers,
    )
    parts += [SECRET] if plan.front else []
    hourly = sum(part.per_hour or 0 for part in parts)
    whats = ", ".join(part.what.split(" (")[0] for part in parts)
    return f"{hourly:.2f} $ per hour ({hourly * HOURS_A_DAY:.2f} $ a day): {whats}"


def forgotten(plan: Plan) -> str:
    """What happens to a lab with autoStopMinutes that gets no more requests, and what it costs then."""
    return (
        f"An instance without requests for {plan.auto_stop_minutes} minutes powers itself off (autoStopMinutes). "
        f"A lab forgotten so still costs {stopped(plan)}; ./deploy.sh destroy ends that."
    )


def left_running(parts: Iterable[Item]) -> str:
    """What a lab costs that nobody ends, said before there is one."""
    daily = sum(part.per_hour or 0 for part in parts) * HOURS_A_DAY
    return (
        f"Nothing stops it by itself, also not when this machine is switched off: {daily:.2f} $ a day "
        "(-c autoStopMinutes=60 makes idle instances power themselves off)."
    )


def reading(plan: Plan) -> str:
    """What it costs that the balancer's policy reads CloudWatch; empty where it reads nothing."""
    hourly = reading_per_hour(plan)
    return (
        f"The policy cloudwatch reads CloudWatch: {hourly:.2f} $ per hour more." if hourly else ""
    )


def reading_per_hour(plan: Plan) -> float:
    """US dollars; each target's metric is read for the group of its cluster, and for the one over all."""
    policy = plan.policy if isinstance(plan.policy, dict) else {"name": plan.policy}
    if policy["name"] != "cloudwatch":
        return 0
    targets = plan.instances - plan.balancers
    metrics = targets * (2 if plan.mixed_path else 1) * plan.balancers  # each balancer reads
    reads = 3600 / _seconds(str(policy.get("refresh", CLOUDWATCH_REFRESH)))
    return metrics * reads * PRICES["metricReadPerThousand"] / 1000


def _seconds(duration: str) -> float:
    """Of a time as the balancer's configuration has it; that of the default where it is none."""
    found = re.fullmatch(r"(\d+)(ms|s|m)", duration)
    units = {"ms": 0.001, "s": 1, "m": 60}
    return int(found[1]) * units[found[2]] if found else _seconds(CLOUDWATCH_REFRESH)


def surplus(instance_counts: dict[str, int]) -> str:
    """What the burstable instances in unlimited mode may cost beside; empty without any."""
    dollars = sum(count * surplus_per_hour(kind) for kind, count in instance_counts.items())
    if not dollars:
        return ""
    return (
        f"The t3 instances are in unlimited mode: up to {dollars:.2f} $ per hour more while all of them compute "
        "without pause."
    )


def surplus_per_hour(kind: str) -> float:
    """An instance's CPU beyond its baseline, at full load; a t2 is slowed down instead, and pays nothing."""
    family, _, size = kind.partition(".")
    if family not in UNLIMITED or size not in BASELINES:
        return 0
    vcpus, baseline = BASELINES[size]
    return vcpus * (1 - baseline) * PRICES["surplusPerVcpuHour"]


def _monitoring(instances: int) -> float:
    return _metrics(instances * METRICS_PER_INSTANCE)


def _metrics(count: int) -> float:
    return count * PRICES["metricPerMonth"] / HOURS_A_MONTH


def _load_balancers(kind: str, number: int) -> Item:
    price = PRICES["loadBalancers"][kind]
    title = kinds.TITLES[kind] if number == 1 else f"{number} {kinds.TITLES[kind]}s"
    return Item(
        f"{title} (and {price['perUnit']} $ per {price['unit']} used)", number * price["perHour"]
    )


def _items_beside(
    instances: int, addresses: int, alarm_metrics: int, load_balancers: Counter[str]
) -> list[Item]:
    disks = instances * DISK_GIGABYTES
    addresses += ZONES * load_balancers.total()
    return [
        *(_load_balancers(kind, number) for kind, number in load_balancers.items()),
        Item(f"{addresses} public addresses", addresses * PRICES["publicAddressPerHour"]),
        Item(f"{disks} GB of disk", disks * PRICES["gp3PerGigabyteMonth"] / HOURS_A_MONTH),
        Item(
            f"{alarm_metrics} metrics of alarms",
            alarm_metrics * PRICES["alarmMetricPerMonth"] / HOURS_A_MONTH,
        ),
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
    plan: Plan,
) -> float:
    """Uptime times list price, in US dollars; ``label`` says so.

    What ran before an instance was last stopped is not in it: AWS forgets when that was. A type without a known price
    counts as nothing but its address and its monitoring.

    Args:
        instances: type of each, and its last start, or None where it is stopped
        created: when the stack was; what a stopped lab costs is counted from then
        now: the time of the question
        plan: of the lab
    """
    known = list(instances)
    per_type = PRICES["instancePerHour"]
    kept = plan.kept_addresses
    beside = sum(
        it.per_hour or 0
        for it in stopped_items(len(known), plan.alarm_metrics, kept, plan.load_balancers)
    )
    dollars = _hours(created, now) * beside
    running = [(kind, _hours(started, now)) for kind, started in known if started is not None]
    dollars += sum(hours * (per_type.get(kind, 0) + _monitoring(1)) for kind, hours in running)
    # Some addresses are among what a stopped lab costs; the other instances have theirs while they run.
    uptimes = sorted((hours for _, hours in running), reverse=True)
    dollars += max(uptimes, default=0.0) * _metrics(plan.own_metrics)
    return dollars + sum(uptimes[kept:]) * PRICES["publicAddressPerHour"]


def label(kinds: Iterable[str]) -> str:
    """What such a sum is, and which types' prices are not in it."""
    unknown = sorted(set(kinds) - PRICES["instancePerHour"].keys())
    return f"{LABEL}; without {', '.join(unknown)} (price not known)" if unknown else LABEL


def _hours(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) / 3600
