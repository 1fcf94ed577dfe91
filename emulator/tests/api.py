"""Clients of an emulated API, and the parts of templates that tests put together."""

import functools
import json
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

NETWORK = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "127.1.0.0/16"}},
    "SubnetA": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "127.1.0.0/24",
            "AvailabilityZone": "us-east-1a",
        },
    },
    "SubnetB": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "127.1.1.0/24",
            "AvailabilityZone": "us-east-1b",
        },
    },
}
BALANCER = {
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]},
    },
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 8080,
            "Protocol": "HTTP",
            "DefaultActions": [
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
            ],
        },
    },
}


@functools.cache  # most of a short test's CPU went into making seven
def _clients(endpoint: str) -> tuple[Any, ...]:
    return tuple(
        boto3.client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="LEADLINEEMULATOR",
            aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )
        for service in (
            *("ec2", "elbv2", "elb", "cloudformation", "cloudwatch"),
            *("autoscaling", "secretsmanager"),
        )
    )


class Api:
    """Clients of one API. Retries are off: an error is an error."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        urllib.request.urlopen(  # noqa: S310 - our own endpoint
            urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310
        ).close()
        (
            self.ec2,
            self.elb,
            self.classic,
            self.stacks,
            self.cloudwatch,
            self.scaling,
            self.secrets,
        ) = _clients(endpoint)

    def create(self, resources: dict, outputs: dict | None = None, **parameters: str) -> None:
        """Creates the stack T."""
        self.stacks.create_stack(StackName="T", **stack_template(resources, outputs, parameters))

    def update(
        self, resources: dict, outputs: dict | None = None, **parameters: str | None
    ) -> None:
        """Updates it. A parameter that is None keeps its value."""
        self.stacks.update_stack(StackName="T", **stack_template(resources, outputs, parameters))

    def status(self, name: str = "T") -> str:
        """The stack's status."""
        return self.stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        stack = self.stacks.describe_stacks(StackName="T")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def physical_id(self, logical_id: str) -> str:
        """What a resource of the stack is called."""
        detail = self.stacks.describe_stack_resource(StackName="T", LogicalResourceId=logical_id)
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    def instances(self, *states: str) -> list[dict[str, Any]]:
        """Instances in one of the states; all without one."""
        found = [i for r in self.ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        return [i for i in found if not states or i["State"]["Name"] in states]


def stack_template(
    resources: dict, outputs: dict | None, parameters: dict[str, str | None]
) -> dict[str, Any]:
    """The arguments of a call that creates or updates a stack. A parameter that is None keeps its value."""
    template = {
        "Resources": resources,
        "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()},
        "Parameters": {name: {"Type": "String", "Default": "absent"} for name in parameters},
    }
    given = [
        {"ParameterKey": name, "UsePreviousValue": True}
        if value is None
        else {"ParameterKey": name, "ParameterValue": value}
        for name, value in parameters.items()
    ]
    return {"TemplateBody": json.dumps(template), "Parameters": given}


def instance(user_data: str = "#!/bin/bash\n", **properties: Any) -> dict[str, Any]:
    """An instance in subnet A."""
    return {
        "Type": "AWS::EC2::Instance",
        "Properties": {
            "ImageId": "ami-1",
            "InstanceType": "t2.micro",
            "SubnetId": {"Ref": "SubnetA"},
            "UserData": {"Fn::Base64": user_data},
            **properties,
        },
    }


def launched_group(user_data: Any = "#!/bin/bash\n", **properties: Any) -> dict[str, Any]:
    """A launch template and a group of two to four of its instances over both subnets."""
    data = {
        "ImageId": "ami-1",
        "InstanceType": "t2.micro",
        "UserData": {"Fn::Base64": user_data},
    }
    version = {"Fn::GetAtt": ["Template", "LatestVersionNumber"]}
    return {
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": data},
        },
        "Members": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "VPCZoneIdentifier": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
                "MinSize": "2",
                "MaxSize": "4",
                "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": version},
                **properties,
            },
        },
    }


def tracking_policy(percent: float) -> dict[str, Any]:
    """A policy that keeps the mean CPU of the group ``Members`` there."""
    return {
        "Type": "AWS::AutoScaling::ScalingPolicy",
        "Properties": {
            "AutoScalingGroupName": {"Ref": "Members"},
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ASGAverageCPUUtilization"
                },
                "TargetValue": percent,
            },
        },
    }


def target_group(*targets: Any, **properties: Any) -> dict[str, Any]:
    """A target group on port 8000."""
    return {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "Port": 8000,
            "Protocol": "HTTP",
            "Targets": [{"Id": target} for target in targets],
            **properties,
        },
    }


def rule(group: str, priority: int = 1, path: str = "/a") -> dict[str, Any]:
    """A rule that forwards to the group."""
    return {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {
            "ListenerArn": {"Ref": "Listener"},
            "Priority": priority,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
            "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": group}}],
        },
    }


def broken_rule(group: str = "Group") -> dict[str, Any]:
    """A rule of a listener that there is not."""
    broken = rule(group)
    broken["Properties"]["ListenerArn"] = "arn:none"
    return broken


def events(api: Api, stack: str = "T") -> set[str]:
    """The stack's events that have a reason: resource, status, and the reason without moto's own words."""
    found = api.stacks.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [
        (event, reason)
        for event in found
        if (reason := event.get("ResourceStatusReason", "User Initiated")) != "User Initiated"
    ]
    return {
        f"{event['LogicalResourceId']} {event['ResourceStatus']} {reason.split('Exception:')[0].split('Error:')[0]}"
        for event, reason in reasons
    }
