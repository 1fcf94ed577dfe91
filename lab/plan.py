"""What a template of the lab contains: counts, paths, and what infra's LabMetadata adds for this program."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import kinds
from lab.aws import stack
from lab.errors import LabError
from lab.profile import STACK, Profile

# docs/metrics.md: names in CloudWatch
METRICS_A_SET = 11
METRICS_OF_THE_BALANCER = 3  # connections and bytes
METRICS_OF_A_GROUP = 1  # RequestCountPerTarget
GROUP = "AWS::AutoScaling::AutoScalingGroup"


@dataclass(frozen=True)
class Plan:
    """One template.

    Attributes:
        instance_counts: by instance type, the balancer's included; of groups the fewest
        more_at_most: by instance type, how many more there are while every group has its most
        in_groups: how many of the instances are members of groups, of which nothing is left while the lab is stopped
        balancers: how many of our own balancers there are at least
        tasks: how many processes each instance of a cluster runs, by cluster, where they are several
        front: whether they are a group, with a Network Load Balancer in front of it
        alarm_metrics: how many metrics the alarms look at, which is what AWS charges for
        paths: path of each cluster, by its name
        mixed_path: the path to all clusters, where there is one
        policy: of the balancer, as in cdk.json
        work_millis: what a request costs its target, in milliseconds of a vCPU
        auto_stop_minutes: an instance without requests for so long powers itself off; 0: never
        alarm_email: where alarms are sent
        allowed_cidr: who may reach the balancers
        kept_addresses: public addresses that stay, and cost, while the instances are stopped: the balancer's, the load
            generator's
        has_generator: whether a load generator in the lab repeats what this machine measures
        compare: the kinds of load balancer
    """

    instance_counts: dict[str, int]
    alarm_metrics: int
    paths: dict[str, str]
    mixed_path: str | None
    policy: object
    work_millis: int = 0
    auto_stop_minutes: int = 0
    alarm_email: str | None = None
    allowed_cidr: str | None = None
    kept_addresses: int = 1
    has_generator: bool = False
    compare: tuple[str, ...] = kinds.DEFAULT
    more_at_most: dict[str, int] = field(default_factory=dict)
    in_groups: int = 0
    balancers: int = 1
    tasks: dict[str, int] = field(default_factory=dict)
    front: bool = False

    @property
    def measured_paths(self) -> int:
        """The paths that the benchmark asks for, which are also the target groups of each balancer."""
        return len(self.paths) + (self.mixed_path is not None)

    @property
    def load_balancers(self) -> Counter[str]:
        """How many of AWS's load balancers there are, by kind."""
        return kinds.load_balancers(self.compare, self.measured_paths, front=self.front)

    @property
    def own_metrics(self) -> int:
        """How many custom metrics our balancer publishes at most: a set for itself, and one for each target group."""
        groups = METRICS_A_SET + METRICS_OF_A_GROUP
        return METRICS_A_SET + METRICS_OF_THE_BALANCER + groups * self.measured_paths

    @property
    def instances(self) -> int:
        """How many there are, the balancer's included."""
        return sum(self.instance_counts.values())


def synthesized(profile: Profile) -> Plan:
    """The plan of the templates that were made last."""
    return read(stack.templates(profile) / f"{STACK}.template.json")


def deployed(profile: Profile) -> Plan:
    """The plan of the lab that is up."""
    return of(stack.template(profile))


def read(file: Path) -> Plan:
    """The plan of a template's file."""
    return of(json.loads(file.read_text()))


def of(template: dict[str, Any]) -> Plan:
    """The plan of a template.

    Raises:
        LabError: where the template was made before it had the lab's metadata.
    """
    declared = template.get("Metadata", {}).get("Leadline")
    if declared is None:
        raise LabError(
            f"the template of {STACK} is of an earlier version of this program; deploy again"
        )
    resources = template["Resources"].values()
    groups = _groups(template["Resources"])
    properties = {
        kind: [it["Properties"] for it in resources if it["Type"] == kind]
        for kind in ("AWS::EC2::Instance", "AWS::EC2::EIP", "AWS::CloudWatch::Alarm")
    }
    return Plan(
        instance_counts=dict(
            Counter(it["InstanceType"] for it in properties["AWS::EC2::Instance"])
            + sum((Counter({it.type: it.least}) for it in groups), Counter())
        ),
        alarm_metrics=sum(map(_metrics, properties["AWS::CloudWatch::Alarm"])),
        paths=declared["paths"],
        mixed_path=declared.get("mixedPath"),
        policy=declared["policy"],
        work_millis=declared.get("workMillis", 0),
        auto_stop_minutes=declared["autoStopMinutes"],
        alarm_email=declared.get("alarmEmail"),
        allowed_cidr=declared.get("allowedCidr"),
        kept_addresses=len(properties["AWS::EC2::EIP"]),
        has_generator="GeneratorInstanceId" in template.get("Outputs", {}),
        compare=kinds.asked(declared.get("compare")),
        more_at_most=dict(
            sum((Counter({it.type: it.most - it.least}) for it in groups), Counter())
        ),
        in_groups=sum(it.least for it in groups),
        balancers=sum(it.least for it in groups if it.role == "balancer") or 1,
        tasks=declared.get("tasksPerInstance", {}),
        front=any(it.role == "balancer" for it in groups),
    )


@dataclass(frozen=True)
class _Group:
    """A group of a template: the type of its instances, their role, the fewest and the most."""

    type: str
    role: str
    least: int
    most: int


def _groups(resources: dict[str, Any]) -> list[_Group]:
    found = []
    for it in (it["Properties"] for it in resources.values() if it["Type"] == GROUP):
        launched = resources[it["LaunchTemplate"]["LaunchTemplateId"]["Ref"]]["Properties"]
        tags = {tag["Key"]: tag["Value"] for tag in it["Tags"]}
        kind = launched["LaunchTemplateData"]["InstanceType"]
        role = tags["leadline:role"]
        found.append(_Group(kind, role, int(it["MinSize"]), int(it["MaxSize"])))
    return found


def _metrics(alarm: dict[str, Any]) -> int:
    """An alarm on an expression has a list of metrics and expressions."""
    return sum("MetricStat" in it for it in alarm["Metrics"]) if "Metrics" in alarm else 1
