"""Load balancers beside an ALB: each at an address of its own, with targets that were checked."""

from emulator.tests.api import NETWORK, instance
from emulator.tests.conftest import Running, answers, free_port, wait_for

_SERVER = """#!/bin/bash
mkdir -p www && echo ok >www/health && echo hello >www/one
exec "$LEADLINE_PYTHON" -m http.server --directory www --bind "$LEADLINE_PRIVATE_ADDRESS" 8000 >>app.log 2>&1
"""
_CHECK = {"Interval": "1", "Timeout": "1", "HealthyThreshold": "2", "UnhealthyThreshold": "2"}


def _stack(network_port: int, classic_port: int) -> dict:
    """One target behind a Network and a Classic Load Balancer."""
    subnets = [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]
    return {
        **NETWORK,
        "Machine": instance(_SERVER),
        "Network": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Type": "network", "Subnets": subnets},
        },
        "Targets": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "Port": 8000,
                "Protocol": "TCP",
                "HealthCheckProtocol": "HTTP",
                "HealthCheckPath": "/health",
                "HealthCheckIntervalSeconds": 1,
                "HealthCheckTimeoutSeconds": 1,
                "HealthyThresholdCount": 2,
                "UnhealthyThresholdCount": 2,
                "Targets": [{"Id": {"Ref": "Machine"}}],
            },
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Network"},
                "Port": network_port,
                "Protocol": "TCP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
            },
        },
        "Classic": {
            "Type": "AWS::ElasticLoadBalancing::LoadBalancer",
            "Properties": {
                "Subnets": subnets,
                "Instances": [{"Ref": "Machine"}],
                "Listeners": [
                    {
                        "LoadBalancerPort": str(classic_port),
                        "InstancePort": "8000",
                        "Protocol": "HTTP",
                    }
                ],
                "HealthCheck": {"Target": "HTTP:8000/health", **_CHECK},
            },
        },
    }


def test_a_network_and_a_classic_load_balancer_live_as_the_api_says(emulator: Running) -> None:
    api = emulator.api
    ports = free_port("127.2.0.10"), free_port("127.2.0.11")
    hosts = {"N": ["Network", "DNSName"], "C": ["Classic", "DNSName"]}
    api.create(
        _stack(*ports), {name: {"Fn::GetAtt": attribute} for name, attribute in hosts.items()}
    )
    outputs = api.outputs()
    assert outputs["N"] != outputs["C"]
    classic = api.physical_id("Classic")

    def state() -> str:
        found = api.classic.describe_instance_health(LoadBalancerName=classic)
        return found["InstanceStates"][0]["State"]

    wait_for(lambda: emulator.target_state(api.physical_id("Targets")) == "healthy")
    wait_for(lambda: state() == "InService")
    # a Classic one's data plane is started as an ALB's is (test_life.py): here it is enough that there is one
    wait_for(lambda: answers(f"http://{outputs['N']}:{ports[0]}/one") == b"hello\n")
    (plane,) = emulator.state.glob(f"balancers/{classic}-{ports[1]}/balancer.yaml")
    assert f"host: {outputs['C']}" in plane.read_text()

    api.ec2.terminate_instances(InstanceIds=[api.physical_id("Machine")])
    assert not api.classic.describe_instance_health(LoadBalancerName=classic)["InstanceStates"]
    api.stacks.delete_stack(StackName="T")
    assert answers(f"http://{outputs['N']}:{ports[0]}/one") is None
