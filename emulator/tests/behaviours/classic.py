"""What the patches of Classic Load Balancers make true."""

from typing import Any

from emulator.tests.api import NETWORK, Api, instance

GROUP = {
    "Type": "AWS::EC2::SecurityGroup",
    "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}},
}


def _classic(*instances: str, **properties: Any) -> dict[str, Any]:
    """A network, instances of these names, and a Classic Load Balancer for them."""
    balancer = {
        "Scheme": "internet-facing",
        "CrossZone": True,
        "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
        "SecurityGroups": [{"Fn::GetAtt": ["SecurityGroup", "GroupId"]}],
        "Instances": [{"Ref": name} for name in instances],
        "Listeners": [
            {
                "LoadBalancerPort": "8080",
                "InstancePort": "8000",
                "Protocol": "HTTP",
                "InstanceProtocol": "HTTP",
            }
        ],
        "HealthCheck": {
            "Target": "HTTP:8000/health",
            "Interval": "5",
            "Timeout": "2",
            "HealthyThreshold": "2",
            "UnhealthyThreshold": "2",
        },
        "ConnectionDrainingPolicy": {"Enabled": True, "Timeout": 30},
        "ConnectionSettings": {"IdleTimeout": 70},
        "Tags": [{"Key": "k", "Value": "v"}],
        **properties,
    }
    return {
        **NETWORK,
        "SecurityGroup": GROUP,
        **{name: instance() for name in instances},
        "Balancer": {"Type": "AWS::ElasticLoadBalancing::LoadBalancer", "Properties": balancer},
    }


def _described(api: Api) -> dict[str, Any]:
    (balancer,) = api.classic.describe_load_balancers()["LoadBalancerDescriptions"]
    return balancer


def classic_address(api: Api) -> None:
    api.create(_classic(), {"Name": {"Fn::GetAtt": ["Balancer", "DNSName"]}})
    assert api.outputs()["Name"] == _described(api)["DNSName"] == "127.2.0.10"


def classic_properties(api: Api) -> None:
    api.create(_classic("One"))
    balancer = _described(api)
    name = balancer["LoadBalancerName"]
    assert name == api.physical_id("Balancer")
    assert len(name) <= 32
    assert balancer["Subnets"] == [api.physical_id("SubnetA"), api.physical_id("SubnetB")]
    assert balancer["SecurityGroups"] == [api.physical_id("SecurityGroup")]
    assert balancer["Instances"] == [{"InstanceId": api.physical_id("One")}]
    found = api.classic.describe_load_balancer_attributes(LoadBalancerName=name)
    attributes = found["LoadBalancerAttributes"]
    assert attributes["CrossZoneLoadBalancing"] == {"Enabled": True}
    assert attributes["ConnectionDraining"] == {"Enabled": True, "Timeout": 30}
    assert attributes["ConnectionSettings"] == {"IdleTimeout": 70}
    (tagged,) = api.classic.describe_tags(LoadBalancerNames=[name])["TagDescriptions"]
    assert tagged["Tags"] == [{"Key": "k", "Value": "v"}]
    api.stacks.delete_stack(StackName="T")
    assert not api.classic.describe_load_balancers()["LoadBalancerDescriptions"]


def classic_update(api: Api) -> None:
    api.create(_classic("One", "Two"))
    before = _described(api)
    changed = _classic("One", "Two", Instances=[{"Ref": "Two"}], CrossZone=False)
    api.update(changed)
    after = _described(api)
    assert (after["LoadBalancerName"], after["DNSName"]) == (
        before["LoadBalancerName"],
        before["DNSName"],
    )
    assert after["Instances"] == [{"InstanceId": api.physical_id("Two")}]
    name = after["LoadBalancerName"]
    found = api.classic.describe_load_balancer_attributes(LoadBalancerName=name)
    assert found["LoadBalancerAttributes"]["CrossZoneLoadBalancing"] == {"Enabled": False}


def classic_attributes(api: Api) -> None:
    names = (
        "CanonicalHostedZoneName",
        "CanonicalHostedZoneNameID",
        "SourceSecurityGroup.OwnerAlias",
    )
    wanted = {f"O{at}": {"Fn::GetAtt": ["Balancer", name]} for at, name in enumerate(names)}
    api.create(_classic(), wanted)
    outputs = api.outputs()
    assert outputs["O0"] == _described(api)["DNSName"]
    assert outputs["O1"].startswith("Z")
    assert outputs["O2"] == "123456789012"


def classic_members_once(api: Api) -> None:
    api.create(_classic("One"))
    api.classic.register_instances_with_load_balancer(
        LoadBalancerName=api.physical_id("Balancer"),
        Instances=[{"InstanceId": api.physical_id("One")}],
    )
    assert len(_described(api)["Instances"]) == 1


def classic_health(api: Api) -> None:
    api.create(_classic("One"))
    found = api.classic.describe_instance_health(LoadBalancerName=api.physical_id("Balancer"))
    (state,) = found["InstanceStates"]  # not checked yet
    assert (state["State"], state["ReasonCode"]) == ("OutOfService", "ELB")
