"""What the patches of Elastic Load Balancing make true."""

from emulator.tests.api import BALANCER, NETWORK, Api, instance, rule, target_group


def load_balancer_address(api: Api) -> None:
    second = {"Second": BALANCER["Balancer"]}
    api.create({**NETWORK, **BALANCER, **second}, {"Name": {"Fn::GetAtt": ["Balancer", "DNSName"]}})
    names = {b["DNSName"] for b in api.elb.describe_load_balancers()["LoadBalancers"]}
    assert names == {"127.2.0.10", "127.2.0.11"}
    assert api.outputs()["Name"] in names


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


def target_group_delete(api: Api) -> None:
    api.create({**NETWORK, "Group": target_group()})
    api.stacks.delete_stack(StackName="T")
    assert not api.elb.describe_target_groups()["TargetGroups"]


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


def target_health(api: Api) -> None:
    kept = {**NETWORK, **BALANCER, "Machine": instance(), "Group": target_group()}
    api.create({**kept, "Rule": rule("Group")})
    arn, machine = api.physical_id("Group"), api.physical_id("Machine")
    api.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": machine}])
    (described,) = api.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert described["TargetHealth"]["State"] == "initial"  # not checked yet
