"""What the lab reads in a template."""

from dataclasses import replace
from typing import Any

import pytest

from lab import plan
from lab.deployment import duration
from lab.documents.cost_document import TEMPLATE
from lab.errors import LabError


def template(metadata: dict[str, Any]) -> dict[str, Any]:
    def instance(kind: str) -> dict[str, Any]:
        return {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": kind}}

    expression = [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Id": "c"}]
    return {
        "Metadata": metadata,
        "Resources": {
            "One": instance("t2.micro"),
            "Two": instance("t2.micro"),
            "Balancer": instance("t3.small"),
            "Address": {"Type": "AWS::EC2::EIP", "Properties": {}},
            "OfTheGenerator": {"Type": "AWS::EC2::EIP", "Properties": {}},
            "Cpu": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": expression}},
            "P99": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "p99"}},
        },
        "Outputs": {"GeneratorInstanceId": {}},
    }


def test_resources_are_counted_and_the_rest_is_in_the_metadata() -> None:
    declared = {
        "paths": {"cluster1": "/one"},
        "policy": {"name": "prequal"},
        "autoStopMinutes": 60,
        "alarmEmail": "me@example.org",
    }
    assert plan.of(template({"Leadline": declared})) == plan.Plan(
        instance_counts={"t2.micro": 2, "t3.small": 1},
        alarm_metrics=3,
        paths={"cluster1": "/one"},
        mixed_path=None,
        policy={"name": "prequal"},
        auto_stop_minutes=60,
        alarm_email="me@example.org",
        kept_addresses=2,
        has_generator=True,
    )


def test_a_load_generator_measures_everything_a_second_time(whole_lab: plan.Plan) -> None:
    twice = replace(whole_lab, has_generator=True)
    assert duration.of_benchmark(twice, 6) == (92, 108)
    assert "the benchmark 92 to 108 more" in duration.of(twice, 6)
    assert "from this machine and from the load generator" in duration.of(twice, 6)
    assert duration.of_benchmark(whole_lab, 6) == (46, 54)


def test_a_template_without_metadata_is_refused() -> None:
    with pytest.raises(LabError, match="deploy again"):
        plan.of(template({}))


def test_the_template_of_cdk_json_has_what_the_lab_reads(whole_lab: plan.Plan) -> None:
    """Catches metadata that infra writes and the lab reads under different names."""
    found = plan.read(TEMPLATE)
    assert found.instance_counts == whole_lab.instance_counts
    assert found.alarm_metrics == whole_lab.alarm_metrics
    assert found.kept_addresses == whole_lab.kept_addresses
    assert (found.paths, found.mixed_path, found.policy) == (
        *(whole_lab.paths, whole_lab.mixed_path, whole_lab.policy),
    )
