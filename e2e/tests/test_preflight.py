"""What `up` finds in a restricted account before it asks, and what that account would have refused afterwards.

The account is the emulator's (emulator/restrictions.py), in this process; profile aws is led to it by AWS_ENDPOINT_URL.
"""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from e2e.account import LAB, LOGIN, play
from emulator import restrictions
from emulator.aws import Aws
from emulator.faults import Faults
from emulator.patches import updates
from lab import cli, kinds, profile, topology
from lab.account import checks, own_address, preflight, quotas
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import LabError
from lab.machine.prerequisites import Finding
from lab.profile import Profile

AWS = Profile("aws")
PLAN = topology.read({})  # of cdk.json: 4 x t2.large, 5 x t2.micro, t3.small


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Aws, Path]]:
    folder = tmp_path_factory.mktemp("account")
    aws = Aws(0, changed=lambda: None, faults=Faults(folder / "faults.json", lambda _line: None))
    aws.start()
    yield aws, folder
    aws.stop()
    restrictions.restrict_with(restrictions.unrestricted)
    updates.refuse_resources_with(updates.nothing_is_refused)


@pytest.fixture
def restrict(
    running: tuple[Aws, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Sets what the account is restricted to."""
    aws, folder = running
    monkeypatch.setattr(profile, "STATE", tmp_path)
    for name, value in {**LOGIN, "AWS_ENDPOINT_URL": aws.endpoint}.items():
        monkeypatch.setenv(name, value)
    yield lambda **account: play(folder, account=account)
    play(folder)


def found(plan: topology.Topology = PLAN) -> dict[str, Finding]:
    return {it.what: it for it in checks.findings(AWS, plan)}


def failed(plan: topology.Topology = PLAN) -> dict[str, Finding]:
    return {what: it for what, it in found(plan).items() if it.ok is not True}


def offered(remedy: str) -> topology.Topology:
    """The topology of a command that a finding offers."""
    *command, option = shlex.split(remedy)
    assert command == ["./deploy.sh", "up", "--profile", "aws", "-c"]
    return topology.read({"topology": option.removeprefix("topology=")})


def creation_of(template: dict[str, Any], name: str) -> str:
    """What CloudFormation's events say of a stack that could not be created."""
    stacks = stack.client(AWS, "cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
    (reached,) = (it["StackStatus"] for it in stacks.describe_stacks(StackName=name)["Stacks"])
    said = " ".join(stack.failures(AWS, name))
    stacks.delete_stack(StackName=name)
    return f"{reached} {said}"


def test_an_account_without_restrictions_is_ready(restrict: Callable[..., None]) -> None:
    restrict()
    assert failed() == {}
    assert found()["availability zones"].found.startswith("us-east-1a, us-east-1b have")
    preflight.require(AWS, PLAN, burst=1000)  # its connections are the emulator's own
    assert preflight.zones_for(AWS, PLAN) == {"zones": "us-east-1a,us-east-1b"}


def test_a_free_plan_gets_the_topology_that_it_takes(restrict: Callable[..., None]) -> None:
    restrict(plan="FREE", quotas={quotas.PROCESSORS.code: 16})
    seen = failed()
    assert seen["account plan"].found.startswith("the free plan refuses t2.large, t2.micro; it has")
    taken = offered(seen["account plan"].remedy)
    # vCPUs: 2 each
    assert taken.instance_counts == {"m7i-flex.large": 3, "t3.micro": 4, "t3.small": 1}
    assert [it["path"] for it in taken.declared["clusters"]] == ["/cluster1", "/cluster2"]
    assert failed(taken) == {}

    said = creation_of(LAB, "Refused")  # with a t2.micro, as the account answers without the check
    assert said.startswith("ROLLBACK_COMPLETE")
    assert "not eligible for Free Tier" in said

    asked = topology.read(
        {"mixed": "false", "loadGenerator": "t3.medium"}, flags={"no-bench": None}
    )
    words = shlex.split(failed(asked)["account plan"].remedy)
    assert words[4:8] == ["--no-bench", "-c", "mixed=false", "-c"]
    assert words[8:10] == ["loadGenerator=t3.small", "-c"]
    assert words[10].startswith("topology=")

    restrict(plan="FREE", types=["t3.micro"])
    assert offered(failed()["account plan"].remedy).instance_counts == {"t3.micro": 10}
    restrict(plan="PAID")
    assert failed() == {}


def test_an_account_without_load_balancers(restrict: Callable[..., None]) -> None:
    restrict(loadBalancers=False)
    (seen,) = failed().values()
    assert seen.found == "AWS does not let this account create any Application Load Balancer"
    assert "open a case" in seen.remedy
    said = creation_of(LAB, "Refused")
    assert "does not support creating load balancers" in said


def test_a_zone_without_the_type_is_left_out(restrict: Callable[..., None]) -> None:
    restrict(zonesWithout={"us-east-1a": ["t3.small"]})
    assert failed() == {}
    assert preflight.zones_for(AWS, PLAN) == {"zones": "us-east-1b,us-east-1c"}
    asked = topology.read({"zones": "us-east-1a,us-east-1b"})
    (seen,) = failed(asked).values()
    assert (seen.found, seen.remedy) == (
        "us-east-1a lacks t3.small",
        "-c zones=us-east-1b,us-east-1c",
    )
    assert "not supported in your requested Availability Zone" in creation_of(LAB_IN_A, "Refused")

    everywhere = {f"us-east-1{letter}": ["t2.micro"] for letter in "abcdef"}
    restrict(zonesWithout=everywhere)
    (seen,) = failed().values()
    assert seen.found == "fewer than two zones have t2.micro"


LAB_IN_A = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": "10.0.0.0/24",
                "AvailabilityZone": "us-east-1a",
            },
        },
        "Machine": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": "ami-1",
                "InstanceType": "t3.small",
                "SubnetId": {"Ref": "Subnet"},
            },
        },
    }
}


def test_a_lab_that_is_up_keeps_its_zones(restrict: Callable[..., None]) -> None:
    """Other zones would replace every instance."""
    restrict()
    stacks = stack.client(AWS, "cloudformation")
    stacks.create_stack(StackName="Leadline", TemplateBody=json.dumps(in_zones("b", "d")))
    try:
        assert preflight.zones_for(AWS, PLAN) == {"zones": "us-east-1b,us-east-1d"}
        restrict(zonesWithout={"us-east-1d": ["t2.large"]})
        assert failed()["availability zones"].found == "us-east-1d lacks t2.large"
    finally:
        stacks.delete_stack(StackName="Leadline")


def in_zones(*letters: str) -> dict[str, Any]:
    subnets = {
        f"Subnet{number}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": f"10.0.{number}.0/24",
                "AvailabilityZone": f"us-east-1{letter}",
            },
        }
        for number, letter in enumerate(letters)
    }
    return {"Resources": {"Vpc": LAB_IN_A["Resources"]["Vpc"], **subnets}}


def test_quotas_and_permissions(restrict: Callable[..., None]) -> None:
    restrict(quotas={quotas.LOAD_BALANCERS[kinds.ALB].code: 0}, denied=["iam:CreateRole"])
    seen = failed()
    assert seen.keys() == {"permissions of up", "Application Load Balancers"}
    assert seen["permissions of up"].found.endswith("may not iam:CreateRole")
    assert seen["Application Load Balancers"].found == "0 of 0 in use, the lab needs 1 more"


def test_a_campus_with_four_addresses_enters_with_all(
    restrict: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = [f"203.0.113.{last}" for last in (4, 5, 6, 7)]
    restrict(egress=pool)
    assert own_address.own_ranges() == [f"{it}/32" for it in pool]
    options, plan = deployment.decide_who_may_enter("aws", Options(yes=True), PLAN)
    assert plan.allowed_cidr == options.context["allowedCidr"]
    assert plan.allowed_cidr == ",".join(f"{it}/32" for it in pool)
    assert "through 4 addresses" in capsys.readouterr().err


def test_up_refuses_before_it_builds_or_asks(
    restrict: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: pytest.fail("built"))
    restrict(plan="FREE", loadBalancers=False)
    options = Options(yes=True, context={"allowedCidr": "203.0.113.7/32"}, burst=1000)
    with pytest.raises(LabError) as refused:
        deployment.deploy("aws", options)
    first, *lines = str(refused.value).splitlines()
    assert first.startswith("nothing was created, because this would fail")
    assert [it.split(":")[0].strip() for it in lines[::2]] == [
        "account plan",
        "permission for load balancers",
    ]
    assert all(it.startswith("    -> ") for it in lines[1::2])
    with pytest.raises(ClientError, match="does not exist"):
        stack.outputs(AWS)


def test_up_goes_on_without_checks_where_that_is_asked_for(
    restrict: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check may be wrong."""

    def build() -> None:
        raise LabError("came as far as the build")

    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", build)
    restrict(plan="FREE")
    asked = cli.parser().parse_args(["up", "--no-checks", "-c", "allowedCidr=203.0.113.7/32"])
    options = Options(yes=True, context=dict(asked.context), checks=asked.checks)
    with pytest.raises(LabError, match="came as far as the build"):
        deployment.deploy("aws", options)
