"""Listener rules in the words of the API mean the same to the balancer, which stands in for the ALB."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import rules

VECTORS = json.loads(
    (
        Path(__file__).resolve().parents[2] / "balancer/src/test/resources/rule-vectors.json"
    ).read_text()
)
RULES = [rule for table in VECTORS for rule in table["rules"]]


def as_the_api_has_it(rule: dict[str, Any]) -> list[dict[str, Any]]:
    lists = {
        "paths": ("path-pattern", "PathPatternConfig"),
        "hosts": ("host-header", "HostHeaderConfig"),
        "methods": ("http-request-method", "HttpRequestMethodConfig"),
        "sources": ("source-ip", "SourceIpConfig"),
    }
    found: list[dict[str, Any]] = [
        {"Field": field, config: {"Values": rule[key]}}
        for key, (field, config) in lists.items()
        if key in rule
    ]
    for header in rule.get("headers", []):
        config = {"HttpHeaderName": header["name"], "Values": header["values"]}
        found.append({"Field": "http-header", "HttpHeaderConfig": config})
    for query in rule.get("query", []):
        key = {"Key": query["key"]} if "key" in query else {}
        pairs = [{**key, "Value": value} for value in query["values"]]
        found.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["name"]))
def test_every_condition_of_the_vectors_is_the_balancers_again(rule: dict[str, Any]) -> None:
    actions = {"name", "forward", "redirect", "fixedResponse"}
    expected = {key: value for key, value in rule.items() if key not in actions}
    if "query" in expected:
        expected["query"] = [{"key": "*", **query} for query in expected["query"]]
    assert rules.conditions(as_the_api_has_it(rule)) == (expected,)


def test_query_conditions_with_several_keys_are_alternatives() -> None:
    pairs = [{"Key": "a", "Value": "1"}, {"Value": "2"}, {"Key": "a", "Value": "3"}]
    one = {"Field": "query-string", "QueryStringConfig": {"Values": pairs}}
    two = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "b", "Value": "4"}]}}
    old = {"Field": "path-pattern", "Values": ["/a"]}
    b = {"key": "b", "values": ["4"]}
    assert rules.conditions([one, old, two]) == (
        {"paths": ["/a"], "query": [{"key": "a", "values": ["1", "3"]}, b]},
        {"paths": ["/a"], "query": [{"key": "*", "values": ["2"]}, b]},
    )


@pytest.mark.parametrize(
    ("action", "forward", "answer"),
    [
        ({"Type": "forward", "TargetGroupArn": "arn:a"}, (("arn:a", 1),), {}),
        (
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": "arn:a", "Weight": "4"},
                        {"TargetGroupArn": "arn:b", "Weight": 0},
                    ]
                },
            },
            (("arn:a", 4), ("arn:b", 0)),
            {},
        ),
        (
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "no"},
            },
            (),
            {"fixedResponse": {"status": 404, "contentType": "text/plain", "body": "no"}},
        ),
        (
            {
                "Type": "redirect",
                "RedirectConfig": {
                    "StatusCode": "HTTP_301",
                    "Protocol": "HTTPS",
                    "Port": "443",
                    "Query": "",
                },
            },
            (),
            {"redirect": {"status": 301, "protocol": "https", "port": "443", "query": ""}},
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Path": "/x"}},
            (),
            {"redirect": {"status": 302, "protocol": "#{protocol}", "path": "/x"}},
        ),
    ],
)
def test_actions(action: dict[str, Any], forward: Any, answer: Any) -> None:
    assert (rules.forward(action), rules.answer(action)) == (forward, answer)


def test_what_the_balancer_does_not_have_is_named() -> None:
    with pytest.raises(rules.UnsupportedError, match="action authenticate-oidc"):
        rules.answer({"Type": "authenticate-oidc"})
    with pytest.raises(rules.UnsupportedError, match="condition jwt"):
        rules.conditions([{"Field": "jwt"}])
