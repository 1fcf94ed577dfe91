"""What the patches of CloudFormation make true."""

import json
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from emulator.tests.api import (
    BALANCER,
    NETWORK,
    Api,
    broken_rule,
    events,
    instance,
    rule,
    stack_template,
    target_group,
)


def previous_values_of_parameters(api: Api) -> None:
    def named(path: str) -> dict[str, Any]:
        return {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": path, "Type": "String", "Value": {"Ref": "Given"}},
        }

    template = stack_template({"One": named("/one")}, None, {"Given": None})
    api.stacks.create_stack(StackName="T", TemplateBody=template["TemplateBody"])  # by default
    api.update({"One": named("/one"), "Two": named("/two")}, Given=None)
    assert api.status() == "UPDATE_COMPLETE"
    outputs = {"Given": {"Ref": "Given"}}
    api.update({"One": named("/one")}, outputs, Given="first")
    api.update({"One": named("/one"), "Two": named("/two")}, outputs, Given=None)
    assert api.outputs() == {"Given": "first"}


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


def no_exports(api: Api) -> None:
    body = stack_template(
        {**NETWORK, "Group": target_group(), "Rule": broken_rule()}, {"X": "x"}, {}
    )
    failing = json.loads(body["TemplateBody"])
    failing["Outputs"]["X"] = {"Value": {"Ref": "Group"}, "Export": {"Name": "X"}}
    api.stacks.create_stack(StackName="T", TemplateBody=json.dumps(failing))
    assert not api.stacks.list_exports()["Exports"]
    assert api.status() == "ROLLBACK_COMPLETE"  # and to look at its outputs makes nothing again
    assert not api.elb.describe_target_groups()["TargetGroups"]
    api.stacks.delete_stack(StackName="T")
    assert "DELETE_COMPLETE" in {
        it["StackStatus"] for it in api.stacks.list_stacks()["StackSummaries"]
    }


def change_sets(api: Api) -> None:
    def execute(kind: str, resources: dict[str, Any]) -> None:
        template = stack_template(resources, {"Group": {"Ref": "Group"}}, {})
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


def signals(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance()})
    signal = {"StackName": "T", "LogicalResourceId": "Machine", "UniqueId": "i-1"}
    api.stacks.signal_resource(**signal, Status="SUCCESS")
    api.stacks.signal_resource(**signal, Status="FAILURE")
    assert events(api) == {
        "Machine CREATE_COMPLETE Received SUCCESS signal with UniqueId i-1",
        "Machine CREATE_FAILED Received FAILURE signal with UniqueId i-1",
    }


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


def previous_values_in_change_sets(api: Api) -> None:
    version = {"Type": "String", "Name": "/version", "Value": "21"}
    parameter = {"Version": {"Type": "AWS::SSM::Parameter", "Properties": version}}
    api.stacks.create_stack(StackName="S", **stack_template(parameter, None, {}))
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


def change_sets_that_are_gone(api: Api) -> None:
    api.create(NETWORK)
    api.stacks.delete_change_set(StackName="T", ChangeSetName="never-there")
    refusal = ""
    try:
        api.stacks.describe_change_set(StackName="T", ChangeSetName="never-there")
    except ClientError as error:
        refusal = error.response["Error"]["Code"]
    assert refusal == "ChangeSetNotFound"


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


def replacement_by_parameter(api: Api) -> None:
    machine = instance({"Fn::Sub": "#!/bin/bash\necho ${Word}\n"})
    api.create({**NETWORK, "Machine": machine}, Word="one")
    before = api.physical_id("Machine")
    api.update({**NETWORK, "Machine": machine}, Word="two")
    (running,) = api.instances("running")
    assert running["InstanceId"] == api.physical_id("Machine") != before
