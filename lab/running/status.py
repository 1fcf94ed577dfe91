"""What there is of a lab, for people and for scripts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab import console, cost, plan
from lab.aws import stack
from lab.errors import FAILED
from lab.profile import STACK, Profile
from lab.running import balancers, fleet, groups


@dataclass(frozen=True)
class Lab:
    """A lab as the account's API has it now."""

    profile: Profile
    stack: str
    balancers: list[balancers.Balancer]
    targets: list[fleet.Target]
    own: list[dict[str, str]]
    groups: list[groups.Group]
    lost: list[fleet.Lost]
    dollars: float
    label: str
    failures: dict[str, str] = field(default_factory=dict)
    """Why a group could not do what it did last, by its name."""

    def as_json(self) -> dict[str, Any]:
        """The form of `status --json` (docs/lab-files.md)."""
        return {
            "profile": self.profile.name,
            "stack": self.stack,
            "balancers": {it.name: it.url for it in self.balancers},
            **self._urls(),
            **self._own(),
            "targets": fleet.as_json(self.targets),
            "lost": fleet.as_json(self.lost),
            "cost": {"dollars": round(self.dollars, 4), "label": self.label},
            "notes": self.notes(),
        }

    def _own(self) -> dict[str, Any]:
        """The balancer's instance, or the balancers of a group; and every group."""
        if not self.groups:
            return {"balancerInstance": self.own[0] if self.own else None}
        in_a_group = self.groups[0].of == groups.BALANCERS
        return {
            **(
                {"balancerInstances": self.own}
                if in_a_group
                else {"balancerInstance": self.own[0] if self.own else None}
            ),
            "groups": {it.of: it.as_json() for it in self.groups},
        }

    def _urls(self) -> dict[str, Any]:
        """The URLs by path, of the balancers that have one for each."""
        several = {it.name: it.urls for it in self.balancers if it.urls}
        return {"urls": several} if several else {}

    @property
    def exit_code(self) -> int:
        """Failure where CloudFormation left the stack in a state that the user must repair."""
        return 0 if self.stack in stack.WHOLE or stack.is_busy(self.stack) else FAILED

    def notes(self) -> list[str]:
        """What the user should do, and with which command."""
        which = f"--profile {self.profile.name}"
        said = []
        if self.stack not in stack.GOOD:
            said.append(f"the stack {STACK} is in status {self.stack}: {stack.meaning(self.stack)}")
        if self.lost:
            said.append(fleet.what_helps(self.lost, self.profile))
        states = [it.state for it in self.targets]
        shared = {it.id for it in self.targets}
        states += [it["state"] for it in self.own if it["id"] not in shared]
        said += [f"{name} failed at what it did last: {why}" for name, why in self.failures.items()]
        if any(it.before_stop for it in self.groups):
            said.append(
                f"{' and '.join(it.name for it in self.groups if it.before_stop)}: emptied by ./deploy.sh stop; "
                f"./deploy.sh start {which} gives back what there was"
            )
        if down := sum(state in ("stopped", "stopping") for state in states):
            said.append(
                f"{down} of {len(states)} instances are stopped; ./deploy.sh start {which} starts them and waits until "
                "they serve (a Learner Lab stops all of them when its session ends)"
            )
        return said


def read(profile: Profile) -> Lab:
    """Reads everything from the account."""
    outputs = stack.complete_outputs(profile)
    dollars, label = _cost(profile)
    there = groups.of(profile, outputs)
    failures = {it.name: groups.last_failure(profile, it) for it in there}
    return Lab(
        profile=profile,
        stack=stack.status(profile) or "gone",
        balancers=balancers.of(profile, outputs),
        targets=fleet.targets(profile),
        own=_own(profile),
        groups=there,
        failures={name: why for name, why in failures.items() if why},
        lost=fleet.lost(profile),
        dollars=dollars,
        label=label,
    )


def _own(profile: Profile) -> list[dict[str, str]]:
    """The balancers; in a group one that runs is as its front says."""
    health = fleet.behind_the_front(profile)
    return [
        {**it, "state": health[it["id"]]}
        if it["state"] == fleet.RUNNING and it["id"] in health
        else it
        for it in fleet.balancers(profile)
    ]


def _cost(profile: Profile) -> tuple[float, str]:
    if profile.is_local:
        return 0.0, "a lab on this machine costs nothing"
    instances = [
        (it["InstanceType"], it["LaunchTime"] if it["State"]["Name"] == fleet.RUNNING else None)
        for it in fleet.instances(profile)
    ]
    deployed = plan.deployed(profile)
    dollars = cost.dollars_so_far(
        instances,
        stack.created(profile),
        datetime.now(UTC),
        deployed,
    )
    return dollars, cost.label(kind for kind, _ in instances)


def show(lab: Lab) -> None:
    """Prints it as a table, and below it what should be done."""
    console.heading(f"Lab of profile {lab.profile.name}, stack {lab.stack}")
    if not lab.profile.is_local:
        console.say(f"  {'cost':<10}about {lab.dollars:.2f} $ {lab.label}")
    for it in lab.balancers:
        for path, url in it.urls.items() or [("", it.url)]:
            console.say(f"  {it.name:<10}{url}{f'  for {path}' if path else ''}")
    console.say()
    console.say(f"  {'':>4}  {'instance':<21}{'cluster':<10}{'type':<10}{'address':<16}state")
    for it in lab.targets:
        console.say(
            f"  {it.number:>4}  {it.id:<21}{it.cluster:<10}{it.type:<10}{it.address:<16}{it.state}"
        )
    for it in lab.own:
        console.say(
            f"  {0:>4}  {it['id']:<21}{'balancer':<10}{it['type']:<10}{it['address']:<16}{it['state']}"
        )
    for group in lab.groups:
        of = "the balancers" if group.of == groups.BALANCERS else group.of
        console.say(
            f"      group of {of}: {len(group.members)} of {group.desired} wanted "
            f"(min {group.min}, max {group.max})"
        )
    for place, note in enumerate(lab.notes()):
        # A stack that is broken is the first of them.
        (console.complain if place == 0 and lab.exit_code else console.warn)(note)
