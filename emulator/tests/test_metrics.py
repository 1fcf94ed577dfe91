"""Statistics as CloudWatch defines them."""

import re

import pytest

from emulator.metrics import MetricStore, Samples, UnknownStatisticError

METRIC = ("N", "M", frozenset({("D", "1")}))


def samples(*values: float) -> Samples:
    found = Samples()
    for value in values:
        found.counts[value] += 1
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sum", 15.0),
        ("SampleCount", 5),
        ("Average", 3.0),
        ("Minimum", 1.0),
        ("Maximum", 5.0),
        ("p0", 1.0),
        ("p50", 3.0),
        ("p90", 4.6),
        ("p99.9", 4.996),
        ("p100", 5.0),
        ("TC(2:4)", 2),  # above 2, at most 4
        ("tc(:4)", 4),
        ("TC(2:)", 3),
        ("TC(1e-3:1)", 1),
    ],
)
def test_statistic(name: str, expected: float) -> None:
    assert samples(1, 2, 3, 4, 5).statistic(name) == pytest.approx(expected)


def test_counts_weigh_in_percentiles() -> None:
    # catches: percentiles over distinct values
    found = Samples()
    found.counts.update({1.0: 99, 100.0: 1})
    assert found.statistic("p50") == 1.0
    assert found.statistic("p100") == 100.0


@pytest.mark.parametrize("name", ["p101", "median", "TM(1:2)", "TC(1)", "p"])
def test_unknown_statistic(name: str) -> None:
    with pytest.raises(UnknownStatisticError, match=re.escape(name)):
        samples(1).statistic(name)


def test_a_statistic_set_has_no_percentile_but_everything_else() -> None:
    found = samples(4)
    found.sets.append((3, 6.0, 1.0, 3.0))
    assert [found.statistic(s) for s in ("Sum", "SampleCount", "Minimum", "Maximum", "p50")] == [
        10.0,
        4,
        1.0,
        4.0,
        None,
    ]


def test_periods_begin_at_whole_minutes_whatever_was_asked() -> None:
    store = MetricStore()
    for second in (59, 60, 119, 120):
        store.put(METRIC, second, [(1.0, 1)])
    found = store.periods(METRIC, start=30, end=120, period=60)
    assert {begin: s.statistic("Sum") for begin, s in found.items()} == {0: 1.0, 60: 2.0}


def test_dimensions_tell_metrics_apart() -> None:
    store = MetricStore()
    store.put(METRIC, 0, [(1.0, 1)])
    assert store.periods(("N", "M", frozenset()), 0, 60, 60) == {}
    assert store.identities() == [METRIC]
