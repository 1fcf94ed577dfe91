"""A lab with every kind of load balancer: what the lab knows of each, and that all of them must agree."""

import json
from dataclasses import replace
from typing import Any

import botocore.client
import pytest

from lab import cost, kinds, plan, topology
from lab.aws import stack
from lab.deployment import duration
from lab.errors import LabError
from lab.plan import Plan
from lab.profile import Profile
from lab.running import balancers, fleet, labfile, policies, status

AWS = Profile("aws")
LOCAL = Profile("local")
ARN = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer"
PATHS = ("/cluster1", "/cluster2", "/mixed")
OUTPUTS = {
    "AlbUrl": "http://alb:80",
    "AlbArn": f"{ARN}/app/a/1",
    "NlbUrls": json.dumps({path: f"http://nlb:{8081 + n}" for n, path in enumerate(PATHS)}),
    "NlbArn": f"{ARN}/net/n/2",
    "NlbTargetGroups": json.dumps({path: f"targetgroup{path}/3" for path in PATHS}),
    "ClbUrls": json.dumps({path: f"http://clb{n}:80" for n, path in enumerate(PATHS)}),
    "ClbNames": json.dumps({path: f"classic-{n}" for n, path in enumerate(PATHS)}),
    "LeadlineUrl": "http://leadline:80",
    "BalancerInstanceId": "i-9",
}
EVERY_KIND = ",".join(kinds.ALL)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    outputs = dict(OUTPUTS)
    monkeypatch.setattr(stack, "outputs", lambda _profile: outputs)
    monkeypatch.setattr(fleet, "targets", lambda _profile: [])
    return outputs


@pytest.mark.usefixtures("compared")
def test_the_lab_file_has_each_kind_with_its_urls_and_its_names_in_cloudwatch(
    whole_lab: Plan,
) -> None:
    lab = labfile.describe(AWS, whole_lab, "us-east-1")
    alb, nlb, clb, leadline = lab["balancers"]
    assert [it["name"] for it in lab["balancers"]] == ["alb", "nlb", "clb", "leadline"]
    assert "urls" not in alb
    assert "urls" not in leadline
    assert nlb["url"] == "http://nlb:8081"
    assert nlb["urls"]["/mixed"] == "http://nlb:8083"
    assert nlb["cloudwatch"] == {
        "namespace": "AWS/NetworkELB",
        "dimensions": {"LoadBalancer": "net/n/2"},
        "paths": {
            path: {"LoadBalancer": "net/n/2", "TargetGroup": f"targetgroup{path}/3"}
            for path in PATHS
        },
    }
    assert [*clb["urls"]] == [*PATHS]
    assert clb["cloudwatch"] == {
        "namespace": "AWS/ELB",
        "paths": {path: {"LoadBalancerName": f"classic-{n}"} for n, path in enumerate(PATHS)},
    }
    assert lab["notes"] == [labfile.WITHOUT_RULES, labfile.BY_CONNECTION]


@pytest.mark.usefixtures("compared")
def test_every_stand_in_is_called_one() -> None:
    titles = [it.title for it in balancers.of(LOCAL, OUTPUTS)]
    assert all(it.startswith("Stand-in of the ") for it in titles[:3])
    assert titles[3] == "Leadline"


@pytest.mark.usefixtures("compared")
def test_each_path_of_each_kind_must_answer_before_a_lab_serves() -> None:
    assert labfile.balancer_urls(AWS) == [
        "http://alb:80",
        *("http://nlb:8081", "http://nlb:8082", "http://nlb:8083"),
        *("http://clb0:80", "http://clb1:80", "http://clb2:80"),
        "http://leadline:80",
    ]


def test_a_lab_may_be_without_the_application_load_balancer(compared: dict[str, str]) -> None:
    del compared["AlbUrl"], compared["AlbArn"]
    assert [it.name for it in balancers.of(AWS, compared)] == ["nlb", "clb", "leadline"]
    lab: dict[str, Any] = {"balancers": [{"name": "nlb"}, {"name": "leadline", "title": "L"}]}
    with pytest.raises(LabError, match="prequal would be compared with nothing"):
        policies.in_turn(AWS, lab, ["prequal"]).__enter__()
    lab |= {"notes": []}
    seen = policies.described(lab, ["prequal", "random"], "http://here")
    assert [it["name"] for it in seen["balancers"]] == ["prequal", "random"]


@pytest.mark.usefixtures("compared", "account")
def test_a_target_is_healthy_where_every_load_balancer_calls_it_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches a wait that ends while one kind still has no target: its first burst would be errors."""
    at: dict[str, dict[str, str]] = {
        f"{ARN}/app/a/1": {"i-1": "healthy", "i-2": "healthy", "i-3": "healthy"},
        f"{ARN}/net/n/2": {"i-1": "healthy", "i-2": "initial", "i-3": "healthy"},
        "classic-0": {"i-1": "InService", "i-2": "InService", "i-3": "InService"},
        "classic-1": {},
        "classic-2": {"i-1": "InService", "i-2": "OutOfService", "i-3": "OutOfService"},
    }

    def answer(_client: Any, operation: str, asked: dict[str, Any]) -> Any:
        if operation == "DescribeTargetGroups":
            return {"TargetGroups": [{"TargetGroupArn": asked["LoadBalancerArn"]}]}
        if operation == "DescribeTargetHealth":
            states = at[asked["TargetGroupArn"]].items()
            return {
                "TargetHealthDescriptions": [
                    {"Target": {"Id": id_}, "TargetHealth": {"State": state}}
                    for id_, state in states
                ]
            }
        assert operation == "DescribeInstanceHealth"
        states = at[asked["LoadBalancerName"]].items()
        return {"InstanceStates": [{"InstanceId": id_, "State": state} for id_, state in states]}

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answer)
    assert fleet._health(AWS) == {"i-1": "healthy", "i-2": "initial", "i-3": "unhealthy"}


def test_status_names_the_url_of_each_path(capsys: pytest.CaptureFixture[str]) -> None:
    found = balancers.of(AWS, OUTPUTS)
    lab = status.Lab(AWS, "CREATE_COMPLETE", found, [], [], [], [], 0.1, "so far")
    shown = lab.as_json()
    assert shown["balancers"]["nlb"] == "http://nlb:8081"
    assert shown["urls"]["clb"]["/mixed"] == "http://clb2:80"
    status.show(lab)
    assert "nlb       http://nlb:8083  for /mixed" in capsys.readouterr().out


def test_what_is_asked_for_is_counted_before_there_is_a_template() -> None:
    declared = topology.read({"compare": EVERY_KIND})
    assert declared.load_balancers == {"alb": 1, "nlb": 1, "clb": 3}
    assert topology.read({"compare": "clb,leadline", "mixed": "false"}).load_balancers == {"clb": 2}
    assert topology.read({}).load_balancers == {"alb": 1}
    assert "compare=" in declared.command("aws")


def test_each_load_balancer_and_its_addresses_cost(whole_lab: Plan) -> None:
    """Also while the lab is stopped, and in what it has cost so far."""
    compared = replace(whole_lab, compare=kinds.ALL)

    def hourly(of: Plan) -> float:
        return sum(it.per_hour or 0 for it in cost.of_plan(of))

    # one NLB and three Classic ones, two addresses each
    assert hourly(compared) - hourly(whole_lab) == pytest.approx(0.0225 + 3 * 0.025 + 8 * 0.005)
    assert "Network Load Balancer, 3 Classic Load Balancers, 11 public addresses" in cost.stopped(
        compared
    )


def test_each_kind_is_measured_for_as_long(whole_lab: Plan) -> None:
    compared = replace(whole_lab, compare=kinds.ALL)
    # three paths through four balancers, and the control
    assert duration.of_benchmark(compared, 6) == (6 * 15 + 4, 6 * 15 + 12)


def test_the_template_says_what_it_compares() -> None:
    metadata = {"paths": {}, "policy": "leadline", "autoStopMinutes": 0}
    template: dict[str, Any] = {"Metadata": {"Leadline": metadata}, "Resources": {}}
    assert plan.of(template).compare == kinds.DEFAULT
    metadata["compare"] = ["nlb", "leadline"]
    assert plan.of(template).compare == ("nlb", "leadline")
