"""Groups of balancers and of targets: what the verbs make of them, in an account that moto plays."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from lab import cli, cost, plan, topology
from lab.account import academy
from lab.aws import stack
from lab.deployment import replacement
from lab.errors import LabError
from lab.plan import Plan
from lab.profile import STACK, Profile
from lab.running import balancers, fleet, groups, labfile, status, switching
from lab.tests.test_fleet import IMAGE

AWS = Profile("aws")
ROLES = {"balancer": ("t3.small", 2, 3), "cluster1": ("t2.micro", 1, 4)}


class Lab:
    """Two balancers in a group behind a target group, and a cluster that is one; the stack has their names."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ec2 = boto3.client("ec2")
        self.scaling = boto3.client("autoscaling")
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.3.0/24")["Subnet"]["SubnetId"]
        self.arn = boto3.client("elbv2").create_target_group(
            Name="front", Protocol="TCP", Port=80, VpcId=vpc
        )["TargetGroups"][0]["TargetGroupArn"]
        for name, (kind, least, most) in ROLES.items():
            role = "balancer" if name == "balancer" else "target"
            self.ec2.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData={"ImageId": IMAGE, "InstanceType": kind},
            )
            tags = {"leadline:lab": STACK, "leadline:role": role, "leadline:cluster": name}
            self.scaling.create_auto_scaling_group(
                AutoScalingGroupName=f"the-{name}",
                LaunchTemplate={"LaunchTemplateName": name},
                MinSize=least,
                MaxSize=most,
                DesiredCapacity=2,
                VPCZoneIdentifier=subnet,
                TargetGroupARNs=[self.arn] if name == "balancer" else [],
                Tags=[
                    {"Key": key, "Value": value, "PropagateAtLaunch": True}
                    for key, value in tags.items()
                ],
            )
        self.outputs = {
            "LeadlineUrl": "http://front:80",
            "BalancerGroup": "the-balancer",
            "BalancerFrontArn": "arn:x:loadbalancer/net/front/1",
            "BalancerTargetGroupArn": self.arn,
            "ClusterGroups": json.dumps({"cluster1": "the-cluster1"}),
        }
        monkeypatch.setattr(stack, "outputs", lambda _profile: self.outputs)

    def sizes(self) -> dict[str, tuple[int, int, int, int]]:
        found = self.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return {
            it["AutoScalingGroupName"]: (
                *(it["MinSize"], it["MaxSize"], it["DesiredCapacity"]),
                len(it["Instances"]),
            )
            for it in found
        }


def test_targets_that_a_group_would_replace_are_not_disturbed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(stack, "status", lambda _profile: "CREATE_COMPLETE")
    assert cli.main(["bench", "--profile", "aws", "--disturb", "kill"]) == 2
    assert "cluster1 is a group, which replaces" in capsys.readouterr().err
    assert lab


@pytest.fixture
def lab(account: None, state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:  # noqa: ARG001
    AWS.state.mkdir()
    return Lab(monkeypatch)


def test_stop_ends_every_member_and_start_gives_back_what_there_was(lab: Lab) -> None:
    """An instance that belongs to no group is stopped. A second stop does not forget the sizes."""
    before = lab.sizes()
    assert before == {"the-balancer": (2, 3, 2, 2), "the-cluster1": (1, 4, 2, 2)}
    (own,) = lab.ec2.run_instances(
        ImageId=IMAGE,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "leadline:lab", "Value": STACK}]}
        ],
    )["Instances"]
    assert fleet.stop(AWS) == 5
    assert set(lab.sizes().values()) == {(0, 0, 0, 0)}
    assert [it["InstanceId"] for it in fleet.instances(AWS)] == [own["InstanceId"]]
    fleet.stop(AWS)
    with pytest.raises(LabError, match="start --profile aws first"):
        groups.require_none_empty(AWS, lab.outputs)
    assert fleet.start(AWS) == 1
    assert lab.sizes() == before
    assert all(it.before_stop is None for it in groups.of(AWS, lab.outputs))


def test_status_has_the_balancers_their_health_and_every_group(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = fleet.balancers(AWS)
    monkeypatch.setattr(fleet, "behind_the_front", lambda _profile: {first["id"]: "healthy"})
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(fleet, "targets", lambda _profile: [])
    monkeypatch.setattr(status, "_cost", lambda _profile: (0.0, "nothing"))
    failed = {
        "Activities": [
            {
                "StatusCode": "Failed",
                "Description": "Launching an instance",
                "StatusMessage": "no room",
            }
        ]
    }
    client = stack.client(AWS, "autoscaling")
    monkeypatch.setattr(client, "describe_scaling_activities", lambda **_: failed)
    monkeypatch.setattr(stack, "status", lambda _profile: "CREATE_COMPLETE")
    found = status.read(AWS)
    members = lab.sizes()["the-balancer"]
    assert members == (2, 3, 2, 2)
    shown = found.as_json()
    assert "balancerInstance" not in shown
    assert [it["state"] for it in shown["balancerInstances"]] == ["healthy", "running"]
    assert shown["groups"]["balancer"] == {
        **{"name": "the-balancer", "min": 2, "max": 3, "desired": 2},
        "instances": [first["id"], second["id"]]
        if shown["groups"]["balancer"]["instances"][0] == first["id"]
        else [second["id"], first["id"]],
    }
    assert [*shown["groups"]] == ["balancer", "cluster1"]
    assert (
        "the-balancer failed at what it did last: Launching an instance: no room" in shown["notes"]
    )
    status.show(found)
    assert "group of the balancers: 2 of 2 wanted (min 2, max 3)" in capsys.readouterr().out


def test_a_member_has_the_number_that_its_script_makes_of_its_address(lab: Lab) -> None:
    numbers = {it.address: it.number for it in fleet.targets(AWS)}
    assert len(numbers) == 2
    for address, number in numbers.items():
        assert address.startswith("10.0.3.")
        assert number == 1000 + 3 * 256 + int(address.rpartition(".")[2])
    assert lab


def test_a_lab_serves_once_every_balancer_is_healthy_behind_its_front(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = fleet.balancers(AWS)
    health = {first["id"]: "healthy", second["id"]: "initial"}
    monkeypatch.setattr(fleet, "behind_the_front", lambda _profile: health)
    assert fleet._missing_of_groups(AWS) == ["1 of 2 balancers"]
    health[second["id"]] = "healthy"
    assert fleet._missing_of_groups(AWS) == []
    lab.scaling.update_auto_scaling_group(AutoScalingGroupName="the-balancer", MinSize=0)
    lab.scaling.set_desired_capacity(AutoScalingGroupName="the-balancer", DesiredCapacity=1)
    assert fleet._missing_of_groups(AWS) == []


def test_a_policy_is_set_on_every_balancer_and_on_those_to_come(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def run(_profile: Profile, instance: str, _command: str) -> str:
        told.append(instance)
        return "prequal\n"

    monkeypatch.setattr(switching, "_run", run)
    monkeypatch.setattr(switching.time, "sleep", lambda _seconds: None)
    first, second = (it["id"] for it in fleet.balancers(AWS))
    both = {first: "healthy", second: "healthy"}
    health = [both | {second: "initial"}, both, both]
    monkeypatch.setattr(fleet, "behind_the_front", lambda _profile: health.pop(0))
    switching.Switches(AWS).set_policy("prequal")
    assert sorted(told) == sorted([first, second]), "one that boots is waited for"
    tags = lab.scaling.describe_tags(
        Filters=[{"Name": "auto-scaling-group", "Values": ["the-balancer"]}]
    )["Tags"]
    assert ("leadline:policy", "prequal", True) in [
        (it["Key"], it["Value"], it["PropagateAtLaunch"]) for it in tags
    ]


def test_the_lab_file_says_how_many_balancers_there_are(
    lab: Lab, whole_lab: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = labfile.describe(AWS, whole_lab, "us-east-1")
    (leadline,) = described["balancers"]
    assert leadline["title"] == "Leadline (2 balancers)"
    assert leadline["cloudwatch"]["dimensions"] == {"Balancer": "Leadline-balancers"}
    assert described["notes"] == [labfile.THROUGH_THE_FRONT]
    for what in ("targets", "balancers"):
        monkeypatch.setattr(fleet, what, lambda _profile: [])
    monkeypatch.setattr(labfile.emulator, "notes", lambda _profile: [])
    tasks = replace(whole_lab, tasks={"cluster1": 2})
    local = labfile.describe(Profile("local"), tasks, "us-east-1")
    assert local["notes"][-1] == labfile.VCPUS_OF_TASKS
    assert balancers.published_as(lab.outputs) == "Leadline-balancers"


GROWING = {
    "clusters": [
        {"name": "a", "path": "/a", "instanceType": "t2.micro", "min": 1, "max": 4},
        {"name": "b", "path": "/b", "instanceType": "t2.micro", "count": 2},
    ],
    "balancer": {"instanceType": "t3.small", "policy": "leadline", "min": 2, "max": 3},
}


def test_what_is_asked_for_is_counted_with_the_most_that_groups_may_have() -> None:
    found = topology.read({"topology": json.dumps(GROWING), "compare": "alb,leadline"})
    assert found.instance_counts == {"t2.micro": 6, "t3.small": 3}
    assert found.while_replacing == {"t2.micro": 8, "t3.small": 5}
    assert found.targets == 6
    assert found.load_balancers == {"alb": 1, "nlb": 1}
    assert found.with_at_most(5) is None


def test_a_learner_lab_has_no_groups() -> None:
    found = topology.read({"topology": json.dumps(GROWING)})
    with pytest.raises(LabError, match="launches the new one first"):
        academy.require_room(Profile("academy"), found, "us-east-1")


def test_an_update_says_which_groups_are_refreshed_and_how_long_that_takes() -> None:
    def lab(script: str) -> dict:
        data = {"InstanceType": "t3.small", "UserData": script}
        sizes = {"MinSize": "2", "MaxSize": "3", "DefaultInstanceWarmup": 900}
        name = [{"Key": "Name", "Value": "leadline-balancer"}]
        group = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "T"}}, "Tags": name, **sizes}
        return {
            "Resources": {
                "T": {
                    "Type": "AWS::EC2::LaunchTemplate",
                    "Properties": {"LaunchTemplateData": data},
                },
                "G": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": group},
            }
        }

    assert replacement.between(lab("a"), lab("a")).refresh_minutes == {}
    assert replacement.between(lab("a"), lab("b")).refresh_minutes == {"leadline-balancer": 34}


def test_a_template_has_the_fewest_and_the_most(whole_lab: Plan) -> None:
    def group(role: str, least: str, most: str) -> dict:
        launched = {"LaunchTemplateId": {"Ref": f"Of{role}"}, "Version": "1"}
        tags = [{"Key": "leadline:role", "Value": role, "PropagateAtLaunch": True}]
        sizes = {"MinSize": least, "MaxSize": most}
        return {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {"LaunchTemplate": launched, "Tags": tags, **sizes},
        }

    def launch(kind: str) -> dict:
        data = {"LaunchTemplateData": {"InstanceType": kind}}
        return {"Type": "AWS::EC2::LaunchTemplate", "Properties": data}

    found = plan.of(
        {
            "Metadata": {"Leadline": {"paths": {}, "policy": "x", "autoStopMinutes": 0}},
            "Resources": {
                "Ofbalancer": launch("t3.small"),
                "Balancers": group("balancer", "2", "3"),
                "Oftarget": launch("t2.micro"),
                "Cluster": group("target", "1", "4"),
            },
        }
    )
    assert found.instance_counts == {"t3.small": 2, "t2.micro": 1}
    assert found.more_at_most == {"t3.small": 1, "t2.micro": 3}
    assert (found.balancers, found.in_groups, found.kept_addresses) == (2, 3, 0)
    assert found.load_balancers == {"alb": 1, "nlb": 1}
    names = [it.what for it in cost.of_plan(found)]
    assert cost.SECRET.what in names
    assert "1 x t3.small, 3 x t2.micro more" in cost.grown(found)
    assert "0 GB of disk" in cost.stopped(found)
    assert cost.grown(whole_lab) == ""
