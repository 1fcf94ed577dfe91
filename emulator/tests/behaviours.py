"""What each patch makes true, one function a patch, named like it.

Run twice: against our API, where each must pass, and against plain moto, where each must fail. One that passes on
plain moto says that moto has it by now and the patch can go.

    python -m emulator.tests.behaviours     runs all against plain moto; prints the names of those that pass, as JSON
"""

import io
import json
import sys
import urllib.request
from contextlib import redirect_stderr, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import cbor2
from botocore.config import Config
from botocore.exceptions import ClientError

BEHAVIOURS = {}
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


class Api:
    """Clients of one API. Retries are off: an error is an error."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        urllib.request.urlopen(  # noqa: S310 - our own endpoint
            urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310
        ).close()
        self.ec2, self.elb, self.stacks, self.cloudwatch = (
            boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id="LEADLINEEMULATOR",
                aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
                config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
            )
            for service in ("ec2", "elbv2", "cloudformation", "cloudwatch")
        )

    def create(self, resources: dict, outputs: dict | None = None, **parameters: str) -> None:
        """Creates the stack T."""
        self.stacks.create_stack(StackName="T", **_template(resources, outputs, parameters))

    def update(
        self, resources: dict, outputs: dict | None = None, **parameters: str | None
    ) -> None:
        """Updates it. A parameter that is None keeps its value."""
        self.stacks.update_stack(StackName="T", **_template(resources, outputs, parameters))

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


def _template(
    resources: dict, outputs: dict | None, parameters: dict[str, str | None]
) -> dict[str, Any]:
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


def behaviour(check: Any) -> Any:
    """Registers a function."""
    BEHAVIOURS[check.__name__] = check
    return check


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


# EC2


@behaviour
def public_address_is_private_address(api: Api) -> None:
    api.create(NETWORK)
    interface = {
        "DeviceIndex": 0,
        "SubnetId": api.physical_id("SubnetA"),
        "AssociatePublicIpAddress": True,
    }
    api.ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
    (machine,) = api.instances()
    assert machine["PublicIpAddress"] == machine["PrivateIpAddress"]


@behaviour
def elastic_address_is_instance_address(api: Api) -> None:
    address = {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": {"Ref": "Machine"}}}
    api.create(
        {**NETWORK, "Machine": instance(), "Address": address},
        {"Address": {"Ref": "Address"}, "Machine": {"Fn::GetAtt": ["Machine", "PrivateIp"]}},
    )
    outputs = api.outputs()
    assert outputs["Address"] == outputs["Machine"]
    (described,) = api.ec2.describe_addresses()["Addresses"]
    assert described["PublicIp"] == outputs["Machine"]
    api.ec2.disassociate_address(PublicIp=described["PublicIp"])
    (described,) = api.ec2.describe_addresses()["Addresses"]
    assert described["PublicIp"].startswith("127.3.")
    api.ec2.release_address(PublicIp=described["PublicIp"])
    assert not api.ec2.describe_addresses()["Addresses"]


@behaviour
def elastic_address_association(api: Api) -> None:
    address = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    association = {
        "Type": "AWS::EC2::EIPAssociation",
        "Properties": {
            "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
            "InstanceId": {"Ref": "Machine"},
        },
    }
    resources = {**NETWORK, "Machine": instance(), "Address": address, "Association": association}
    api.create(resources)
    (described,) = api.ec2.describe_addresses()["Addresses"]
    assert described["InstanceId"] == api.instances()[0]["InstanceId"]
    api.stacks.delete_stack(StackName="T")
    assert not api.ec2.describe_addresses()["Addresses"]


@behaviour
def elastic_address_update(api: Api) -> None:
    resources = {**NETWORK, "One": instance(), "Two": instance()}

    def address(machine: str) -> dict[str, Any]:
        properties = {"Domain": "vpc", "InstanceId": {"Ref": machine}}
        return {"Type": "AWS::EC2::EIP", "Properties": properties}

    api.create({**resources, "Address": address("One")})
    (before,) = api.ec2.describe_addresses()["Addresses"]
    api.update({**resources, "Address": address("Two")})
    (after,) = api.ec2.describe_addresses()["Addresses"]
    assert after["AllocationId"] == before["AllocationId"]
    assert after["InstanceId"] == api.physical_id("Two")


@behaviour
def elastic_address_delete(api: Api) -> None:
    api.create({"Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}})
    api.stacks.delete_stack(StackName="T")
    assert not api.ec2.describe_addresses()["Addresses"]


@behaviour
def route_table_delete(api: Api) -> None:
    table = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}}
    association = {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"RouteTableId": {"Ref": "Table"}, "SubnetId": {"Ref": "SubnetA"}},
    }
    vpcs = len(api.ec2.describe_vpcs()["Vpcs"])
    api.create({**NETWORK, "Table": table, "Association": association})
    api.stacks.delete_stack(StackName="T")
    assert len(api.ec2.describe_vpcs()["Vpcs"]) == vpcs


@behaviour
def internet_gateway_delete(api: Api) -> None:
    api.create(
        {
            **NETWORK,
            "Gateway": {"Type": "AWS::EC2::InternetGateway"},
            "Attached": {
                "Type": "AWS::EC2::VPCGatewayAttachment",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "InternetGatewayId": {"Ref": "Gateway"}},
            },
        }
    )
    api.stacks.delete_stack(StackName="T")
    assert not api.ec2.describe_internet_gateways()["InternetGateways"]


@behaviour
def interfaces_end_with_their_instance(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance()})
    (machine,) = api.instances()
    api.ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])
    assert not api.ec2.describe_network_interfaces()["NetworkInterfaces"]
    api.ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])  # twice is once
    api.stacks.delete_stack(StackName="T")
    assert api.instances("terminated")


# Elastic Load Balancing


@behaviour
def disks_as_large_as_their_image(api: Api) -> None:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "DeleteOnTermination": True}}
    api.create({**NETWORK, "Machine": instance(BlockDeviceMappings=[disk])})
    (volume,) = api.ec2.describe_volumes()["Volumes"]
    assert volume["Size"] == 8
    api.stacks.delete_stack(StackName="T")
    assert api.ec2.describe_volumes()["Volumes"] == []


@behaviour
def network_acls_end_with_their_vpc(api: Api) -> None:
    before = len(api.ec2.describe_network_acls()["NetworkAcls"])
    api.create(NETWORK)
    assert len(api.ec2.describe_network_acls()["NetworkAcls"]) == before + 1
    api.stacks.delete_stack(StackName="T")
    assert len(api.ec2.describe_network_acls()["NetworkAcls"]) == before


@behaviour
def load_balancer_address(api: Api) -> None:
    second = {"Second": BALANCER["Balancer"]}
    api.create({**NETWORK, **BALANCER, **second}, {"Name": {"Fn::GetAtt": ["Balancer", "DNSName"]}})
    names = {b["DNSName"] for b in api.elb.describe_load_balancers()["LoadBalancers"]}
    assert names == {"127.2.0.10", "127.2.0.11"}
    assert api.outputs()["Name"] in names


@behaviour
def target_group_targets(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance(), "Group": target_group({"Ref": "Machine"})})
    health = api.elb.describe_target_health(TargetGroupArn=api.physical_id("Group"))
    (described,) = health["TargetHealthDescriptions"]
    assert described["Target"] == {"Id": api.physical_id("Machine"), "Port": 8000}


@behaviour
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


@behaviour
def full_names(api: Api) -> None:
    api.create(
        {**NETWORK, **BALANCER, "Group": target_group()},
        {
            "Balancer": {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]},
            "Group": {"Fn::GetAtt": ["Group", "TargetGroupFullName"]},
        },
    )
    (balancer,) = api.elb.describe_load_balancers()["LoadBalancers"]
    (group,) = api.elb.describe_target_groups()["TargetGroups"]
    names = api.outputs()
    assert names["Balancer"].startswith("app/")
    assert balancer["LoadBalancerArn"].endswith(f":loadbalancer/{names['Balancer']}")
    assert names["Group"].startswith("targetgroup/")
    assert group["TargetGroupArn"].endswith(f":{names['Group']}")


@behaviour
def target_group_delete(api: Api) -> None:
    api.create({**NETWORK, "Group": target_group()})
    api.stacks.delete_stack(StackName="T")
    assert not api.elb.describe_target_groups()["TargetGroups"]


@behaviour
def listener_delete(api: Api) -> None:
    api.create({**NETWORK, **BALANCER})
    arn = api.physical_id("Balancer")
    api.update({**NETWORK, "Balancer": BALANCER["Balancer"]})
    assert not api.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]


@behaviour
def listener_rule_delete(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    listener = api.physical_id("Listener")
    api.update(kept)
    rules = api.elb.describe_rules(ListenerArn=listener)["Rules"]
    assert [r["Priority"] for r in rules] == ["default"]


@behaviour
def listener_rule_priority(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Group": target_group()}
    api.create({**kept, "Rule": rule("Group", priority=1)})
    api.update({**kept, "Rule": rule("Group", priority=7, path="/b")})
    rules = api.elb.describe_rules(ListenerArn=api.physical_id("Listener"))["Rules"]
    assert [r["Priority"] for r in rules] == ["7", "default"]
    assert rules[0]["Conditions"][0]["PathPatternConfig"]["Values"] == ["/b"]


@behaviour
def target_health(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Machine": instance(), "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    arn, machine = api.physical_id("Group"), api.physical_id("Machine")
    api.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": machine}])
    (described,) = api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert described["TargetHealth"]["State"] == "initial"  # nobody has checked


# CloudFormation


@behaviour
def previous_values_of_parameters(api: Api) -> None:
    def named(path: str) -> dict[str, Any]:
        return {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": path, "Type": "String", "Value": {"Ref": "Given"}},
        }

    template = _template({"One": named("/one")}, None, {"Given": None})
    api.stacks.create_stack(StackName="T", TemplateBody=template["TemplateBody"])  # by default
    api.update({"One": named("/one"), "Two": named("/two")}, Given=None)
    assert api.status() == "UPDATE_COMPLETE"
    outputs = {"Given": {"Ref": "Given"}}
    api.update({"One": named("/one")}, outputs, Given="first")
    api.update({"One": named("/one"), "Two": named("/two")}, outputs, Given=None)
    assert api.outputs() == {"Given": "first"}


@behaviour
def replacement(api: Api) -> None:
    dependents = {
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"InstanceId": {"Ref": "Machine"}}},
        "Group": target_group({"Ref": "Machine"}),
        "Reader": instance({"Fn::Sub": "#!/bin/bash\necho ${Machine.PrivateIp}\n"}),
        "Bystander": instance(),
    }
    api.create({**NETWORK, "Machine": instance(), **dependents})
    before = {name: api.physical_id(name) for name in ("Machine", "Reader", "Bystander", "Group")}
    api.update({**NETWORK, "Machine": instance("#!/bin/bash\necho new\n"), **dependents})
    after = {name: api.physical_id(name) for name in before}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Machine", "Reader"}
    running = {i["InstanceId"] for i in api.instances("running")}
    assert running == {after["Machine"], after["Reader"], after["Bystander"]}
    health = api.elb.describe_target_health(TargetGroupArn=after["Group"])
    assert [d["Target"]["Id"] for d in health["TargetHealthDescriptions"]] == [after["Machine"]]
    (address,) = api.ec2.describe_addresses()["Addresses"]
    assert address["InstanceId"] == after["Machine"]

    tags = [{"Key": "colour", "Value": "blue"}]
    tagged = instance("#!/bin/bash\necho new\n", Tags=tags)
    api.update({**NETWORK, "Machine": tagged, **dependents})
    assert api.physical_id("Machine") == after["Machine"]
    (machine,) = (i for i in api.instances() if i["InstanceId"] == after["Machine"])
    assert tags[0] in machine["Tags"]


def broken_rule(group: str = "Group") -> dict[str, Any]:
    """A rule of a listener that there is not."""
    broken = rule(group)
    broken["Properties"]["ListenerArn"] = "arn:none"
    return broken


@behaviour
def create_before_delete(api: Api) -> None:
    """What was there is there until all that is new is: the old machine's address cannot be the new one's."""
    old, new = instance(), instance("#!/bin/bash\necho new\n")
    association = {
        "Type": "AWS::EC2::EIPAssociation",
        "Properties": {
            "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
            "InstanceId": {"Ref": "Machine"},
        },
    }
    address = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    kept = {**NETWORK, "Address": address, "Association": association}
    api.create({**kept, "Machine": old, "Vanishes": old})
    before = {i["PrivateIpAddress"] for i in api.instances("running")}
    api.update({**kept, "Machine": new, "Comes": old})
    after = {i["PrivateIpAddress"] for i in api.instances("running")}
    assert len(after) == 2
    assert not before & after
    (described,) = api.ec2.describe_addresses()["Addresses"]  # it moved, and stays with the new one
    assert described["InstanceId"] == api.physical_id("Machine")


@behaviour
def resource_failures(api: Api) -> None:
    created = api.stacks.create_stack(
        StackName="T",
        TemplateBody=json.dumps(
            {"Resources": {**NETWORK, "Group": target_group(), "Rule": broken_rule()}}
        ),
    )
    assert events(api, created["StackId"]) == {
        "Rule CREATE_FAILED ListenerNotFound",
        "T ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Rule].",
    }


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


@behaviour
def failures_are_said(api: Api) -> None:
    group = {"Group": target_group()}
    created = api.stacks.create_stack(
        StackName="T",
        TemplateBody=json.dumps({"Resources": {**NETWORK, **group, "Rule": broken_rule()}}),
    )
    assert api.status(created["StackId"]) == "ROLLBACK_COMPLETE"
    assert not api.elb.describe_target_groups()["TargetGroups"]

    api.stacks.delete_stack(StackName="T")
    api.create({**NETWORK, **group})
    api.ec2.run_instances(
        ImageId="ami-1", MinCount=1, MaxCount=1, SubnetId=api.physical_id("SubnetA")
    )
    api.ec2.create_vpc_endpoint(
        VpcId=api.physical_id("Vpc"), ServiceName="com.amazonaws.us-east-1.s3"
    )
    table = api.ec2.create_route_table(VpcId=api.physical_id("Vpc"))
    api.stacks.delete_stack(StackName="T")  # the VPC holds a route table that is not the stack's
    assert api.status() == "DELETE_FAILED"
    api.ec2.delete_route_table(RouteTableId=table["RouteTable"]["RouteTableId"])
    api.stacks.delete_stack(StackName="T")
    assert not api.stacks.list_stacks(StackStatusFilter=["DELETE_FAILED"])["StackSummaries"]


@behaviour
def failed_updates_are_rolled_back(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "One": instance(), "Two": instance()}
    group = target_group({"Ref": "One"}, HealthCheckPath="/old")
    outputs = {"Machine": {"Ref": "One"}}
    api.create({**kept, "Group": group, "Rule": rule("Group")}, outputs, Word="one")
    before = {name: api.physical_id(name) for name in (*kept, "Group", "Rule")}
    rules = len(api.elb.describe_rules(ListenerArn=before["Listener"])["Rules"])
    api.update(
        {
            **NETWORK,
            **BALANCER,
            "One": instance({"Fn::Sub": "#!/bin/bash\necho ${Word}\n"}),
            "Three": instance(),
            "Group": target_group({"Ref": "One"}, {"Ref": "Three"}, HealthCheckPath="/new"),
            "Rule": {**broken_rule(), "DependsOn": ["One", "Three", "Group"]},
            "Broken": {**broken_rule(), "DependsOn": ["One", "Three", "Group"]},
        },
        {"Machine": {"Ref": "Three"}},
        Word="two",
    )
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: api.physical_id(name) for name in before} == before
    described = api.stacks.describe_stack_resources(StackName="T")["StackResources"]
    assert {it["LogicalResourceId"] for it in described} == set(before)
    assert {i["InstanceId"] for i in api.instances("running")} == {before["One"], before["Two"]}
    (found,) = api.elb.describe_target_groups()["TargetGroups"]
    assert found["HealthCheckPath"] == "/old"
    health = api.elb.describe_target_health(TargetGroupArn=before["Group"])
    assert [d["Target"]["Id"] for d in health["TargetHealthDescriptions"]] == [before["One"]]
    assert len(api.elb.describe_rules(ListenerArn=before["Listener"])["Rules"]) == rules
    assert api.outputs() == {"Machine": before["One"]}

    api.update({**kept, "Group": group}, Word="three")  # and it takes updates as before
    assert api.status() == "UPDATE_COMPLETE"


def exporting(value: Any) -> dict[str, Any]:
    """A stack with a group whose ARN, or another value, is exported as X; without a value nothing is."""
    template = _template({**NETWORK, "Group": target_group()}, {"Out": value or "x"}, {})
    body = json.loads(template["TemplateBody"])
    if value:
        body["Outputs"]["Out"]["Export"] = {"Name": "X"}
    return {"TemplateBody": json.dumps(body)}


@behaviour
def exports_in_use(api: Api) -> None:
    user = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/user", "Type": "String", "Value": {"Fn::ImportValue": "X"}},
    }
    api.stacks.create_stack(StackName="T", **exporting(None))
    api.stacks.update_stack(StackName="T", **exporting({"Ref": "Group"}))  # moto forgets this one
    arn = api.physical_id("Group")
    assert [it["Value"] for it in api.stacks.list_exports()["Exports"]] == [arn]
    api.stacks.create_stack(StackName="U", TemplateBody=json.dumps({"Resources": {"P": user}}))
    for value, verb in ((None, "deleted"), ("another", "updated")):
        api.stacks.update_stack(StackName="T", **exporting(value))
        assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
        refusal = f"Export X cannot be {verb} as it is in use by U"
        assert f"T UPDATE_ROLLBACK_IN_PROGRESS {refusal}" in events(api)
        assert [it["Value"] for it in api.stacks.list_exports()["Exports"]] == [arn]
    api.stacks.delete_stack(StackName="T")
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    api.stacks.delete_stack(StackName="U")
    api.stacks.delete_stack(StackName="T")
    assert not api.stacks.list_exports()["Exports"]

    failing = json.loads(exporting({"Ref": "Group"})["TemplateBody"])
    failing["Resources"]["Rule"] = broken_rule()
    api.stacks.create_stack(StackName="T", TemplateBody=json.dumps(failing))
    assert not api.stacks.list_exports()["Exports"]
    assert api.status() == "ROLLBACK_COMPLETE"  # and to look at its outputs makes nothing again
    assert not api.elb.describe_target_groups()["TargetGroups"]
    api.stacks.delete_stack(StackName="T")
    assert "DELETE_COMPLETE" in {
        it["StackStatus"] for it in api.stacks.list_stacks()["StackSummaries"]
    }


@behaviour
def change_sets(api: Api) -> None:
    def execute(kind: str, resources: dict[str, Any]) -> None:
        template = _template(resources, {"Group": {"Ref": "Group"}}, {})
        api.stacks.create_change_set(
            StackName="T", ChangeSetName=kind.lower(), ChangeSetType=kind, **template
        )
        api.stacks.execute_change_set(StackName="T", ChangeSetName=kind.lower())

    execute("CREATE", {**NETWORK, "Group": target_group()})
    assert api.status() == "CREATE_COMPLETE"
    assert api.outputs() == {"Group": api.physical_id("Group")}
    execute("UPDATE", {**NETWORK, "Group": target_group(), "Rule": broken_rule()})
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert api.outputs() == {"Group": api.physical_id("Group")}


@behaviour
def signals(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance()})
    signal = {"StackName": "T", "LogicalResourceId": "Machine", "UniqueId": "i-1"}
    api.stacks.signal_resource(**signal, Status="SUCCESS")
    api.stacks.signal_resource(**signal, Status="FAILURE")
    assert events(api) == {
        "Machine CREATE_COMPLETE Received SUCCESS signal with UniqueId i-1",
        "Machine CREATE_FAILED Received FAILURE signal with UniqueId i-1",
    }


@behaviour
def outputs_end_with_their_stack(api: Api) -> None:
    api.create({**NETWORK, "Group": target_group()}, {"Group": {"Ref": "Group"}})
    identity = api.stacks.describe_stack_resources(StackName="T")["StackResources"][0]["StackId"]
    api.update({**NETWORK, "Group": target_group()}, {"Group": {"Ref": "Group"}, "Vpc": "x"})
    vpcs = len(api.ec2.describe_vpcs()["Vpcs"])
    api.stacks.delete_stack(StackName="T")
    (stack,) = api.stacks.describe_stacks(StackName=identity)["Stacks"]
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert not api.elb.describe_target_groups()["TargetGroups"]
    assert len(api.ec2.describe_vpcs()["Vpcs"]) == vpcs - 1


@behaviour
def previous_values_in_change_sets(api: Api) -> None:
    version = {"Type": "String", "Name": "/version", "Value": "21"}
    parameter = {"Version": {"Type": "AWS::SSM::Parameter", "Properties": version}}
    api.stacks.create_stack(StackName="S", **_template(parameter, None, {}))
    template = json.dumps(
        {
            "Parameters": {
                "Of": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"}
            },
            "Resources": NETWORK,
            "Outputs": {"Of": {"Value": {"Ref": "Of"}}},
        }
    )
    api.stacks.create_stack(StackName="T", TemplateBody=template.replace("127.1.1.", "127.1.2."))
    api.stacks.create_change_set(
        StackName="T",
        ChangeSetName="C-1",
        ChangeSetType="UPDATE",
        TemplateBody=template,
        Parameters=[{"ParameterKey": "Of", "UsePreviousValue": True}],
    )
    api.stacks.execute_change_set(StackName="T", ChangeSetName="C-1")
    assert api.status() == "UPDATE_COMPLETE"
    assert api.outputs() == {"Of": "21"}


@behaviour
def change_sets_that_are_gone(api: Api) -> None:
    api.create(NETWORK)
    api.stacks.delete_change_set(StackName="T", ChangeSetName="never-there")
    refusal = ""
    try:
        api.stacks.describe_change_set(StackName="T", ChangeSetName="never-there")
    except ClientError as error:
        refusal = error.response["Error"]["Code"]
    assert refusal == "ChangeSetNotFound"


@behaviour
def refused_updates(api: Api) -> None:
    broken = {"Rule": broken_rule(), "Group": target_group(), **NETWORK}
    with suppress(ClientError):  # plain moto: it stays CREATE_IN_PROGRESS, which takes none either
        api.create(broken)
    before = api.status()
    refusal = ""
    try:
        api.update(NETWORK)
    except ClientError as error:
        refusal = str(error)
    assert "ValidationError" in refusal
    assert f"is in {before} state and can not be updated" in refusal


@behaviour
def replacement_by_parameter(api: Api) -> None:
    machine = instance({"Fn::Sub": "#!/bin/bash\necho ${Word}\n"})
    api.create({**NETWORK, "Machine": machine}, Word="one")
    before = api.physical_id("Machine")
    api.update({**NETWORK, "Machine": machine}, Word="two")
    (running,) = api.instances("running")
    assert running["InstanceId"] == api.physical_id("Machine") != before


# CloudWatch

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def put(api: Api, namespace: str, seconds: float, **datum: Any) -> None:
    """Puts a datum of metric M some seconds after noon."""
    moment = NOON + timedelta(seconds=seconds)
    api.cloudwatch.put_metric_data(
        Namespace=namespace, MetricData=[{"MetricName": "M", "Timestamp": moment, **datum}]
    )


def get(api: Api, *statistics: str, dimensions: tuple = (), period: int = 60) -> list[dict]:
    """Asks for metric M of namespace A from 11:59:30 to 12:05, the oldest first."""
    metric = {"Namespace": "A", "MetricName": "M", "Dimensions": list(dimensions)}
    return api.cloudwatch.get_metric_data(
        StartTime=NOON - timedelta(seconds=30),
        EndTime=NOON + timedelta(minutes=5),
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            {"Id": f"q{i}", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
            for i, statistic in enumerate(statistics)
        ],
    )["MetricDataResults"]


@behaviour
def stored_by_metric(api: Api) -> None:
    for second in range(100):
        put(api, "A", second, Values=[0.01, 0.02], Counts=[500, 500])
    began = datetime.now(UTC)
    results = get(api, *["SampleCount"] * 200)
    assert (datetime.now(UTC) - began).total_seconds() < 3
    assert [sum(result["Values"]) for result in results] == [100_000] * 200


@behaviour
def statistics_of_metric_data(api: Api) -> None:
    mine = ({"Name": "X", "Value": "1"},)
    put(api, "A", 0, Values=[1.0, 2.0, 10.0], Counts=[2, 1, 1], Dimensions=mine)
    put(api, "A", 59, Value=6.0, Dimensions=mine)
    put(api, "A", 60, Value=7.0, Dimensions=mine)
    put(api, "B", 1, Value=99.0, Dimensions=mine)  # another namespace
    put(api, "A", 1, Value=99.0)  # without the dimension it is another metric
    asked = ("Sum", "SampleCount", "Minimum", "Maximum", "Average", "p50", "p90", "TC(1:6)")
    results = get(api, *asked, dimensions=mine)
    assert {tuple(result["Timestamps"]) for result in results} == {
        (NOON, NOON + timedelta(minutes=1))
    }
    first = dict(zip(asked, (result["Values"][0] for result in results), strict=True))
    assert first == {
        "Sum": 20.0,
        "SampleCount": 5.0,
        "Minimum": 1.0,
        "Maximum": 10.0,
        "Average": 4.0,
        "p50": 2.0,
        "p90": 8.4,
        "TC(1:6)": 2.0,
    }


@behaviour
def metric_statistics(api: Api) -> None:
    put(api, "A", 10, Values=[1.0, 3.0], Counts=[1, 3])
    answer = api.cloudwatch.get_metric_statistics(
        Namespace="A",
        MetricName="M",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
        ExtendedStatistics=["p50"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Timestamp"], point["Sum"]) == (NOON, 10.0)
    assert point["ExtendedStatistics"] == {"p50": 3.0}


@behaviour
def listed_metrics(api: Api) -> None:
    for value in ("1", "2"):
        put(api, "A", 0, Values=[1.0], Counts=[1000], Dimensions=[{"Name": "X", "Value": value}])
    for value in (1.0, 2.0):
        put(api, "B", 0, Value=value)
    assert len(api.cloudwatch.list_metrics(Namespace="B")["Metrics"]) == 1
    listed = api.cloudwatch.list_metrics(Namespace="A")["Metrics"]
    assert [m["Dimensions"][0]["Value"] for m in listed] == ["1", "2"]
    chosen = api.cloudwatch.list_metrics(Dimensions=[{"Name": "X", "Value": "2"}])["Metrics"]
    assert len(chosen) == 1


@behaviour
def cbor(api: Api) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own endpoint
        f"{api.endpoint}/service/GraniteServiceVersion20100801/operation/ListMetrics",
        data=cbor2.dumps({}),
        headers={
            "Content-Type": "application/cbor",
            "smithy-protocol": "rpc-v2-cbor",
            "Authorization": "AWS4-HMAC-SHA256 Credential=K/20260301/us-east-1/monitoring/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert cbor2.loads(answer.read()) == {"Metrics": []}


def _passing_on_plain_moto() -> list[str]:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - only the plain one, and only here

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    passing = []
    for name, check in BEHAVIOURS.items():
        try:
            check(Api(f"http://{host}:{port}"))
        except Exception as gap:  # noqa: BLE001 - any failure is the gap
            print(f"{name}: {type(gap).__name__}: {str(gap)[:200]}", file=sys.stderr)
        else:
            passing.append(name)
    return passing


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    noise = io.StringIO()
    if "-v" in sys.argv:
        noise = sys.stderr
    with redirect_stderr(noise):
        found = _passing_on_plain_moto()
    print(json.dumps(found))
