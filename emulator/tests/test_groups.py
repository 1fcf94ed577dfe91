"""What a group does next: every rule of it, with a clock that the test moves."""

from dataclasses import replace

from emulator.groups import (
    FAILED,
    IN_PROGRESS,
    REFRESH_SECONDS,
    SUCCESSFUL,
    Group,
    Member,
    Plan,
    Refresh,
    plan,
)

A, B = "subnet-a", "subnet-b"
DRAIN = 8.0


class Simulated:
    """A group whose plans are carried out at once. What it launches serves ``boot`` seconds later."""

    def __init__(self, desired: int, boot: float = 5.0) -> None:
        self.now = 0.0
        self.boot = boot
        self.group = Group(desired, (A, B), 30.0, ())
        self.fewest_serving = desired
        self.launched = 0

    def step(self) -> Plan:
        """One look at the group."""
        done = plan(self.group, self.now)
        members = [m for m in self.group.members if m.id not in done.end]
        leaving = {id_ for id_, _ in done.drain}
        members = [
            replace(m, leaves=self.now + DRAIN, serving=False) if m.id in leaving else m
            for m in members
        ]
        for subnet in done.launch:
            self.launched += 1
            members.append(Member(f"i-{self.launched}", subnet, self.now, serving=False))
        self.group = replace(self.group, members=tuple(members), refresh=done.refresh)
        return done

    def run(self, seconds: float) -> None:
        """Looks every half second."""
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.group = replace(
                self.group,
                members=tuple(
                    replace(m, serving=m.leaves is None and self.now - m.launched >= self.boot)
                    for m in self.group.members
                ),
            )
            self.step()
            serving = sum(m.serving for m in self.group.members)
            self.fewest_serving = min(self.fewest_serving, serving)

    def refresh(self, **more: float) -> None:
        """Begins to replace every member."""
        old = frozenset(m.id for m in self.group.members)
        begun = Refresh("r", old, self.now, self.now, total=len(old), left=len(old), **more)
        self.group = replace(self.group, refresh=begun)

    def active(self) -> list[str]:
        """Ids of the members that are not draining."""
        return [m.id for m in self.group.members if m.leaves is None]


def grown(desired: int = 2) -> Simulated:
    """A group that is complete and serves."""
    it = Simulated(desired)
    it.step()
    it.run(10)
    it.fewest_serving = desired
    return it


def test_members_are_spread_over_the_subnets() -> None:
    group = Simulated(3)
    assert group.step().launch == (A, B, A)
    group.group = replace(group.group, desired=4)
    assert group.step().launch == (B,)
    assert group.step().launch == ()


def test_scaling_in_drains_first_and_terminates_when_that_is_over() -> None:
    group = grown(4)
    group.group = replace(group.group, desired=2)
    done = group.step()
    assert [why for _, why in done.drain] == ["is more than the desired capacity"] * 2
    assert done.end == ()
    kept = [m for m in group.group.members if m.leaves is None]
    assert {m.subnet for m in kept} == {A, B}
    group.run(DRAIN - 1)
    assert len(group.group.members) == 4
    group.run(1)
    assert group.group.members == tuple(m for m in group.group.members if m in kept)
    assert len(group.group.members) == 2


def test_protected_members_stay() -> None:
    group = grown(2)
    members = tuple(replace(m, protected=True) for m in group.group.members)
    group.group = replace(group.group, desired=0, members=members)
    assert group.step().drain == ()


def test_an_unhealthy_member_is_replaced_after_the_grace_period() -> None:
    group = grown(2)
    sick = tuple(replace(m, healthy=m.id != "i-1") for m in group.group.members)
    group.group = replace(group.group, members=sick)
    assert group.step().drain == ()  # ten seconds old
    group.now = 30.0
    done = group.step()
    assert done.drain == (("i-1", "was found unhealthy"),)
    assert done.launch == (A,)


def test_a_group_may_launch_before_unhealthy_members_leave() -> None:
    group = grown(2)
    group.now = 100.0

    def after(seconds: float, *sick: str) -> tuple[list[str], int]:
        """Who is in service and how many there are in all, so much later; the sick serve nobody."""
        for _ in range(int(seconds * 2)):
            group.now += 0.5
            members = tuple(
                replace(
                    m,
                    healthy=m.id not in sick,
                    serving=m.id not in sick and group.now - m.launched >= group.boot,
                )
                for m in group.group.members
            )
            group.group = replace(group.group, most=110, members=members)
            group.step()
        return group.active(), len(group.group.members)

    assert after(1, "i-1") == (["i-1", "i-2", "i-3"], 3)
    assert after(5, "i-1") == (["i-2", "i-3"], 3)
    assert after(DRAIN, "i-1") == (["i-2", "i-3"], 2)
    # both at once: one more at a time, as many as 110% allow
    assert after(1, "i-2", "i-3") == (["i-2", "i-3", "i-4"], 3)
    assert after(30, "i-2", "i-3") == (["i-4", "i-5"], 2)


def test_a_member_that_ended_by_itself_is_replaced_without_draining() -> None:
    group = grown(2)
    ended = tuple(replace(m, alive=m.id != "i-2") for m in group.group.members)
    group.group = replace(group.group, members=ended)
    done = group.step()
    assert (done.end, done.drain, done.launch) == (("i-2",), (), (B,))


def test_a_refresh_that_launches_first_never_serves_with_fewer() -> None:
    group = grown(2)
    group.refresh(least=100, most=110, warm_up=3.0)
    group.run(1)
    assert len(group.active()) == 3  # one more, however few 110% of two are
    group.run(30)
    assert group.active() == ["i-3", "i-4"]
    assert group.group.refresh.status == SUCCESSFUL
    assert group.group.refresh.percent == 100
    assert group.fewest_serving == 2


def test_a_refresh_waits_for_the_warm_up_of_the_last_instance() -> None:
    group = grown(1)
    group.refresh(least=100, most=200, warm_up=20.0)
    group.run(19)
    assert group.group.refresh.status == IN_PROGRESS
    assert "i-1" in group.active()
    group.run(3)
    assert group.group.refresh.status == SUCCESSFUL


def test_a_refresh_that_may_not_launch_first_replaces_one_at_a_time() -> None:
    group = grown(4)
    group.refresh(least=90, most=100)
    group.run(40)
    assert group.group.refresh.status == SUCCESSFUL
    assert group.fewest_serving == 3
    assert len(group.active()) == 4


def test_a_refresh_whose_instances_never_serve_replaces_nothing_more_and_fails() -> None:
    group = grown(2)
    group.refresh(least=100, most=150)
    old = set(group.active())
    began = group.now

    def after(seconds: float) -> str:
        group.now = began + seconds
        members = tuple(replace(m, serving=m.id in old) for m in group.group.members)
        group.group = replace(group.group, members=members)
        group.step()
        assert old <= set(group.active())
        return group.group.refresh.status

    assert [after(1), after(2), after(REFRESH_SECONDS - 1)] == [IN_PROGRESS] * 3
    assert after(REFRESH_SECONDS) == FAILED
    assert "3600 s" in group.group.refresh.reason


def test_scaling_in_during_a_refresh_takes_the_old_ones() -> None:
    group = grown(3)
    group.refresh(least=100, most=150, warm_up=100.0)
    group.run(10)
    group.group = replace(group.group, desired=1)
    leaving = {id_ for id_, _ in group.step().drain}
    assert leaving <= group.group.refresh.old
    assert leaving
