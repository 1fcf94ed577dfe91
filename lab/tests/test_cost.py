"""Prices come from one file, and what is not known is never free."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab import cost
from lab.documents import cost_document
from lab.plan import METRICS_A_SET, METRICS_OF_THE_BALANCER, Plan
from lab.profile import ROOT


def test_the_default_lab_costs_what_the_readme_says() -> None:
    parts = cost.items({"t2.large": 4, "t2.micro": 5, "t3.small": 1}, 21, 44)
    assert cost.total(parts) == "0.59 $ per hour"
    assert "About 0.59 $ an hour" in (ROOT / "README.md").read_text()


def test_an_unknown_type_is_named_and_not_counted_as_free() -> None:
    parts = cost.items({"t2.large": 1, "x9.huge": 2}, 21, 44)
    assert parts[1] == cost.Item("2 x x9.huge", None)
    assert "2 x x9.huge (price not known)" in cost.total(parts)


def test_every_instance_has_an_address_and_a_disk() -> None:
    one, two = (cost.items({"t2.micro": count}, 13, 22) for count in (1, 2))
    assert one[-3].what == "3 public addresses"
    assert two[-3].what == "4 public addresses"
    assert two[-2].per_hour == 2 * one[-2].per_hour


def test_what_it_cost_is_uptime_times_price(whole_lab: Plan) -> None:
    """Catches an instance that is counted from the stack's creation, and a load balancer that is forgotten."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    started = now - timedelta(hours=2)
    created = now - timedelta(hours=10)
    both = [("t2.large", started), ("t2.micro", started)]
    plan = replace(whole_lab, alarm_metrics=13, paths={}, mixed_path=None)
    assert plan.own_metrics == 14
    beside = 0.0225 + 3 * 0.005 + 16 * 0.08 / 730 + 13 * 0.10 / 730
    # the balancer's address is one of the three
    running = 0.0928 + 0.0116 + (2 * 7 + 14) * 0.30 / 730 + 0.005
    assert cost.dollars_so_far(both, created, now, plan) == pytest.approx(2 * running + 10 * beside)
    stopped = cost.dollars_so_far([("t2.large", None)] * 2, created, now, plan)
    assert stopped == pytest.approx(10 * beside)
    assert "no bill" in cost.label(["t2.large"])
    assert "m5.large (price not known)" in cost.label(["m5.large", "t2.large"])


@pytest.mark.parametrize("kept", [1, 2])
def test_an_hour_costs_what_up_said_an_hour_costs(kept: int, whole_lab: Plan) -> None:
    """Catches a part that only one of the two counts, such as the balancer's address counted twice."""
    plan = replace(whole_lab, kept_addresses=kept)
    counts = plan.instance_counts
    now = datetime(2026, 1, 2, tzinfo=UTC)
    hour_ago = now - timedelta(hours=1)
    instances = [(kind, hour_ago) for kind, count in counts.items() for _ in range(count)]
    said = sum(part.per_hour or 0 for part in cost.items(counts, 21, plan.own_metrics))
    assert abs(cost.dollars_so_far(instances, hour_ago, now, plan) - said) < 1e-9


def test_custom_metrics_are_those_that_the_balancer_publishes(whole_lab: Plan) -> None:
    """Catches a metric that is added to the balancer without its price (METRICS_A_SET in lab/plan.py)."""
    page = (ROOT / "docs" / "metrics.md").read_text()

    def named(part: str) -> int:
        rows = page.split(f"## Of {part}\n")[1].split("## ")[0].splitlines()
        return sum(bool(row.split("|")[3].strip()) for row in rows if row.startswith("| `"))

    distributions = ("TargetResponseTime", "RequestProcessingTime")
    assert all(f"`{it}`, the time" in page for it in distributions)
    assert named("a target group") + len(distributions) == METRICS_A_SET
    assert named("the whole balancer") == METRICS_OF_THE_BALANCER
    assert "`RequestCountPerTarget` of each group" in page
    assert whole_lab.own_metrics == 11 + 3 + 3 * (11 + 1)  # itself; two clusters and /mixed


def test_cpu_beyond_the_baseline_costs_on_a_t3_alone() -> None:
    assert cost.surplus({"t2.large": 4, "m5.large": 1}) == ""
    # a t3.small has 80 % of two vCPUs beyond its baseline, a t3.micro 90 %
    assert cost.surplus_per_hour("t3.small") == pytest.approx(0.08)
    assert "up to 0.26 $ per hour" in cost.surplus({"t3.small": 1, "t3.micro": 2})


def test_the_document_is_made_of_these_prices() -> None:
    """Catches a price, or the topology, that is changed without the page (lab.documents.cost_document)."""
    assert cost_document.FILE.read_text() == cost_document.text()


def test_a_stopped_lab_still_costs(whole_lab: Plan) -> None:
    hourly = sum(part.per_hour or 0 for part in cost.stopped_items(10, 21))
    assert abs(hourly - (0.0225 + 3 * 0.005 + 80 * 0.08 / 730 + 21 * 0.10 / 730)) < 1e-9
    assert cost.stopped(whole_lab) == (
        "0.05 $ per hour (1.18 $ a day): Application Load Balancer, 3 public addresses, 80 GB of disk, "
        "21 metrics of alarms"
    )


def test_the_load_generators_address_outlives_a_stop_too(whole_lab: Plan) -> None:
    with_generator = replace(whole_lab, kept_addresses=2)
    assert "4 public addresses" in cost.stopped(with_generator)


def test_a_policy_that_reads_cloudwatch_all_the_time_has_a_price(whole_lab: Plan) -> None:
    assert cost.reading(whole_lab) == ""
    # nine targets in two groups each, three times a minute, 0.01 $ per thousand
    for policy in ("cloudwatch", {"name": "cloudwatch", "refresh": "20s", "limit": 70}):
        reads = replace(whole_lab, policy=policy)
        assert cost.reading_per_hour(reads) == pytest.approx(9 * 2 * 180 * 0.01 / 1000)
        assert "0.03 $ per hour more" in cost.reading(reads)
    slow = replace(whole_lab, policy={"name": "cloudwatch", "refresh": "1m"}, mixed_path=None)
    assert cost.reading_per_hour(slow) == pytest.approx(9 * 60 * 0.01 / 1000)
