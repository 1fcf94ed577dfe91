"""The kinds of load balancer that a lab may have in front of the same targets (the option ``compare``)."""

from collections import Counter
from collections.abc import Collection
from typing import Any

ALB, NLB, CLB, LEADLINE = "alb", "nlb", "clb", "leadline"
# In the order in which everything names them.
ALL = (ALB, NLB, CLB, LEADLINE)
DEFAULT = (ALB, LEADLINE)
TITLES = {
    ALB: "Application Load Balancer",
    NLB: "Network Load Balancer",
    CLB: "Classic Load Balancer",
    LEADLINE: "Leadline",
}
STAND_INS = {
    ALB: "Stand-in of the ALB",
    NLB: "Stand-in of the NLB",
    CLB: "Stand-in of the Classic Load Balancer",
    LEADLINE: "Leadline",
}


def asked(value: Any) -> tuple[str, ...]:
    """The kinds of an option, text with commas between or a list, in their order; infra refuses what is no kind."""
    if value is None:
        return DEFAULT
    names = value if isinstance(value, list) else str(value).split(",")
    wanted = {str(name).strip() for name in names}
    return tuple(kind for kind in ALL if kind in wanted)


def load_balancers(kinds: Collection[str], paths: int, *, front: bool = False) -> Counter[str]:
    """How many of AWS's load balancers such a lab has, by kind: a Classic one serves one path.

    Args:
        kinds: those that are compared.
        paths: how many each serves.
        front: whether our own balancers are a group, which has a Network Load Balancer in front of it.
    """
    numbers = {ALB: 1, NLB: 1, CLB: paths}
    found = Counter({kind: number for kind, number in numbers.items() if kind in kinds})
    return found + Counter({NLB: 1}) if front else found
