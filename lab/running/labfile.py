"""The lab file: what bench needs of a lab that is up (docs/lab-files.md has its form)."""

import json
import os
from pathlib import Path
from typing import Any

from lab.aws import stack
from lab.machine import emulator
from lab.plan import Plan
from lab.profile import Profile
from lab.running import fleet


def balancer_urls(profile: Profile) -> list[str]:
    """Where both balancers listen."""
    outputs = stack.complete_outputs(profile)
    return [outputs["AlbUrl"], outputs["LeadlineUrl"]]


def describe(profile: Profile, plan: Plan, region: str) -> dict[str, Any]:
    """The lab as it stands now."""
    outputs = stack.complete_outputs(profile)
    found = fleet.targets(profile)
    return {
        "profile": profile.name,
        "region": region,
        "endpoint": profile.endpoint,
        "notes": [
            *(emulator.notes(profile) if profile.is_local else []),
            *_unlike(outputs),
            *_shared(outputs["BalancerInstanceId"], found),
        ],
        "balancers": [
            {
                "name": "alb",
                "title": "Stand-in of the ALB" if profile.is_local else "Application Load Balancer",
                "url": outputs["AlbUrl"],
                # it is for a name of the user's, and the URL has AWS's
                **_certificate(outputs["AlbUrl"], "other-name"),
                "cloudwatch": {
                    "namespace": "AWS/ApplicationELB",
                    "dimensions": {"LoadBalancer": outputs["AlbArn"].split(":loadbalancer/", 1)[1]},
                },
            },
            {
                "name": "leadline",
                "title": "Leadline",
                "url": outputs["LeadlineUrl"],
                **_certificate(outputs["LeadlineUrl"], "any"),
                "cloudwatch": {
                    "namespace": "Leadline",
                    "dimensions": {"Balancer": outputs["BalancerInstanceId"]},
                },
            },
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


def _unlike(outputs: dict[str, str]) -> list[str]:
    """What keeps the two balancers from being compared: one that has to encrypt does more."""
    names = {"AlbUrl": "the Application Load Balancer", "LeadlineUrl": "Leadline"}
    secure = [name for output, name in names.items() if outputs[output].startswith("https:")]
    if len(secure) != 1:
        return []
    return [
        f"Only {secure[0]} is asked over HTTPS: its times hold a TLS handshake, the other's do not."
    ]


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
