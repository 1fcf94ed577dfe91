"""What the patches of target groups make true."""

from typing import Any

from emulator.tests.api import BALANCER, NETWORK, Api, instance, rule, target_group


def target_group_targets(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance(), "Group": target_group({"Ref": "Machine"})})
    health = api.elb.describe_target_health(TargetGroupArn=api.physical_id("Group"))
    (described,) = health["TargetHealthDescriptions"]
    assert described["Target"] == {"Id": api.physical_id("Machine"), "Port": 8000}


def target_group_update(api: Api) -> None:
    resources = {**NETWORK, "One": instance(), "Two": instance()}
    api.create({**resources, "Group": target_group({"Ref": "One"}, HealthCheckPath="/old")})
    arn = api.physical_id("Group")
    api.update({**resources, "Group": target_group({"Ref": "Two"}, HealthCheckPath="/new")})
    assert api.physical_id("Group") == arn
    (group,) = api.elb.describe_target_groups()["TargetGroups"]
    assert group["HealthCheckPath"] == "/new"
    health = api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [d["Target"]["Id"] for d in health] == [api.physical_id("Two")]


def target_group_delete(api: Api) -> None:
    api.create({**NETWORK, "Group": target_group()})
    api.stacks.delete_stack(StackName="T")
    assert not api.elb.describe_target_groups()["TargetGroups"]


def target_health(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Machine": instance(), "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    arn, machine = api.physical_id("Group"), api.physical_id("Machine")
    api.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": machine}])
    (described,) = api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert described["TargetHealth"]["State"] == "initial"  # not checked yet


def targets_by_port(api: Api) -> None:
    def ports() -> set[int]:
        health = api.elb.describe_target_health(TargetGroupArn=arn)
        return {it["Target"]["Port"] for it in health["TargetHealthDescriptions"]}

    api.create({**NETWORK, "Machine": instance(), "Group": target_group()})
    arn, machine = api.physical_id("Group"), api.physical_id("Machine")
    three: list[Any] = [{"Id": machine, "Port": port} for port in (8001, 8002, 8003)]
    api.elb.register_targets(TargetGroupArn=arn, Targets=three)
    assert ports() == {8001, 8002, 8003}
    api.elb.deregister_targets(TargetGroupArn=arn, Targets=three[:1])
    assert ports() == {8002, 8003}


def targets_drain(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Machine": instance(), "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    arn, target = api.physical_id("Group"), {"Id": api.physical_id("Machine")}
    api.elb.register_targets(TargetGroupArn=arn, Targets=[target])
    api.elb.deregister_targets(TargetGroupArn=arn, Targets=[target])
    (described,) = api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert described["TargetHealth"]["State"] == "draining"
    api.ec2.terminate_instances(InstanceIds=[target["Id"]])
    assert not api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]


def terminated_instances_leave(api: Api) -> None:
    listener = {"LoadBalancerPort": "80", "InstancePort": "8000", "Protocol": "HTTP"}
    classic = {
        "Type": "AWS::ElasticLoadBalancing::LoadBalancer",
        "Properties": {"Subnets": [{"Ref": "SubnetA"}], "Listeners": [listener]},
    }
    kept = {**NETWORK, "Group": target_group(), "Classic": classic}
    api.create({**kept, "Machine": instance()})
    arn, machine = api.physical_id("Group"), api.physical_id("Machine")
    name = api.physical_id("Classic")
    api.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": machine}])
    api.classic.register_instances_with_load_balancer(
        LoadBalancerName=name, Instances=[{"InstanceId": machine}]
    )
    api.update(kept)  # the stack ends the instance
    assert not api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert not api.classic.describe_instance_health(LoadBalancerName=name)["InstanceStates"]
