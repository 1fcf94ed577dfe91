"""Target tracking: when another capacity is wanted, and that the group gets it."""

import pytest

from emulator.tests.api import NETWORK, launched_group, tracking_policy
from emulator.tests.clocked import Clocked
from emulator.tracking import Minutes


def measured(*percents: float) -> tuple[Minutes, float]:
    """One figure a minute, and the time at which the last minute is over."""
    minutes = Minutes()
    for minute, percent in enumerate(percents):
        minutes.add(60.0 * minute + 30, [percent - 1, percent + 1])
    return minutes, 60.0 * len(percents)


@pytest.mark.parametrize(
    ("percents", "wanted"),
    [
        ((90, 90), 4),  # two minutes are not enough
        ((90, 90, 90), 8),  # 4 * 90 / 50
        ((90, 50, 90, 90), 4),
        ((51, 51, 51), 5),
        ((46,) * 20, 4),  # less than a tenth below the target
        ((20,) * 14, 4),
        ((20,) * 15, 2),
        ((0,) * 15, 1),
        ((90,) + (20,) * 14, 4),
    ],
)
def test_three_minutes_above_or_fifteen_below_the_target(
    percents: tuple[float, ...], wanted: int
) -> None:
    minutes, now = measured(*percents)
    assert minutes.wanted(now, 50.0, 4) == wanted


def test_a_minute_without_figures_says_nothing() -> None:
    minutes, now = measured(90, 90, 90)
    assert minutes.wanted(now + 60, 50.0, 4) == 4


def test_a_group_grows_with_its_load_and_shrinks_within_its_limits(clocked: Clocked) -> None:
    api = clocked.api
    policy = tracking_policy(50)
    api.create({**NETWORK, **launched_group(DefaultInstanceWarmup=60), "Policy": policy})

    def after(minutes: int, percent: float) -> int:
        for _ in range(4 * minutes):
            clocked.now += 15
            percents = {it["InstanceId"]: percent for it in api.instances("running")}
            clocked.aws.track(percents)
        (group,) = api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert len(group["Instances"]) == group["DesiredCapacity"]
        return group["DesiredCapacity"]

    assert after(3, 70) == 2  # the first minute was the warm-up
    assert after(2, 70) == 3
    assert after(10, 100) == 4  # its largest size
    assert after(40, 5) == 2  # its smallest
