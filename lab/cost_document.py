"""docs/cost.md: what a lab costs, made of the prices that `up` asks with.

python -m lab.cost_document        writes it anew
"""

from pathlib import Path

from lab import academy, cost, topology
from lab.profile import ROOT

FILE = ROOT / "docs" / "cost.md"
HOURS_A_DAY = 24

HEAD = """\
# What a lab costs

{source} `up` asks with the same numbers (`lab/prices.json`; `python -m lab.cost_document`
makes this page of them). Not counted are requests through the Application Load Balancer ({unit} $ per LCU-hour,
under a cent for a run of the benchmark), data out, and the balancer's own CloudWatch metrics ({metric} $ a month each).
"""

FOOT = """\

A stopped lab (`stop`, a Learner Lab whose session ended, or instances that powered themselves off with
`-c autoStopMinutes=60`) still pays for the load balancer, its addresses, the balancer's own address and the disks.
`destroy` ends all of it. `status` says what a lab has cost so far: uptime times list price, no bill. The profile
`local` costs nothing.
"""


def text() -> str:
    """The whole page."""
    declared = topology.read({})
    offered = academy.FOUR_AND_FOUR.removeprefix("-c topology='").removesuffix("'")
    page = HEAD.format(
        source=cost.source(cost.PRICES["region"]),
        unit=cost.PRICES["loadBalancerCapacityUnitPerHour"],
        metric=cost.PRICES["metricPerMonth"],
    )
    page += _table("Profile `aws`, as in cdk.json", cost.items(declared.instance_counts))
    in_academy = topology.read({"topology": offered}).instance_counts
    page += _table("Profile `academy`, 4 + 4 targets and the balancer", cost.items(in_academy))
    instances = sum(declared.instance_counts.values())
    page += _table("Stopped, as in cdk.json", cost.stopped_items(instances))
    return page + FOOT


def _table(title: str, parts: list[cost.Item]) -> str:
    rows = [f"\n## {title}\n", "| part | $ an hour | $ a day |", "|---|--:|--:|"]
    known = [(part.what, part.per_hour) for part in parts if part.per_hour is not None]
    total = ("**in all**", sum(price for _, price in known))
    rows += [
        f"| {what} | {price:.4f} | {price * HOURS_A_DAY:.2f} |" for what, price in [*known, total]
    ]
    return "\n".join(rows) + "\n"


def main(file: Path = FILE) -> None:
    """Writes the page."""
    file.write_text(text())


if __name__ == "__main__":
    main()
