"""What the patches of Auto Scaling, of its resources in stacks and of secrets make true."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from emulator.tests.api import (
    BALANCER,
    NETWORK,
    Api,
    launched_group,
    rule,
    target_group,
    tracking_policy,
)


def _stack(**properties: Any) -> dict[str, Any]:
    """A group over two subnets whose members are targets of a load balancer."""
    return {
        **NETWORK,
        **BALANCER,
        "Targets": target_group(
            TargetGroupAttributes=[
                {"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
            ]
        ),
        "Rule": rule("Targets"),
        **launched_group(TargetGroupARNs=[{"Ref": "Targets"}], **properties),
    }


def _group(api: Api) -> dict[str, Any]:
    (found,) = api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return found


def _targets(api: Api) -> list[str]:
    health = api.elb.describe_target_health(TargetGroupArn=api.physical_id("Targets"))
    return sorted(it["TargetHealth"]["State"] for it in health["TargetHealthDescriptions"])


def _refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The error of a call; empty where it was accepted."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error)
    return ""


def capacity_over_subnets(api: Api) -> None:
    api.create(_stack(MinSize="3"))
    zones = sorted(it["AvailabilityZone"] for it in _group(api)["Instances"])
    assert zones == ["us-east-1a", "us-east-1a", "us-east-1b"]


def members_from_their_version(api: Api) -> None:
    api.create(_stack())
    second = {"ImageId": "ami-1", "InstanceType": "t2.large"}
    api.ec2.create_launch_template_version(
        LaunchTemplateId=api.physical_id("Template"), LaunchTemplateData=second
    )
    name = api.physical_id("Members")
    template = {"LaunchTemplateId": api.physical_id("Template"), "Version": "2"}
    api.scaling.update_auto_scaling_group(AutoScalingGroupName=name, LaunchTemplate=template)
    api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)
    versions = sorted(it["LaunchTemplate"]["Version"] for it in _group(api)["Instances"])
    assert versions == ["1", "1", "2"]


def members_drain(api: Api) -> None:
    api.create(_stack(DesiredCapacity="3"))
    name = api.physical_id("Members")
    api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    states = sorted(it["LifecycleState"] for it in _group(api)["Instances"])
    assert states == ["InService", "InService", "Terminating"]
    assert _targets(api) == ["draining", "initial", "initial"]
    assert len(api.instances("running")) == 3


def capacity_within_limits(api: Api) -> None:
    api.create(_stack())
    name = api.physical_id("Members")
    for wanted, word in ((5, "above max value 4"), (1, "below min value 2")):
        assert word in _refusal(
            api.scaling.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=wanted
        )
    api.scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=4)
    api.scaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=3)
    assert _group(api)["DesiredCapacity"] == 3


def termination_drains(api: Api) -> None:
    api.create(_stack(DesiredCapacity="3"))
    api.scaling.terminate_instance_in_auto_scaling_group(
        InstanceId=_group(api)["Instances"][0]["InstanceId"], ShouldDecrementDesiredCapacity=True
    )
    assert _group(api)["DesiredCapacity"] == 2
    assert _targets(api) == ["draining", "initial", "initial"]


def activities(api: Api) -> None:
    api.create(_stack())
    found = api.scaling.describe_scaling_activities(
        AutoScalingGroupName=api.physical_id("Members")
    )["Activities"]
    assert {it["Description"].split(":")[0] for it in found} == {"Launching a new EC2 instance"}


def instance_refresh(api: Api) -> None:
    api.create(_stack())
    name = api.physical_id("Members")
    api.scaling.start_instance_refresh(
        AutoScalingGroupName=name, Preferences={"MinHealthyPercentage": 50}
    )
    again = _refusal(api.scaling.start_instance_refresh, AutoScalingGroupName=name)
    assert "InstanceRefreshInProgress" in again
    api.scaling.cancel_instance_refresh(AutoScalingGroupName=name)
    (found,) = api.scaling.describe_instance_refreshes(AutoScalingGroupName=name)[
        "InstanceRefreshes"
    ]
    assert found["Status"] == "Cancelled"
    assert found["Preferences"]["MinHealthyPercentage"] == 50


def group_properties(api: Api) -> None:
    percentages = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}
    api.create(
        _stack(
            DefaultInstanceWarmup=7,
            HealthCheckGracePeriod=0,
            InstanceMaintenancePolicy=percentages,
        )
    )
    found = _group(api)
    assert found["DefaultInstanceWarmup"] == 7
    assert found["HealthCheckGracePeriod"] == 0
    assert found["InstanceMaintenancePolicy"] == percentages


def group_update(api: Api) -> None:
    before = _stack()
    api.create(before)
    name, members = api.physical_id("Members"), _group(api)["Instances"]
    after = _stack(MaxSize="9", HealthCheckType="ELB")
    after["Template"]["Properties"]["LaunchTemplateData"]["InstanceType"] = "t2.large"
    api.update(after)
    found = _group(api)
    assert found["AutoScalingGroupName"] == name
    assert (found["MaxSize"], found["HealthCheckType"]) == (9, "ELB")
    assert found["LaunchTemplate"]["Version"] == "2"
    kept = [it["InstanceId"] for it in found["Instances"]]
    assert kept == [it["InstanceId"] for it in members]


def group_delete(api: Api) -> None:
    resources = _stack()
    api.create(resources)
    name = api.physical_id("Members")
    api.scaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="p",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
    )
    api.update({key: part for key, part in resources.items() if key != "Members"})
    assert not api.instances("running")
    assert not _targets(api)
    assert not api.scaling.describe_policies()["ScalingPolicies"]


def scaling_policy(api: Api) -> None:
    api.create({**_stack(), "Policy": tracking_policy(50)})
    (found,) = api.scaling.describe_policies()["ScalingPolicies"]
    assert found["AutoScalingGroupName"] == api.physical_id("Members")
    assert found["TargetTrackingConfiguration"]["TargetValue"] == 50


def lifecycle_hook(api: Api) -> None:
    hook = {
        "Type": "AWS::AutoScaling::LifecycleHook",
        "Properties": {
            "AutoScalingGroupName": {"Ref": "Members"},
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "HeartbeatTimeout": 30,
        },
    }
    api.create({**_stack(), "Hook": hook})
    (found,) = api.scaling.describe_lifecycle_hooks(
        AutoScalingGroupName=api.physical_id("Members")
    )["LifecycleHooks"]
    assert found["HeartbeatTimeout"] == 30


def lifecycle_actions(api: Api) -> None:
    hook = {
        "LifecycleHookName": "look",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
    }
    api.create(_stack(LifecycleHookSpecificationList=[hook]))
    found = _group(api)
    assert {it["LifecycleState"] for it in found["Instances"]} == {"Pending:Wait"}
    assert not _targets(api)
    about = {
        "AutoScalingGroupName": found["AutoScalingGroupName"],
        "LifecycleHookName": "look",
        "InstanceId": found["Instances"][0]["InstanceId"],
    }
    api.scaling.record_lifecycle_action_heartbeat(**about)
    api.scaling.complete_lifecycle_action(**about, LifecycleActionResult="CONTINUE")
    assert "No active Lifecycle Action" in _refusal(
        api.scaling.complete_lifecycle_action, **about, LifecycleActionResult="CONTINUE"
    )
    assert sorted(it["LifecycleState"] for it in _group(api)["Instances"]) == [
        "InService",
        "Pending:Wait",
    ]
    assert _targets(api) == ["initial"]


def secret(api: Api) -> None:
    generated = {"PasswordLength": 32, "ExcludePunctuation": True}
    part = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"GenerateSecretString": generated},
    }
    api.create({"Secret": part})
    value = api.secrets.get_secret_value(SecretId=api.physical_id("Secret"))["SecretString"]
    assert len(value) == 32
    assert value.isalnum()
    api.stacks.delete_stack(StackName="T")
    assert not api.secrets.list_secrets()["SecretList"]
