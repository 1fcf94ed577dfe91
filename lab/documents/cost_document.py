"""docs/cost.md: what a lab costs, made of the prices that `up` asks with.

python -m lab.documents.cost_document        writes it anew
"""

from dataclasses import replace
from pathlib import Path

from lab import cost, kinds, plan, topology
from lab.profile import LEARNER_LAB_INSTANCES, ROOT

FILE = ROOT / "docs" / "cost.md"
TEMPLATE = (
    ROOT / "infra" / "src" / "test" / "snapshots" / "aws.template.json"
)  # of cdk.json as it is

HEAD = """\
# What a lab costs

{source} `up` asks with the same numbers (`lab/prices.json`; `python -m lab.documents.cost_document`
makes this page of them). Not counted are requests through the Application Load Balancer ({unit} $ per LCU-hour,
under a cent for a run of the benchmark), data out and between zones (0.01 $ per GB in each direction), what is read
from CloudWatch ({read} $ per 1,000 metrics: at most two cents for a run of the benchmark; the policy `cloudwatch` reads
all the time, about {reading:.2f} $ an hour for nine targets, and `up` says how much), and access logs where they are
kept ({storage} $ per GB and month; a run's are a few MB). The dashboard is free where the
account has fewer than {free_dashboards} others, and {dashboard:.2f} $ a month otherwise. Alarms cost {alarm:.2f} $
a month for each metric they look at, whether the lab runs or not; an account's first ten are free: not counted either.
A budget (`-c monthlyBudget=20`) and its e-mails cost nothing. AWS adds up costs some hours
late, and forecasts them only after some weeks of use: the mail is no substitute for `destroy`.

The balancer's custom metrics ({metric} $ a month each) are counted as if each had a value all the time. A t3 that
computes beyond its baseline costs {surplus} $ more per vCPU and hour (unlimited mode, AWS's default), so a t3.small
costs up to {small:.2f} $ an hour more at full load: `up` says how much that is, and it is not in the tables. A t2 is
slowed down instead. Today's prices are on AWS's own pages:

{pages}
"""

COMPARED = """
## Every kind side by side

With `-c compare=alb,nlb,clb,leadline` there are a Network Load Balancer, a Classic Load Balancer for each of three
paths, and {zones} public addresses of each: {more:.3f} $ an hour more, also while the lab is stopped. What passes
through them costs under a cent for a run of the benchmark. Their alarms are not in that figure; `up` counts them.
"""

GROUPS = """
## Balancers in a group

With `min` and `max` in `topology.balancer` there is a Network Load Balancer in front of the balancers, with {zones}
public addresses, and a secret that they share: {front:.3f} $ an hour more, also while the lab is stopped. The single
balancer's own address is not there. Each further t3.small with its address, disk and detailed monitoring is
{each:.3f} $ an hour. `up` says what the fewest cost, and how much more the most. What passes through costs {unit} $
for each NLCU-hour (800 new connections a second), and 0.01 $ per GB that crosses zones in each direction. A stopped
lab has no members of groups, so it pays for no disks of theirs.
"""

FOOT = """\

A stopped lab (`stop`, a Learner Lab whose session ended, or instances that powered themselves off with
`-c autoStopMinutes=60`) still pays for the load balancer, its addresses, the balancer's own address (and the load
generator's), the disks and the alarms. `destroy` ends all of it. `status` says what a lab has cost so far: uptime times
list price, no bill. The profile `local` costs nothing.
"""


def text() -> str:
    """The whole page."""
    declared = plan.read(TEMPLATE)
    page = HEAD.format(
        source=cost.source(cost.PRICES["region"]),
        unit=cost.PRICES["loadBalancers"][kinds.ALB]["perUnit"],
        metric=cost.PRICES["metricPerMonth"],
        surplus=cost.PRICES["surplusPerVcpuHour"],
        small=cost.surplus_per_hour("t3.small"),
        read=cost.PRICES["metricReadPerThousand"],
        reading=cost.reading_per_hour(replace(declared, policy="cloudwatch")),
        storage=cost.PRICES["s3PerGigabyteMonth"],
        free_dashboards=cost.PRICES["freeDashboards"],
        dashboard=cost.PRICES["dashboardPerMonth"],
        alarm=cost.PRICES["alarmMetricPerMonth"],
        pages="\n".join(f"- <{page}>" for page in cost.PRICES["pages"]),
    )
    parts = cost.items(declared.instance_counts, declared.alarm_metrics, declared.own_metrics)
    page += _table("Profile `aws`, as in cdk.json", parts)
    as_declared = topology.read({})
    in_academy = as_declared.with_at_most(LEARNER_LAB_INSTANCES) or as_declared
    fewer = (
        declared.instances - in_academy.instances
    )  # each has one metric, its CPU, that an alarm looks at
    parts = cost.items(
        in_academy.instance_counts, declared.alarm_metrics - fewer, declared.own_metrics
    )
    page += _table("Profile `academy`, 4 + 4 targets and the balancer", parts)
    stopped = cost.stopped_items(declared.instances, declared.alarm_metrics)
    page += _table("Stopped, as in cdk.json", stopped)
    alone, every = (
        cost.stopped_items(0, 0, 0, kinds.load_balancers(of, declared.measured_paths))
        for of in (kinds.DEFAULT, kinds.ALL)
    )
    more = sum(it.per_hour or 0 for it in every) - sum(it.per_hour or 0 for it in alone)
    front = cost.stopped_items(0, 0, 0, kinds.load_balancers((), 0, front=True))
    member = cost.items({"t3.small": 1}, 0, 0, kinds.load_balancers((), 0))
    in_a_group = GROUPS.format(
        zones=cost.ZONES,
        front=sum(it.per_hour or 0 for it in [*front, cost.SECRET]),
        each=sum(it.per_hour or 0 for it in member),
        unit=cost.PRICES["loadBalancers"][kinds.NLB]["perUnit"],
    )
    return page + FOOT + COMPARED.format(more=more, zones=cost.ZONES) + in_a_group


def _table(title: str, parts: list[cost.Item]) -> str:
    rows = [f"\n## {title}\n", "| part | $ an hour | $ a day |", "|---|--:|--:|"]
    known = [(part.what, part.per_hour) for part in parts if part.per_hour is not None]
    total = ("**in all**", sum(price for _, price in known))
    rows += [
        f"| {what} | {price:.4f} | {price * cost.HOURS_A_DAY:.2f} |"
        for what, price in [*known, total]
    ]
    return "\n".join(rows) + "\n"


def main(file: Path = FILE) -> None:
    """Writes the page."""
    file.write_text(text())


if __name__ == "__main__":
    main()
