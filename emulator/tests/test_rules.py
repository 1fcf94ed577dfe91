"""Listener rules in the words of the API mean the same to the balancer, which stands in for the ALB."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator import account, rules
from emulator.aws import Aws
from emulator.tests.api import BALANCER, NETWORK, Api, target_group

ROOT = Path(__file__).resolve().parents[2]
# Made by infra's ListenerRulesTest: what a topology becomes at either balancer.
TEMPLATES = ROOT / "infra/src/test/snapshots"
VECTORS = json.loads((ROOT / "balancer/src/test/resources/rule-vectors.json").read_text())
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


@pytest.fixture
def api() -> Iterator[Api]:
    aws = Aws(0, changed=lambda: None)
    aws.start()
    yield Api(aws.endpoint)
    aws.stop()


def at_the_emulated_alb(
    api: Api, listed: list[dict[str, Any]], default: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rules of a template when its stack is up, as the balancer writes them; the default action last."""
    groups = {name: target_group() for name in find(listed, "Ref")}
    listener = BALANCER["Listener"]["Properties"] | {"DefaultActions": default}
    for rule in listed:
        rule["ListenerArn"] = {"Ref": "Listener"}
    kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
    api.create(
        {
            **NETWORK,
            **BALANCER,
            "Listener": BALANCER["Listener"] | {"Properties": listener},
            **groups,
            **{f"Rule{i}": {"Type": kind, "Properties": rule} for i, rule in enumerate(listed)},
        }
    )
    # its logical id is Alb, the cluster's name, and a hash of eight digits
    names = {api.physical_id(name): name[len("Alb") : -8] for name in groups}
    (up,) = account.read().listeners
    found: list[dict[str, Any]] = []
    for rule in up.rules:
        assert rule.unsupported is None
        shares = [{"targetGroup": names[arn], "weight": weight} for arn, weight in rule.forward]
        action = rule.answer
        if shares:
            action = {"forward": shares if len(shares) > 1 else shares[0]["targetGroup"]}
        found += [{**conditions, **action} for conditions in rule.conditions or ({},)]
    return found


def find(value: Any, key: str) -> set[str]:
    """Every value that a key has anywhere."""
    if isinstance(value, list):
        return {it for part in value for it in find(part, key)}
    if isinstance(value, dict):
        return {value[key]} if key in value else find(list(value.values()), key)
    return set()


def normal(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule with what is written or left out without a difference."""
    rule = {key: value for key, value in rule.items() if key != "name"}
    if "query" in rule:
        rule["query"] = [{"key": "*", **query} for query in rule["query"]]
    if "redirect" in rule:
        given = {key: str(value) for key, value in rule["redirect"].items()}
        rule["redirect"] = {"status": "302", "protocol": "#{protocol}", **given}
    if "fixedResponse" in rule:
        rule["fixedResponse"] = {"contentType": "text/plain", "body": "", **rule["fixedResponse"]}
    return rule


def test_a_topology_means_the_same_to_the_emulated_alb_and_to_the_balancer(api: Api) -> None:
    template = json.loads((TEMPLATES / "rules.example.json").read_text())
    (default,) = template["defaultActions"]
    found = at_the_emulated_alb(api, template["rules"], default)
    ours = yaml.safe_load((TEMPLATES / "rules.balancer.yaml").read_text())
    # The ALB has no group over all targets: its rule for /mixed has each cluster's by size.
    *rules_, mixed, default_action = map(normal, found)
    *our_rules, our_mixed, our_default = map(normal, [*ours["rules"], ours["defaultAction"]])
    assert (rules_, default_action) == (our_rules, our_default)
    assert mixed["paths"] == our_mixed["paths"]


def test_every_shared_rule_that_an_alb_takes_means_the_same_to_the_emulated_one(api: Api) -> None:
    templates = json.loads((TEMPLATES / "rules.vectors.json").read_text())
    ours = {rule["name"]: rule for rule in RULES if rule["name"] in templates}
    in_order = sorted(templates, key=lambda name: templates[name]["Priority"])
    default = BALANCER["Listener"]["Properties"]["DefaultActions"]
    found = at_the_emulated_alb(api, [templates[name] for name in in_order], default)
    assert [normal(rule) for rule in found[:-1]] == [normal(ours[name]) for name in in_order]


@pytest.mark.parametrize(
    ("kind", "cookie"), [("lb_cookie", None), ("app_cookie", "JSESSIONID"), (None, None)]
)
def test_stickiness_of_a_template_reaches_the_target_group(
    api: Api, kind: str | None, cookie: str | None
) -> None:
    attributes = (
        {"stickiness.enabled": "false"}
        if kind is None
        else {
            "stickiness.enabled": "true",
            "stickiness.type": kind,
            f"stickiness.{kind}.duration_seconds": "5400",
            **({"stickiness.app_cookie.cookie_name": cookie} if cookie else {}),
        }
    )
    listed = [{"Key": key, "Value": value} for key, value in attributes.items()]
    api.create({**NETWORK, "Group": target_group(TargetGroupAttributes=listed)})
    (group,) = account.read().target_groups.values()
    assert group.stickiness == (account.Stickiness(5400, cookie) if kind else None)
