"""An instance that was terminated outside the lab: CloudFormation does not notice that; the lab does, and names it."""

import json
from pathlib import Path

import boto3
import pytest

from lab import cli
from lab.aws import stack
from lab.console import Step
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import LabError
from lab.profile import STACK, Profile
from lab.running import fleet

AWS = Profile("aws")


def instance(name: str, number: int) -> dict:
    tags = {"Name": name, "leadline:lab": STACK, "leadline:role": "target"}
    tags |= {"leadline:number": str(number), "leadline:cluster": "cluster1"}
    return {
        "Type": "AWS::EC2::Instance",
        "Properties": {
            "ImageId": "ami-12c6146b",  # one of moto's
            "InstanceType": "t2.micro",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        },
    }


@pytest.fixture
def ids(account: None, state: Path) -> list[str]:  # noqa: ARG001 - it stands on both
    """A stack with two targets, and their ids."""
    resources = {
        "One": instance("leadline-cluster1-1", 1),
        "Two": instance("leadline-cluster1-2", 2),
    }
    names = ("AlbUrl", "LeadlineUrl", "AlbArn", "BalancerInstanceId")
    outputs = {name: {"Value": "x"} for name in names if name != "AlbArn"}
    outputs["AlbArn"] = {"Value": "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/y"}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}),
    )
    found = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    by_name = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in found}
    return [by_name["One"], by_name["Two"]]


def terminate(id_: str) -> None:
    boto3.client("ec2").terminate_instances(InstanceIds=[id_])


def test_none_is_lost_while_all_are_there(ids: list[str]) -> None:
    """Catches an instance that is taken for lost because it is stopped."""
    boto3.client("ec2").stop_instances(InstanceIds=ids[:1])
    assert fleet.lost(AWS) == []


def test_a_terminated_instance_has_its_name(ids: list[str]) -> None:
    terminate(ids[1])
    assert fleet.lost(AWS) == [fleet.Lost(ids[1], "leadline-cluster1-2")]


def test_status_names_it_and_what_helps(
    ids: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fleet, "_health", lambda _profile: {})
    terminate(ids[1])
    assert cli.main(["status", "--profile", "aws", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lost"] == [
        {"id": ids[1], "name": "leadline-cluster1-2"}
    ]
    assert cli.main(["status", "--profile", "aws"]) == 0
    said = capsys.readouterr().err
    assert f"leadline-cluster1-2 ({ids[1]}): terminated" in said
    assert "./deploy.sh destroy --profile aws, then ./deploy.sh up --profile aws" in said


def test_up_does_not_call_a_lab_complete_that_is_not(
    ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update without changes would leave eight of nine, and report that every target is healthy."""
    terminate(ids[0])
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: pytest.fail("built"))
    with pytest.raises(LabError, match=r"leadline-cluster1-1 .*makes none anew.*destroy"):
        deployment.deploy("aws", Options(yes=True, context={"allowedCidr": "203.0.113.7/32"}))


def test_no_wait_ends_well_without_it(ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost while the others were waited for: the targets that are left are all healthy."""
    healthy = fleet.Target(ids[1], 2, "cluster1", "t2.micro", "10.0.0.4", "healthy")

    def found(_profile: Profile) -> list[fleet.Target]:
        terminate(ids[0])
        return [healthy]

    monkeypatch.setattr(fleet, "targets", found)
    with pytest.raises(LabError, match="leadline-cluster1-1"):
        fleet.wait_until_serving(AWS, [], Step())


def test_bench_does_not_measure_without_it(
    ids: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    terminate(ids[0])
    assert cli.main(["bench", "--profile", "aws"]) == 1
    assert "leadline-cluster1-1" in capsys.readouterr().err


def test_the_local_lab_is_made_anew(ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.emulator, "answers", lambda _profile: True)
    monkeypatch.setattr(stack, "status", lambda _profile: "CREATE_COMPLETE")
    lost = [fleet.Lost(ids[0], "leadline-cluster1-1")]
    monkeypatch.setattr(fleet, "lost", lambda _profile: lost)
    why = deployment.why_start_afresh(Profile("local"), Options())
    assert why == f"leadline-cluster1-1 ({ids[0]}) was terminated"
