"""What must be known of cdk.json's context before there is a template; infra validates it, this only counts."""

import json
import math
import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab import kinds
from lab.errors import USAGE, LabError
from lab.profile import ROOT

FILE = ROOT / "cdk.json"
ON_BALANCER = "balancer"  # a load generator that is no instance more


@dataclass(frozen=True)
class Topology:
    """Instance counts by type (with the balancer), the object itself, and more of the context, lists with commas.

    A group counts with the most that it may have.

    ``name`` is that of one of cdk.json's ``topologies``, where the topology was chosen so; ``generator`` is the type of
    the load generator, or ``ON_BALANCER``, where there is one; ``compare`` are the kinds of load balancer.
    ``context`` and ``flags`` are what the user asked for: the -c options, and the others with their values.
    """

    instance_counts: dict[str, int]
    declared: dict[str, Any]
    allowed_cidr: str | None = None
    zones: str | None = None
    asset_bucket: str | None = None
    name: str | None = None
    generator: str | None = None
    compare: tuple[str, ...] = kinds.DEFAULT
    mixed: bool = True
    context: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def instances(self) -> int:
        """How many there are, the balancer's included."""
        return sum(self.instance_counts.values())

    @property
    def while_replacing(self) -> dict[str, int]:
        """Instance counts by type while groups of the most members are refreshed: half as many more, rounded up."""

        def surging(part: dict[str, Any]) -> int:
            return math.ceil(1.5 * part["max"]) if "max" in part else part["count"]

        return _counts(self.declared, self.generator, surging)

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return sum(_most(it) for it in self.declared["clusters"])

    @property
    def has_balancer_group(self) -> bool:
        """Whether the balancers are a group."""
        return "max" in self.declared["balancer"]

    @property
    def has_groups(self) -> bool:
        """Whether the balancers or the targets of a cluster are a group."""
        return self.has_balancer_group or any("max" in it for it in self.declared["clusters"])

    @property
    def load_balancers(self) -> Counter[str]:
        """How many of AWS's load balancers there will be, by kind."""
        paths = len(self.declared["clusters"]) + self.mixed
        return kinds.load_balancers(self.compare, paths, front=self.has_balancer_group)

    @property
    def shares_a_host(self) -> bool:
        """Whether the balancer runs on a target's host."""
        return "sharesHostOf" in self.declared["balancer"]

    @property
    def has_own_generator(self) -> bool:
        """Whether a load generator is an instance of its own."""
        return self.generator not in (None, ON_BALANCER)

    def command(self, profile: str, flags: Mapping[str, str | None] | None = None) -> str:
        """The command that deploys this topology, with everything else that the user asked for.

        Args:
            profile: kind of account.
            flags: options of the verb that go over the user's own.
        """
        words = ["./deploy.sh", "up", "--profile", profile]
        for name, value in {**self.flags, **(flags or {})}.items():
            words += [f"--{name}", *([] if value is None else [shlex.quote(value)])]
        for key, setting in self.context.items():
            words += ["-c", f"{shlex.quote(key)}={shlex.quote(setting)}"]
        return " ".join(words)

    def _with(self, context: dict[str, str], **changes: Any) -> "Topology":
        """The same with other settings, which come last in the command."""
        changed = replace(self, **changes)
        others = {key: it for key, it in self.context.items() if key not in context}
        return replace(
            changed,
            context={**others, **context},
            instance_counts=_counts(changed.declared, changed.generator),
        )

    def _declaring(self, declared: dict[str, Any]) -> "Topology":
        written = json.dumps(declared, separators=(",", ":"))
        return self._with({"topology": written}, declared=declared, name=None)

    def generating_on_balancer(self) -> "Topology":
        """The same topology with the load generator on the balancer's host."""
        return self._with({"loadGenerator": ON_BALANCER}, generator=ON_BALANCER)

    def sharing_a_host(self) -> "Topology":
        """The same topology with the balancer on a host of the cluster whose instances are the largest."""
        largest = max(self.declared["clusters"], key=lambda it: _size(it["instanceType"]))
        policy = self.declared["balancer"]["policy"]
        balancer = {"sharesHostOf": largest["name"], "policy": policy}
        return self._declaring({**self.declared, "balancer": balancer})

    def with_at_most(self, instances: int) -> "Topology | None":
        """The same topology with so few targets that there are at most ``instances``; None if it has more clusters.

        None too where it has groups: how many they may have is not to be guessed.
        """
        if self.has_groups:
            return None
        clusters = self.declared["clusters"]
        own = self.instances - self.targets
        if len(clusters) + own > instances:
            return None
        counts = [1] * len(clusters)
        while sum(counts) + own < min(instances, self.instances):
            missing = [it["count"] - count for it, count in zip(clusters, counts, strict=True)]
            counts[missing.index(max(missing))] += 1
        fewer = [{**it, "count": count} for it, count in zip(clusters, counts, strict=True)]
        return self._declaring({**self.declared, "clusters": fewer})

    def that_fits(self, fits: Callable[[dict[str, int]], bool]) -> "Topology | None":
        """The same topology with as many targets as fit; None if not even one of each cluster does.

        Args:
            fits: whether instances of these types, in these numbers, are allowed.
        """
        for instances in range(self.instances, 0, -1):
            fewer = self.with_at_most(instances)
            if fewer is not None and fits(fewer.instance_counts):
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
        if not self.has_own_generator or self.generator is None:
            return self._declaring(declared)
        generator = instead(self.generator)
        changed = self._with({"loadGenerator": generator}, generator=generator)
        return changed._declaring(declared)


SIZES = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge")


def _size(kind: str) -> int:
    size = kind.rpartition(".")[2]
    return SIZES.index(size) if size in SIZES else -1


def read(
    context: Mapping[str, str],
    file: Path = FILE,
    *,
    flags: Mapping[str, str | None] | None = None,
) -> Topology:
    """The topology of cdk.json, with ``context`` (the -c options) over it as the CDK CLI has it.

    Args:
        context: the -c options.
        file: cdk.json.
        flags: the other options of the verb, for commands that repeat them.

    Raises:
        LabError: when it cannot be read or something is missing.
    """
    try:
        declared = {**json.loads(file.read_text())["context"], **context}
        return replace(_topology(declared), context=dict(context), flags=flags or {})
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
        compare=kinds.asked(declared.get("compare")),
        mixed=str(declared.get("mixed", True)).lower() != "false",
    )


def _most(part: dict[str, Any]) -> int:
    """How many instances a cluster or a group of balancers has at most."""
    return part["max"] if "max" in part else part["count"]


def _counts(
    topology: dict[str, Any],
    generator: str | None,
    number_of: Callable[[dict[str, Any]], int] = _most,
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for cluster in topology["clusters"]:
        counts[cluster["instanceType"]] = counts.get(cluster["instanceType"], 0) + number_of(
            cluster
        )
    balancer = topology["balancer"]
    if "sharesHostOf" not in balancer:
        number = number_of(balancer) if "max" in balancer else 1
        counts[balancer["instanceType"]] = counts.get(balancer["instanceType"], 0) + number
    if generator and generator != ON_BALANCER:
        counts[generator] = counts.get(generator, 0) + 1
    return counts


def _joined(value: Any) -> str | None:
    """What the file has as a list, the command line has as a text with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else value
