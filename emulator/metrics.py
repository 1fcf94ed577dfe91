"""The samples behind the emulated CloudWatch, and its statistics over them."""

import bisect
import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

Dimensions = frozenset[tuple[str, str]]
Identity = tuple[str, str, Dimensions]
"""Namespace, name and dimensions: what a metric is. All three must match exactly, as on AWS."""

_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
_COUNT_IN_RANGE = re.compile(
    r"TC\((\d*(?:\.\d+)?(?:e-?\d+)?):(\d*(?:\.\d+)?(?:e-?\d+)?)\)", re.IGNORECASE
)


class UnknownStatisticError(ValueError):
    """A statistic that is not implemented here."""


@dataclass
class Samples:
    """Values with how often each was seen, and statistic sets, which have no single values."""

    counts: dict[float, float] = field(default_factory=lambda: defaultdict(float))
    sets: list[tuple[float, float, float, float]] = field(default_factory=list)
    """(sample count, sum, minimum, maximum)"""

    def merge(self, other: "Samples") -> None:
        """Adds the samples of another second."""
        for value, count in other.counts.items():
            self.counts[value] += count
        self.sets += other.sets

    def statistic(self, name: str) -> float | None:
        """The statistic by CloudWatch's name, or None where the samples do not have it.

        Args:
            name: Sum, Average, Minimum, Maximum, SampleCount, pNN.N (percentile, linear between the two nearest
                values) or TC(low:high) (samples above low and at most high; an absent bound is none).

        Raises:
            UnknownStatisticError: for any other name.
        """
        plain = {
            "SampleCount": self._count,
            "Sum": self._sum,
            "Average": lambda: self._sum() / self._count(),
            "Minimum": lambda: min([*self.counts, *(minimum for _, _, minimum, _ in self.sets)]),
            "Maximum": lambda: max([*self.counts, *(maximum for _, _, _, maximum in self.sets)]),
        }
        if name in plain:
            return plain[name]()
        percentile = _PERCENTILE.fullmatch(name)
        if percentile and 0 <= float(percentile[1]) <= 100:
            return None if self.sets else self._percentile(float(percentile[1]) / 100)
        bounds = _COUNT_IN_RANGE.fullmatch(name)
        if bounds:
            low = float(bounds[1] or "-inf")
            high = float(bounds[2] or "inf")
            return sum(count for value, count in self.counts.items() if low < value <= high)
        raise UnknownStatisticError(name)

    def _count(self) -> float:
        return sum(self.counts.values()) + sum(count for count, *_ in self.sets)

    def _sum(self) -> float:
        single = sum(value * count for value, count in self.counts.items())
        return single + sum(total for _, total, *_ in self.sets)

    def _percentile(self, quantile: float) -> float:
        values = sorted(self.counts)
        reached: list[float] = []
        total = 0.0
        for value in values:
            total += self.counts[value]
            reached.append(total)
        position = quantile * (total - 1)
        low = values[bisect.bisect_right(reached, int(position))]
        high = values[min(bisect.bisect_right(reached, int(position) + 1), len(values) - 1)]
        return low + (high - low) * (position - int(position))


class MetricStore:
    """All samples of one account and region, by second. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[Identity, dict[int, Samples]] = {}

    def put(self, identity: Identity, second: int, values: Iterable[tuple[float, float]]) -> None:
        """Adds (value, count) pairs at a second since the epoch."""
        with self._lock:
            counts = self._at(identity, second).counts
            for value, count in values:
                counts[value] += count

    def put_set(
        self, identity: Identity, second: int, statistics: tuple[float, float, float, float]
    ) -> None:
        """Adds a statistic set: (sample count, sum, minimum, maximum)."""
        with self._lock:
            self._at(identity, second).sets.append(statistics)

    def _at(self, identity: Identity, second: int) -> Samples:
        return self._seconds.setdefault(identity, {}).setdefault(second, Samples())

    def periods(self, identity: Identity, start: int, end: int, period: int) -> dict[int, Samples]:
        """Samples from ``start`` up to, not including, ``end``, by the start of their period.

        Periods are aligned to the epoch, as CloudWatch aligns them to whole minutes; a period without samples is
        absent.
        """
        found: dict[int, Samples] = {}
        with self._lock:
            for second, samples in self._seconds.get(identity, {}).items():
                begin = second - second % period
                if start - start % period <= begin < end:
                    found.setdefault(begin, Samples()).merge(samples)
        return dict(sorted(found.items()))

    def identities(self) -> list[Identity]:
        """Every metric that has samples, in order of first appearance."""
        with self._lock:
            return list(self._seconds)
