"""The lab's balancers, as the outputs of its stack have them (docs/lab.md)."""

import json
from dataclasses import dataclass, field
from typing import Any

from lab import kinds
from lab.profile import STACK, Profile

GROUP_NAME = f"{STACK}-balancers"  # infra writes it into the balancers' configuration


@dataclass(frozen=True)
class Balancer:
    """One balancer.

    Attributes:
        name: its kind
        title: for people
        url: without a path; of the first path where each has its own
        cloudwatch: where its metrics are, as in the lab file
        urls: by path, where each path has one of its own
    """

    name: str
    title: str
    url: str
    cloudwatch: dict[str, Any]
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """Every URL at which it must answer."""
        return [*self.urls.values()] or [self.url]


def of(profile: Profile, outputs: dict[str, str]) -> list[Balancer]:
    """All balancers, in the order of their kinds."""
    titles = kinds.STAND_INS if profile.is_local else kinds.TITLES
    found = []
    if "AlbUrl" in outputs:
        of_alb = {
            "namespace": "AWS/ApplicationELB",
            "dimensions": {"LoadBalancer": _suffix(outputs["AlbArn"])},
        }
        found.append(Balancer(kinds.ALB, titles[kinds.ALB], outputs["AlbUrl"], of_alb))
    if "NlbUrls" in outputs:
        load_balancer = {"LoadBalancer": _suffix(outputs["NlbArn"])}
        of_nlb = {
            "namespace": "AWS/NetworkELB",
            "dimensions": load_balancer,
            "paths": {
                path: {**load_balancer, "TargetGroup": group}
                for path, group in json.loads(outputs["NlbTargetGroups"]).items()
            },
        }
        found.append(_with_a_url_for_each_path(kinds.NLB, titles, outputs["NlbUrls"], of_nlb))
    if "ClbUrls" in outputs:
        of_clb = {
            "namespace": "AWS/ELB",
            "paths": {path: {"LoadBalancerName": name} for path, name in classic(outputs).items()},
        }
        found.append(_with_a_url_for_each_path(kinds.CLB, titles, outputs["ClbUrls"], of_clb))
    own = {"namespace": "Leadline", "dimensions": {"Balancer": published_as(outputs)}}
    found.append(Balancer(kinds.LEADLINE, titles[kinds.LEADLINE], outputs["LeadlineUrl"], own))
    return found


def published_as(outputs: dict[str, str]) -> str:
    """The dimension Balancer of our metrics: the instance, or one name for all balancers of a group, which add up."""
    return GROUP_NAME if "BalancerGroup" in outputs else outputs["BalancerInstanceId"]


def classic(outputs: dict[str, str]) -> dict[str, str]:
    """The name of each path's Classic Load Balancer; empty where there is none."""
    return json.loads(outputs.get("ClbNames", "{}"))


def with_target_groups(outputs: dict[str, str]) -> list[str]:
    """The ARNs of the load balancers that have target groups."""
    return [outputs[name] for name in ("AlbArn", "NlbArn") if name in outputs]


def _with_a_url_for_each_path(
    kind: str, titles: dict[str, str], written: str, cloudwatch: dict[str, Any]
) -> Balancer:
    urls = json.loads(written)
    return Balancer(kind, titles[kind], next(iter(urls.values())), cloudwatch, urls)


def _suffix(arn: str) -> str:
    """How CloudWatch names a load balancer."""
    return arn.split(":loadbalancer/", 1)[-1]
