"""Rules of a listener, from the words of the Elastic Load Balancing API to those of the balancer's configuration."""

from itertools import product
from typing import Any

Condition = dict[str, Any]

# Field of the API, where its values stand, and the balancer's key
_LISTS = {
    "path-pattern": ("PathPatternConfig", "paths"),
    "host-header": ("HostHeaderConfig", "hosts"),
    "http-request-method": ("HttpRequestMethodConfig", "methods"),
    "source-ip": ("SourceIpConfig", "sources"),
}


class UnsupportedError(Exception):
    """Something that the balancer does not have."""


def conditions(found: list[dict[str, Any]]) -> tuple[Condition, ...]:
    """The conditions of a rule as the balancer writes them: one of the alternatives has to hold as a whole.

    There are several where a query condition has several keys: the API puts "or" between them, the balancer "and".
    """
    whole: Condition = {}
    queries: list[list[dict[str, Any]]] = []
    for condition in found:
        field = str(condition.get("Field"))
        if field in _LISTS:
            config, key = _LISTS[field]
            values = condition.get(config, condition).get("Values", [])
            whole[key] = [*whole.get(key, []), *values]
        elif field == "http-header":
            header = condition["HttpHeaderConfig"]
            one = {"name": header["HttpHeaderName"], "values": list(header["Values"])}
            whole["headers"] = [*whole.get("headers", []), one]
        elif field == "query-string":
            queries.append(_by_key(condition["QueryStringConfig"]["Values"]))
        else:
            raise UnsupportedError(f"condition {field}")
    return tuple(
        {**whole, "query": list(chosen)} if chosen else whole for chosen in product(*queries)
    )


def _by_key(pairs: list[dict[str, str]]) -> list[dict[str, Any]]:
    values: dict[str, list[str]] = {}
    for pair in pairs:
        values.setdefault(pair.get("Key") or "*", []).append(pair["Value"])
    return [{"key": key, "values": some} for key, some in values.items()]


def forward(action: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """ARNs of the groups that an action forwards to, with their weights; empty if it does not."""
    if action["Type"] != "forward":
        return ()
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": action["TargetGroupArn"]}
    ]
    return tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups)


def answer(action: dict[str, Any]) -> dict[str, Any]:
    """An action that is an answer, as the balancer writes it; empty if it forwards."""
    if action["Type"] == "fixed-response":
        fixed = action["FixedResponseConfig"]
        return {
            "fixedResponse": {
                "status": int(fixed["StatusCode"]),
                "contentType": fixed.get("ContentType") or "text/plain",
                "body": fixed.get("MessageBody") or "",
            }
        }
    if action["Type"] == "redirect":
        config = action["RedirectConfig"]
        parts = {
            part.lower(): str(config[part])
            for part in ("Host", "Port", "Path", "Query")
            if config.get(part) is not None
        }
        protocol = str(config.get("Protocol") or "#{protocol}").lower()
        status = int(str(config["StatusCode"]).removeprefix("HTTP_"))
        return {"redirect": {"status": status, "protocol": protocol, **parts}}
    if action["Type"] == "forward":
        return {}
    raise UnsupportedError(f"action {action['Type']}")
