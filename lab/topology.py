"""What must be known of cdk.json's context before there is a template; infra validates it, this only counts."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import USAGE, LabError
from lab.profile import ROOT

FILE = ROOT / "cdk.json"


@dataclass(frozen=True)
class Topology:
    """Instance counts by type (with the balancer), the object itself, and the context's allowedCidr and assetBucket."""

    instance_counts: dict[str, int]
    declared: dict[str, Any]
    allowed_cidr: str | None = None
    asset_bucket: str | None = None

    @property
    def instances(self) -> int:
        """How many there are, the balancer's included."""
        return sum(self.instance_counts.values())

    def with_at_most(self, instances: int) -> dict[str, Any] | None:
        """The same topology with so few targets that there are at most ``instances``; None if it has more clusters."""
        clusters = self.declared["clusters"]
        if len(clusters) >= instances:
            return None
        counts = [1] * len(clusters)
        while sum(counts) + 1 < min(instances, self.instances):
            missing = [it["count"] - count for it, count in zip(clusters, counts, strict=True)]
            counts[missing.index(max(missing))] += 1
        fewer = [{**it, "count": count} for it, count in zip(clusters, counts, strict=True)]
        return {**self.declared, "clusters": fewer}


def read(context: dict[str, str], file: Path = FILE) -> Topology:
    """The topology of cdk.json, with ``context`` (the -c options) over it as the CDK CLI has it.

    Raises:
        LabError: when it cannot be read or something is missing.
    """
    try:
        declared = {**json.loads(file.read_text())["context"], **context}
        return _topology(declared)
    except json.JSONDecodeError as error:
        raise LabError(
            f"{file.name if error.doc != context.get('topology') else '-c topology'} is no JSON: "
            f"line {error.lineno}, column {error.colno}: {error.msg}",
            USAGE,
        ) from None
    except OSError as error:
        raise LabError(f"{file} cannot be read: {error.strerror}") from None
    except KeyError as error:
        raise LabError(f"{file.name}: the topology has no key {error}", USAGE) from None
    except (TypeError, AttributeError):
        raise LabError(
            f"{file.name}: the topology must be an object with clusters (a list) and balancer",
            USAGE,
        ) from None


def _topology(declared: dict) -> Topology:
    topology = declared["topology"]
    if isinstance(topology, str):  # -c topology='{...}'
        topology = json.loads(topology)
    counts: dict[str, int] = {}
    for cluster in topology["clusters"]:
        counts[cluster["instanceType"]] = counts.get(cluster["instanceType"], 0) + cluster["count"]
    kind = topology["balancer"]["instanceType"]
    counts[kind] = counts.get(kind, 0) + 1
    return Topology(
        instance_counts=counts,
        declared=topology,
        allowed_cidr=declared.get("allowedCidr"),
        asset_bucket=declared.get("assetBucket"),
    )
