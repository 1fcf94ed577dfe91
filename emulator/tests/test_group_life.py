"""The life of an Auto Scaling group as real processes: each member a machine, behind a load balancer."""

import signal
from pathlib import Path
from typing import Any

from emulator import processes
from emulator.tests.api import NETWORK, events, launched_group, target_group
from emulator.tests.conftest import Running, answers, free_port, wait_for

_FIRST = "127.98"
_SERVER = """#!/bin/bash
mkdir -p www && echo ok >www/health
curl --silent --fail --aws-sigv4 "aws:amz:$AWS_REGION:secretsmanager" \\
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  --header 'Content-Type: application/x-amz-json-1.1' --header 'X-Amz-Target: secretsmanager.GetSecretValue' \\
  --data '{"SecretId": "'"$SECRET"'"}' "$AWS_ENDPOINT_URL" >secret.json
"$LEADLINE_PYTHON" -m http.server --directory www --bind "$LEADLINE_PRIVATE_ADDRESS" "$PORT" >>app.log 2>&1 &
curl --silent --fail --output /dev/null --aws-sigv4 "aws:amz:$AWS_REGION:cloudformation" \\
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --data "Action=SignalResource&Version=2010-05-15&StackName=T" \\
  --data "LogicalResourceId=Members&UniqueId=$LEADLINE_INSTANCE_ID&Status=SUCCESS" "$AWS_ENDPOINT_URL"
"""


def _stack(port: int, listener_port: int, script: str = _SERVER) -> dict[str, Any]:
    """Two to four servers behind a listener, with two seconds to drain; the script knows the port and the secret."""
    network = {key: {**part} for key, part in NETWORK.items()}
    for key, range_ in (("Vpc", ".0.0/16"), ("SubnetA", ".0.0/24"), ("SubnetB", ".1.0/24")):
        network[key]["Properties"] = {
            **network[key]["Properties"],
            "CidrBlock": _FIRST + range_,
        }
    settings = f"#!/bin/bash\nPORT={port}\nSECRET=${{Secret}}\n"
    # the script's own ${...} would be taken for resources
    user_data = {"Fn::Join": ["", [{"Fn::Sub": settings}, script]]}
    forward = [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]
    members = launched_group(
        user_data,
        TargetGroupARNs=[{"Ref": "Targets"}],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=30,
    )
    members["Members"]["UpdatePolicy"] = {
        "AutoScalingInstanceRefresh": {
            "Strategy": "Rolling",
            "Preferences": {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150},
        }
    }
    return {
        **network,
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": {"ExcludePunctuation": True}},
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]},
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": listener_port,
                "Protocol": "HTTP",
                "DefaultActions": forward,
            },
        },
        "Targets": target_group(
            Port=port,
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=3,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            TargetGroupAttributes=[
                {"Key": "deregistration_delay.timeout_seconds", "Value": "2"},
            ],
        ),
        **members,
    }


class _Members:
    """What the API says of the group and its targets."""

    def __init__(self, emulator: Running) -> None:
        self.api = emulator.api
        self.state = emulator.state
        self.name = self.api.physical_id("Members")

    def states(self) -> dict[str, str]:
        """The state of each target, by instance."""
        health = self.api.elb.describe_target_health(TargetGroupArn=self.api.physical_id("Targets"))
        return {
            it["Target"]["Id"]: it["TargetHealth"]["State"]
            for it in health["TargetHealthDescriptions"]
        }

    def healthy(self, count: int) -> set[str]:
        """Waits until so many targets are healthy and there is no other."""
        wait_for(lambda: list(self.states().values()) == ["healthy"] * count, seconds=120)
        return set(self.states())

    def folder(self, member: str) -> Path:
        """A member's directory."""
        return self.state / "machines" / member

    def want(self, count: int) -> None:
        """Sets the desired capacity."""
        self.api.scaling.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=count)


def test_a_group_lives_as_the_api_says(emulator: Running) -> None:
    api = emulator.api
    port = free_port(f"{_FIRST}.0.4")
    listener_port = free_port("127.2.0.10")
    api.create(_stack(port, listener_port), {"Secret": {"Ref": "Secret"}})
    assert api.status() == "CREATE_COMPLETE", events(api)
    members = _Members(emulator)
    first = members.healthy(2)
    addresses = {it["InstanceId"]: it["PrivateIpAddress"] for it in api.instances("running")}
    assert set(addresses.values()) == {f"{_FIRST}.0.4", f"{_FIRST}.1.4"}
    for member in first:
        folder = members.folder(member)
        assert (folder / "target-lifecycle-state").read_text() == "InService"
        assert api.outputs()["Secret"] in (folder / "secret.json").read_text()

    members.want(3)
    grown = members.healthy(3)
    members.want(2)
    # true by the time the call returns: it gets nothing new, knows that it is to end, and still answers
    (leaving,) = [it for it, state in members.states().items() if state == "draining"]
    assert (members.folder(leaving) / "target-lifecycle-state").read_text() == "Terminated"
    assert answers(f"http://{addresses[leaving]}:{port}/health") == b"ok\n"
    left = members.healthy(2)
    assert left == grown - {leaving}
    wait_for(lambda: not members.folder(leaving).exists())

    killed = min(left)
    folder = members.folder(killed)
    for process in processes.members([folder])[folder]:
        if process != processes.recorded(folder):
            process.send(signal.SIGKILL)
    wait_for(lambda: killed not in members.states(), seconds=180)
    assert killed not in members.healthy(2)

    old = set(members.states())
    api.update(_stack(port, listener_port, _SERVER + "# another\n"))
    assert api.status() == "UPDATE_IN_PROGRESS"
    wait_for(lambda: api.status() != "UPDATE_IN_PROGRESS", seconds=120)
    assert api.status() == "UPDATE_COMPLETE", events(api)
    assert not members.healthy(2) & old

    api.stacks.delete_stack(StackName="T")
    assert list((emulator.state / "machines").iterdir()) == []
    assert not api.instances("running")
    assert not api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert not api.ec2.describe_launch_templates()["LaunchTemplates"]
    assert not api.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert not api.secrets.list_secrets()["SecretList"]
