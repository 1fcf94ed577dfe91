"""An AWS account for tests: an emulator by itself, with faults, and a stack that looks like a lab without being one."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from e2e.checkout import ROOT

READY_SECONDS = 120
# Worth nothing anywhere else, and nobody's own login is found beside it.
LOGIN = {
    "AWS_ACCESS_KEY_ID": "LEADLINEEMULATOR",
    "AWS_SECRET_ACCESS_KEY": "emulator",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_LAB = {"Key": "leadline:lab", "Value": "Leadline"}
_TARGET = {"leadline:role": "target", "leadline:cluster": "cluster1", "leadline:number": "1"}


def _subnet(number: int) -> dict[str, Any]:
    properties = {
        "VpcId": {"Ref": "Network"},
        "CidrBlock": f"10.0.{number}.0/24",
        "AvailabilityZone": f"us-east-1{'ab'[number]}",
    }
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


# One instance, in a range that no process of this machine can have, so that nothing runs.
LAB = {
    "Metadata": {
        "Leadline": {
            "paths": {"cluster1": "/cluster1"},
            "policy": "leadline",
            "autoStopMinutes": 0,
        }
    },
    "Resources": {
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "SubnetA": _subnet(0),
        "SubnetB": _subnet(1),
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]},
        },
        "Group": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "VpcId": {"Ref": "Network"},
                "Port": 8000,
                "Protocol": "HTTP",
                "Targets": [{"Id": {"Ref": "Machine"}}],
            },
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
            },
        },
        "Machine": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": "ami-1",
                "InstanceType": "t2.micro",
                "SubnetId": {"Ref": "SubnetA"},
                "Tags": [_LAB, *({"Key": key, "Value": value} for key, value in _TARGET.items())],
            },
        },
    },
    "Outputs": {
        "AlbUrl": {"Value": "http://10.0.0.1"},
        "LeadlineUrl": {"Value": "http://10.0.0.2"},
        "AlbArn": {"Value": {"Ref": "Balancer"}},
        "BalancerInstanceId": {"Value": {"Ref": "Machine"}},
    },
}


SSO_URL = "https://campus.example/start"
SSO_PROFILE = f"""\
[profile work]
region = us-east-1
sso_start_url = {SSO_URL}
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = admin
"""


class Account:
    """An emulator on a port of its own."""

    def __init__(self, state: Path) -> None:
        """Starts it and waits until it is ready."""
        self.state = state
        state.mkdir(parents=True)
        command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--state", str(state)]
        with (state / "output").open("wb") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        deadline = time.monotonic() + READY_SECONDS
        while not (state / "emulator.json").exists():
            assert self._process.poll() is None, (state / "output").read_text()
            assert time.monotonic() < deadline, "the emulator does not become ready"
            time.sleep(0.1)  # between two looks at the condition
        port = json.loads((state / "emulator.json").read_text())["port"]
        self.environment = {
            **LOGIN,
            "AWS_ENDPOINT_URL": f"http://localhost:{port}",
        }

    def client(self, service: str) -> Any:
        """A client of it."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="LEADLINEEMULATOR",
            aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
        )

    def require_lab(self) -> None:
        """Creates the stack that looks like a lab where it is missing."""
        stacks = self.client("cloudformation")
        if not stacks.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]:
            stacks.create_stack(StackName="Leadline", TemplateBody=json.dumps(LAB))

    def log_in_by_sso(self, home: Path, key_seconds: int) -> dict[str, str]:
        """The environment of a person who has logged in by SSO, with keys that end so soon."""
        aws = home / ".aws"
        (aws / "sso" / "cache").mkdir(parents=True)
        (aws / "config").write_text(SSO_PROFILE)
        token = {"accessToken": "token", "expiresAt": "2099-01-01T00:00:00Z"}
        name = hashlib.sha1(SSO_URL.encode()).hexdigest()  # noqa: S324 - as the AWS CLI names it
        (aws / "sso" / "cache" / f"{name}.json").write_text(json.dumps(token))
        logins = {"tokens": ["token"], "keySeconds": key_seconds}
        (self.state / "logins.json").write_text(json.dumps(logins))
        return {
            "HOME": str(home),
            "AWS_PROFILE": "work",
            "AWS_ENDPOINT_URL": self.environment["AWS_ENDPOINT_URL"],
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(timeout=60)


def play(state: Path, **faults: list[dict[str, Any]]) -> None:
    """Gives the emulator of that state directory these faults (emulator/faults.py), and no others."""
    state.mkdir(parents=True, exist_ok=True)
    new = state / "faults.new"
    new.write_text(json.dumps(faults))
    new.replace(state / "faults.json")
