"""What will be deployed, read from cdk.json's context; infra validates it, this only counts and names."""

import json
from dataclasses import dataclass
from pathlib import Path

from lab.errors import USAGE, LabError
from lab.profile import ROOT

MIXED_PATH = "/mixed"
FILE = ROOT / "cdk.json"


@dataclass(frozen=True)
class Topology:
    """Instance counts by type, the path of each cluster by its name, and what else of the context matters here."""

    instance_counts: dict[str, int]
    paths: dict[str, str]
    policy: object
    mixed: bool
    allowed_cidr: str | None = None
    asset_bucket: str | None = None
    auto_stop_minutes: int = 0
    alarm_email: str | None = None

    @property
    def instances(self) -> int:
        """How many there are, the balancer's included."""
        return sum(self.instance_counts.values())


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
        paths={cluster["name"]: cluster["path"] for cluster in topology["clusters"]},
        policy=topology["balancer"]["policy"],
        mixed=str(declared.get("mixed", True)).lower() == "true",
        allowed_cidr=declared.get("allowedCidr"),
        asset_bucket=declared.get("assetBucket"),
        auto_stop_minutes=_minutes(declared.get("autoStopMinutes", 0)),
        alarm_email=declared.get("alarmEmail"),
    )


def _minutes(said: object) -> int:
    """The number; 0 for what is none, which infra refuses with its reason."""
    try:
        return int(float(str(said)))
    except (ValueError, OverflowError):
        return 0
