"""What must be known of cdk.json's context before there is a template; infra validates it, this only counts."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.errors import USAGE, LabError
from lab.profile import ROOT

FILE = ROOT / "cdk.json"


@dataclass(frozen=True)
class Topology:
    """Instance counts by type (with the balancer), the object itself, and more of the context, lists with commas.

    ``name`` is that of one of cdk.json's ``topologies``, where the topology was chosen so; ``generator`` is the type of
    the load generator, where there is one.
    """

    instance_counts: dict[str, int]
    declared: dict[str, Any]
    allowed_cidr: str | None = None
    zones: str | None = None
    asset_bucket: str | None = None
    name: str | None = None
    generator: str | None = None

    @property
    def instances(self) -> int:
        """How many there are, the balancer's included."""
        return sum(self.instance_counts.values())

    @property
    def shares_a_host(self) -> bool:
        """Whether the balancer runs on a target's host."""
        return "sharesHostOf" in self.declared["balancer"]

    def sharing_a_host(self) -> dict[str, Any]:
        """The same topology with the balancer on a host of the cluster whose instances are the largest."""
        largest = max(self.declared["clusters"], key=lambda it: _size(it["instanceType"]))
        policy = self.declared["balancer"]["policy"]
        return {**self.declared, "balancer": {"sharesHostOf": largest["name"], "policy": policy}}

    def with_at_most(self, instances: int) -> dict[str, Any] | None:
        """The same topology with so few targets that there are at most ``instances``; None if it has more clusters."""
        clusters = self.declared["clusters"]
        own = self.instances - sum(it["count"] for it in clusters)
        if len(clusters) + own > instances:
            return None
        counts = [1] * len(clusters)
        while sum(counts) + own < min(instances, self.instances):
            missing = [it["count"] - count for it, count in zip(clusters, counts, strict=True)]
            counts[missing.index(max(missing))] += 1
        fewer = [{**it, "count": count} for it, count in zip(clusters, counts, strict=True)]
        return {**self.declared, "clusters": fewer}

    def that_fits(self, fits: Callable[[dict[str, int]], bool]) -> dict[str, Any] | None:
        """The same topology with as many targets as fit; None if not even one of each cluster does.

        Args:
            fits: whether instances of these types, in these numbers, are allowed.
        """
        for instances in range(self.instances, 0, -1):
            fewer = self.with_at_most(instances)
            if fewer is not None and fits(_counts(fewer, self.generator)):
                return fewer
        return None

    def with_types(self, instead: Callable[[str], str]) -> "Topology":
        """The same topology with another type of instance for each."""

        def changed(part: dict[str, Any]) -> dict[str, Any]:
            kind = part.get("instanceType")  # none where the balancer shares a host
            return {**part, "instanceType": instead(kind)} if kind else part

        declared = {
            **self.declared,
            "clusters": [changed(it) for it in self.declared["clusters"]],
            "balancer": changed(self.declared["balancer"]),
        }
        generator = instead(self.generator) if self.generator else None
        counts = _counts(declared, generator)
        return replace(self, declared=declared, instance_counts=counts, generator=generator)


def command(profile: str, declared: dict[str, Any]) -> str:
    """The command that deploys this topology."""
    written = shlex.quote(json.dumps(declared, separators=(",", ":")))
    return f"./deploy.sh up --profile {profile} -c topology={written}"


SIZES = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge")


def _size(kind: str) -> int:
    size = kind.rpartition(".")[2]
    return SIZES.index(size) if size in SIZES else -1


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
    topology, name = declared["topology"], None
    if isinstance(topology, str) and re.fullmatch(r"[a-z][a-z0-9-]*", topology):
        name, named = topology, declared.get("topologies", {})
        if name not in named:
            raise LabError(
                f"there is no topology '{name}'; allowed: a JSON object, or one of {', '.join(named)}",
                USAGE,
            )
        topology = named[name]
    elif isinstance(topology, str):  # -c topology='{...}'
        topology = json.loads(topology)
    generator = declared.get("loadGenerator")
    return Topology(
        instance_counts=_counts(topology, generator),
        declared=topology,
        allowed_cidr=_joined(declared.get("allowedCidr")),
        zones=_joined(declared.get("zones")),
        asset_bucket=declared.get("assetBucket"),
        name=name,
        generator=generator,
    )


def _counts(topology: dict[str, Any], generator: str | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for cluster in topology["clusters"]:
        counts[cluster["instanceType"]] = counts.get(cluster["instanceType"], 0) + cluster["count"]
    balancer = topology["balancer"]
    if "sharesHostOf" not in balancer:
        counts[balancer["instanceType"]] = counts.get(balancer["instanceType"], 0) + 1
    if generator:
        counts[generator] = counts.get(generator, 0) + 1
    return counts


def _joined(value: Any) -> str | None:
    """What the file has as a list, the command line has as a text with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else value
