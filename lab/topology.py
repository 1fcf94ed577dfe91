"""What will be deployed, read from cdk.json's context; infra validates it, this only counts and names."""

import json
from dataclasses import dataclass

from lab.profile import ROOT

MIXED_PATH = "/mixed"


@dataclass(frozen=True)
class Topology:
    """Instance counts by type, and the path of each cluster by its name."""

    instance_counts: dict[str, int]
    paths: dict[str, str]
    policy: str
    mixed: bool


def read(context: dict[str, str]) -> Topology:
    """The topology of cdk.json, with ``context`` (the -c options) over it as the CDK CLI has it."""
    declared = {**json.loads((ROOT / "cdk.json").read_text())["context"], **context}
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
    )
