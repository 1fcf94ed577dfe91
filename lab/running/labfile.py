"""The lab file: what bench needs of a lab that is up (docs/lab-files.md has its form)."""

import json
import os
from pathlib import Path
from typing import Any

from lab import kinds
from lab.aws import stack
from lab.machine import emulator
from lab.plan import Plan
from lab.profile import Profile
from lab.running import balancers, fleet

# infra's Nlb and Clb say why.
WITHOUT_RULES = (
    "Only the Application Load Balancer and Leadline choose by path. The Network Load Balancer has a listener port for "
    "each path, and there is a Classic Load Balancer for each path."
)
BY_CONNECTION = "The Network Load Balancer chooses a target for a connection, not for a request. It counts no requests."
THROUGH_THE_FRONT = (
    "Leadline is asked through a Network Load Balancer of its own, which chooses one of its balancers for each "
    "connection. Each of them publishes its metrics under one name, and CloudWatch adds them up."
)
VCPUS_OF_TASKS = (
    "An instance with several processes (tasksPerInstance) is as fast as several instances here: each process has the "
    "vCPUs of the instance's type for itself. On AWS they share them."
)


def balancer_urls(profile: Profile) -> list[str]:
    """Where every balancer listens."""
    return [url for it in _balancers(profile) for url in it.addresses]


def _balancers(profile: Profile) -> list[balancers.Balancer]:
    return balancers.of(profile, stack.complete_outputs(profile))


def describe(profile: Profile, plan: Plan, region: str) -> dict[str, Any]:
    """The lab as it stands now."""
    outputs = stack.complete_outputs(profile)
    found = fleet.targets(profile)
    beside = _balancers(profile)
    in_a_group = "BalancerGroup" in outputs
    several = len(fleet.balancers(profile)) if in_a_group else 0
    return {
        "profile": profile.name,
        "region": region,
        "endpoint": profile.endpoint,
        "notes": [
            *(emulator.notes(profile) if profile.is_local else []),
            *_without_rules(beside),
            *_unlike(beside),
            *([] if in_a_group else _shared(outputs["BalancerInstanceId"], found)),
            *([THROUGH_THE_FRONT] if in_a_group else []),
            *([VCPUS_OF_TASKS] if plan.tasks and profile.is_local else []),
        ],
        "balancers": [
            {
                "name": it.name,
                "title": it.title
                + (f" ({several} balancers)" if several and it.name == kinds.LEADLINE else ""),
                "url": it.url,
                **({"urls": it.urls} if it.urls else {}),
                # AWS's is for a name of the user's, and the URL has AWS's
                **_certificate(it.url, "any" if it.name == kinds.LEADLINE else "other-name"),
                "cloudwatch": it.cloudwatch,
            }
            for it in beside
        ],
        "paths": [
            *(
                {"path": path, "targets": [t.id for t in found if t.cluster == cluster]}
                for cluster, path in plan.paths.items()
            ),
            *(
                [{"path": plan.mixed_path, "targets": [t.id for t in found]}]
                if plan.mixed_path
                else []
            ),
        ],
        "targets": fleet.as_json(found),
        "settings": {"policy": plan.policy, "workMillis": plan.work_millis},
    }


def _without_rules(beside: list[balancers.Balancer]) -> list[str]:
    """What a balancer that reads no paths is compared with."""
    names = {it.name for it in beside}
    return [
        *([WITHOUT_RULES] if names & {kinds.NLB, kinds.CLB} else []),
        *([BY_CONNECTION] if kinds.NLB in names else []),
    ]


def _unlike(beside: list[balancers.Balancer]) -> list[str]:
    """What keeps balancers from being compared: one that has to encrypt does more."""
    secure = [_in_words(it) for it in beside if it.url.startswith("https:")]
    others = len(beside) - len(secure)
    if not secure or not others:
        return []
    asked, times = ("is", "its") if len(secure) == 1 else ("are", "their")
    rest = "the other's" if others == 1 else "the others'"
    return [
        f"Only {' and '.join(secure)} {asked} asked over HTTPS: {times} times hold a TLS handshake, {rest} do not."
    ]


def _in_words(balancer: balancers.Balancer) -> str:
    return balancer.title if balancer.name == kinds.LEADLINE else f"the {balancer.title}"


def _shared(balancer: str, targets: list[fleet.Target]) -> list[str]:
    """What a balancer on a target's host costs in fairness."""
    return [
        f"Leadline runs on the host of target {it.number} ({it.type}): while it is measured it takes CPU from that "
        "target, which the other balancer does not, and its requests to that target cross no network."
        for it in targets
        if it.id == balancer
    ]


def _certificate(url: str, kind: str) -> dict[str, str]:
    """What the benchmark may expect of a balancer's certificate, where it has one."""
    return {"certificate": kind} if url.startswith("https:") else {}


def read(profile: Profile) -> dict[str, Any]:
    """The profile's lab file."""
    return json.loads(profile.lab_file.read_text())


def write(profile: Profile, lab: dict[str, Any]) -> None:
    """Writes the profile's lab file."""
    write_to(profile.lab_file, lab)


def write_to(file: Path, lab: dict[str, Any]) -> None:
    """Writes a lab file whole or not at all."""
    temporary = file.with_suffix(".tmp")
    temporary.write_text(json.dumps(lab, indent=2) + "\n")
    os.replace(temporary, file)  # noqa: PTH105 - says that it replaces
