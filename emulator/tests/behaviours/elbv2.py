"""What the patches of load balancers, listeners and rules make true."""

import pytest
from botocore.exceptions import ClientError

from emulator.tests.api import BALANCER, NETWORK, Api, rule, target_group

NLB = {
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {
            "Type": "network",
            "SubnetMappings": [{"SubnetId": {"Ref": "SubnetA"}}, {"SubnetId": {"Ref": "SubnetB"}}],
            "LoadBalancerAttributes": [
                {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
            ],
            "Tags": [{"Key": "k", "Value": "v"}],
        },
    },
    "Group": target_group(Protocol="TCP", HealthCheckProtocol="HTTP"),
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 8081,
            "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
        },
    },
}


def load_balancer_address(api: Api) -> None:
    second = {"Second": BALANCER["Balancer"]}
    api.create({**NETWORK, **BALANCER, **second}, {"Name": {"Fn::GetAtt": ["Balancer", "DNSName"]}})
    names = {b["DNSName"] for b in api.elb.describe_load_balancers()["LoadBalancers"]}
    assert names == {"127.2.0.10", "127.2.0.11"}
    assert api.outputs()["Name"] in names


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


def listener_port(api: Api) -> None:
    second = {**BALANCER["Listener"]["Properties"], "Port": 8081}
    api.create({**NETWORK, **BALANCER, "Second": {**BALANCER["Listener"], "Properties": second}})
    arn = api.physical_id("Second")
    with pytest.raises(ClientError, match="DuplicateListener"):
        api.elb.modify_listener(ListenerArn=arn, Port=8080)
    for port in (8081, 8082):  # its own, and one that nobody has
        (listener,) = api.elb.modify_listener(ListenerArn=arn, Port=port)["Listeners"]
        assert listener["Port"] == port


def listener_delete(api: Api) -> None:
    api.create({**NETWORK, **BALANCER})
    arn = api.physical_id("Balancer")
    api.update({**NETWORK, "Balancer": BALANCER["Balancer"]})
    assert not api.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]


def listener_rule_delete(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    listener = api.physical_id("Listener")
    api.update(kept)
    rules = api.elb.describe_rules(ListenerArn=listener)["Rules"]
    assert [r["Priority"] for r in rules] == ["default"]


def listener_rule_priority(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Group": target_group()}
    api.create({**kept, "Rule": rule("Group", priority=1)})
    api.update({**kept, "Rule": rule("Group", priority=7, path="/b")})
    rules = api.elb.describe_rules(ListenerArn=api.physical_id("Listener"))["Rules"]
    assert [r["Priority"] for r in rules] == ["7", "default"]
    assert rules[0]["Conditions"][0]["PathPatternConfig"]["Values"] == ["/b"]


def network_load_balancers(api: Api) -> None:
    api.create({**NETWORK, **NLB}, {"Name": {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}})
    (balancer,) = api.elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["Type"] == "network"
    assert api.outputs()["Name"].startswith("net/")
    assert balancer["LoadBalancerArn"].endswith(api.outputs()["Name"])
    arn = balancer["LoadBalancerArn"]
    (listener,) = api.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert (listener["Protocol"], listener["Port"]) == ("TCP", 8081)
    assert ":listener/net/" in listener["ListenerArn"]
    api.stacks.delete_stack(StackName="T")
    assert not api.elb.describe_load_balancers()["LoadBalancers"]


def load_balancer_properties(api: Api) -> None:
    api.create({**NETWORK, **NLB})
    (balancer,) = api.elb.describe_load_balancers()["LoadBalancers"]
    assert len(balancer["AvailabilityZones"]) == 2
    arn = balancer["LoadBalancerArn"]
    found = api.elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in found
    (tagged,) = api.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert tagged["Tags"] == [{"Key": "k", "Value": "v"}]


def load_balancer_update(api: Api) -> None:
    def balancer(**properties: object) -> dict:
        one = NLB["Balancer"]
        return {"Balancer": {**one, "Properties": {**one["Properties"], **properties}}}

    api.create({**NETWORK, **NLB})
    arn, listener = api.physical_id("Balancer"), api.physical_id("Listener")
    off = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    api.update({**NETWORK, **NLB, **balancer(LoadBalancerAttributes=off)})
    assert api.physical_id("Balancer") == arn
    found = api.elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert off[0] in found
    api.update({**NETWORK, **NLB, **balancer(Scheme="internal")})
    assert (
        api.physical_id("Balancer") != arn
    )  # another scheme, another load balancer and its listener
    assert api.physical_id("Listener") != listener
    (now,) = api.elb.describe_load_balancers()["LoadBalancers"]
    (kept,) = api.elb.describe_listeners(LoadBalancerArn=now["LoadBalancerArn"])["Listeners"]
    assert kept["ListenerArn"] == api.physical_id("Listener")
