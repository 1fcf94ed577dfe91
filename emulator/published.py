"""What AWS publishes of a load balancer, out of the figures that its stand-in counts."""

from typing import Any

_CLASSIC = {
    "RequestCount": "RequestCount",
    "TargetResponseTime": "Latency",
    **{f"HTTPCode_Target_{it}XX_Count": f"HTTPCode_Backend_{it}XX" for it in range(2, 6)},
    "HTTPCode_ELB_4XX_Count": "HTTPCode_ELB_4XX",
    "HTTPCode_ELB_5XX_Count": "HTTPCode_ELB_5XX",
    "TargetConnectionErrorCount": "BackendConnectionErrors",
    "HealthyHostCount": "HealthyHostCount",
    "UnHealthyHostCount": "UnHealthyHostCount",
}
"""A Classic Load Balancer's name of each figure that Leadline counts and names as an ALB does."""
_NETWORK = {"RequestCount": "NewFlowCount", "ProcessedBytes": "ProcessedBytes"}
"""A Network Load Balancer's. What Leadline counts as a request on layer 4 is a connection that has ended."""
_BY_GROUP = ("HealthyHostCount", "UnHealthyHostCount")


def published(namespace: str, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The data as AWS has them; those of other namespaces as they are."""
    if namespace == "AWS/ApplicationELB":
        return [it for it in data if _has_an_alb(it)]
    if namespace == "AWS/NetworkELB":
        return [
            {**it, "MetricName": name}
            for it in data
            if (name := _of_an_nlb(it["MetricName"], of_a_group=_of_a_group(it)))
        ]
    if namespace == "AWS/ELB":
        return [
            {**it, "MetricName": _CLASSIC[it["MetricName"]]}
            for it in data
            if it["MetricName"] in _CLASSIC and not _of_a_group(it)
        ]
    return data


def _of_an_nlb(name: str, *, of_a_group: bool) -> str | None:
    if of_a_group:
        return name if name in _BY_GROUP else None
    return _NETWORK.get(name)


def _has_an_alb(datum: dict[str, Any]) -> bool:
    """Healthy targets it counts by target group only; the time in the balancer is in its access log only."""
    name = datum["MetricName"]
    return name != "RequestProcessingTime" and (_of_a_group(datum) or name not in _BY_GROUP)


def _of_a_group(datum: dict[str, Any]) -> bool:
    return any(it["Name"] == "TargetGroup" for it in datum.get("Dimensions") or [])
