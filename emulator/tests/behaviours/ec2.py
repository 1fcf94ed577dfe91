"""What the patches of EC2 make true."""

from typing import Any

from emulator.tests.api import NETWORK, Api, instance


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


def elastic_address_delete(api: Api) -> None:
    api.create({"Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}})
    api.stacks.delete_stack(StackName="T")
    assert not api.ec2.describe_addresses()["Addresses"]


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


def interfaces_end_with_their_instance(api: Api) -> None:
    api.create({**NETWORK, "Machine": instance()})
    (machine,) = api.instances()
    api.ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])
    assert not api.ec2.describe_network_interfaces()["NetworkInterfaces"]
    api.ec2.terminate_instances(InstanceIds=[machine["InstanceId"]])  # twice is once
    api.stacks.delete_stack(StackName="T")
    assert api.instances("terminated")


def disks_as_large_as_their_image(api: Api) -> None:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "DeleteOnTermination": True}}
    api.create({**NETWORK, "Machine": instance(BlockDeviceMappings=[disk])})
    (volume,) = api.ec2.describe_volumes()["Volumes"]
    assert volume["Size"] == 8
    api.stacks.delete_stack(StackName="T")
    assert api.ec2.describe_volumes()["Volumes"] == []


def network_acls_end_with_their_vpc(api: Api) -> None:
    before = len(api.ec2.describe_network_acls()["NetworkAcls"])
    api.create(NETWORK)
    assert len(api.ec2.describe_network_acls()["NetworkAcls"]) == before + 1
    api.stacks.delete_stack(StackName="T")
    assert len(api.ec2.describe_network_acls()["NetworkAcls"]) == before
