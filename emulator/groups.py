"""What an Auto Scaling group does next, worked out from its members, its settings and the time. Knows nothing of moto.

``plan`` is asked again and again; what it answers is done before it is asked next. Every rule of a group stands here,
and nothing waits inside it.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace

REFRESH_SECONDS = 3600.0
"""A refresh that made no progress for so long fails, as on AWS."""
IN_PROGRESS, SUCCESSFUL, FAILED, CANCELLED = "InProgress", "Successful", "Failed", "Cancelled"
"""What a refresh can be; AWS has more words for how it gets there."""


@dataclass(frozen=True)
class Member:
    """An instance of the group. Times are seconds of one clock."""

    id: str
    subnet: str
    launched: float
    version: int = 1
    """Of the launch template it was launched from."""
    alive: bool = True
    healthy: bool = True
    """False when somebody said that it is not: its load balancers, or SetInstanceHealth."""
    serving: bool = True
    """Whether every load balancer of the group sends to it."""
    protected: bool = False
    pending: bool = False
    """Whether its launch waits for a lifecycle hook: it counts, but serves nobody yet."""
    leaves: float | None = None
    """When it may be terminated, drained and with its lifecycle hooks over; None for one that is not to end."""


@dataclass(frozen=True)
class Refresh:
    """The replacement of every instance that there was when it began."""

    id: str
    old: frozenset[str]
    began: float
    moved: float
    """When it last replaced an instance."""
    least: int = 90
    """Per cent of the desired capacity that stay healthy; ``most`` per cent are there at most."""
    most: int = 100
    warm_up: float = 0.0
    """How old a new instance must be to count as healthy."""
    total: int = 0
    left: int = 0
    status: str = IN_PROGRESS
    reason: str = ""
    ended: float | None = None

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * (self.total - self.left) // self.total if self.total else 100


@dataclass(frozen=True)
class Group:
    """A group at one moment."""

    desired: int
    subnets: tuple[str, ...]
    grace: float
    """For so long after its launch a member is not replaced, whatever its health."""
    members: tuple[Member, ...]
    most: int = 100
    """Per cent of the desired capacity that there may be while unhealthy members are replaced: above 100 the new one
    comes first."""
    refresh: Refresh | None = None


@dataclass(frozen=True)
class Plan:
    """What is to be done now, in this order; ``refresh`` is the refresh as it is afterwards."""

    end: tuple[str, ...]
    """Members to terminate now: they are gone already, or their draining is over."""
    drain: tuple[tuple[str, str], ...]
    """Members to deregister, with the reason; they are terminated when that is done."""
    launch: tuple[str, ...]
    """The subnet of each instance to launch."""
    refresh: Refresh | None


def plan(group: Group, now: float) -> Plan:
    """The next step of a group."""
    gone = [m for m in group.members if not m.alive or (m.leaves is not None and m.leaves <= now)]
    active = [m for m in group.members if m not in gone and m.leaves is None]
    drain: list[tuple[str, str]] = []

    def leave(member: Member, why: str) -> None:
        active.remove(member)
        drain.append((member.id, why))

    sick = [m for m in active if _is_sick(m, group.grace, now)]
    room = _allowed_more(group.desired, group.most)
    if room:
        # as many as there are others in their place
        serving = sum(m.serving and not m.pending for m in active if m not in sick)
        room = min(room, len(sick))
        sick = sick[: max(0, serving - (group.desired - len(sick)))]
    for member in sick:
        leave(member, "was found unhealthy")
    room -= min(room, len(sick))
    refresh = group.refresh if group.refresh and group.refresh.status == IN_PROGRESS else None
    if refresh:
        for member in _replaced(group.desired, refresh, active, now):
            leave(member, "is replaced by an instance refresh")
        room = max(room, _surge(group.desired, refresh, active))
    while len(active) > group.desired + room:
        free = [m for m in active if not m.protected]
        if not free:
            break
        leave(_surplus(free, refresh), "is more than the desired capacity")
    launch: list[str] = []
    zones = Counter(m.subnet for m in active)
    for _ in range(group.desired + room - len(active)):
        # the emptiest first; of equals the first
        subnet = min(group.subnets, key=lambda it: zones[it])
        zones[subnet] += 1
        launch.append(subnet)
    return Plan(
        tuple(m.id for m in gone),
        tuple(drain),
        tuple(launch),
        _next(group.desired, refresh, active, now) if refresh else group.refresh,
    )


def _is_sick(member: Member, grace: float, now: float) -> bool:
    return not member.healthy and not member.pending and now - member.launched >= grace


def _allowed_more(desired: int, most: int) -> int:
    """How many more than the desired capacity there may be: one at least where any may be."""
    return max(1, desired * most // 100 - desired) if most > 100 else 0


def _is_ready(member: Member, refresh: Refresh, now: float) -> bool:
    warm = member.id in refresh.old or now - member.launched >= refresh.warm_up
    return member.serving and member.healthy and warm and not member.pending


def _surge(desired: int, refresh: Refresh, active: list[Member]) -> int:
    """How many more there may be while old ones are left."""
    return min(_allowed_more(desired, refresh.most), sum(m.id in refresh.old for m in active))


def _replaced(desired: int, refresh: Refresh, active: list[Member], now: float) -> list[Member]:
    """Old members that may go now: those that serve nobody, and others while enough are left."""
    old = sorted((m for m in active if m.id in refresh.old), key=lambda m: (m.launched, m.id))
    ready = [m for m in active if _is_ready(m, refresh, now)]
    floor = math.ceil(desired * refresh.least / 100)
    if refresh.most <= 100:
        floor = min(floor, desired - 1)  # AWS replaces one at least
    idle = [m for m in old if m not in ready]
    busy = [m for m in old if m in ready]
    return idle + busy[: max(0, len(ready) - floor)]


def _next(desired: int, refresh: Refresh, active: list[Member], now: float) -> Refresh:
    """The refresh after this step."""
    left = sum(m.id in refresh.old for m in active)
    moved = now if left < refresh.left else refresh.moved
    after = replace(refresh, left=left, moved=moved)
    ready = sum(_is_ready(m, refresh, now) for m in active)
    if left == 0 and ready >= desired:
        return replace(after, status=SUCCESSFUL, ended=now)
    if now - moved >= REFRESH_SECONDS:
        why = f"no instance became healthy and was replaced for {REFRESH_SECONDS:.0f} s"
        return replace(after, status=FAILED, reason=why, ended=now)
    return after


def _surplus(free: list[Member], refresh: Refresh | None) -> Member:
    """Which member goes when there are too many.

    AWS's default: from the zone with most of them, then from the oldest launch template, then the oldest. In a refresh
    those that it replaces go first.
    """
    zones = Counter(m.subnet for m in free)
    old = refresh.old if refresh else frozenset()
    return min(free, key=lambda m: (m.id not in old, -zones[m.subnet], m.version, m.launched, m.id))
