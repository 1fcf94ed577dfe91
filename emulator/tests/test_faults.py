"""Clients of each protocol get exactly the faults of the file, as often as it says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.aws import Aws
from emulator.faults import SAYINGS, Faults
from emulator.patches import updates
from emulator.tests.api import NETWORK, Api, events, instance


class Faulty:
    """An API with a file of faults."""

    def __init__(self, file: Path) -> None:
        self.file, self.said = file, []
        self._aws = Aws(0, changed=lambda: None, faults=Faults(file, self.said.append))
        self._aws.start()
        self.api = Api(self._aws.endpoint)

    def play(self, **faults: list[dict[str, Any]]) -> None:
        self.file.write_text(json.dumps(faults))

    def client(self, service: str, attempts: int = 1) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._aws.endpoint,
            region_name="us-east-1",
            aws_access_key_id="LEADLINEEMULATOR",
            aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
            config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
        )

    def stop(self) -> None:
        self._aws.stop()


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Faulty]:
    emulator = Faulty(tmp_path / "faults.json")
    yield emulator
    emulator.stop()
    updates.refuse_resources_with(updates.nothing_is_refused)


def refusal_of(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response


@pytest.mark.parametrize(
    ("service", "action", "operation", "arguments"),
    [
        ("sts", "GetCallerIdentity", "get_caller_identity", {}),
        ("ec2", "DescribeInstances", "describe_instances", {}),
        ("elasticloadbalancing", "DescribeLoadBalancers", "describe_load_balancers", {}),
        ("cloudformation", "ListStacks", "list_stacks", {}),
        ("ssm", "GetParameter", "get_parameter", {"Name": "/x"}),
        ("monitoring", "ListMetrics", "list_metrics", {}),
        ("s3", "GET", "list_buckets", {}),
    ],
)
def test_every_protocol_hears_code_and_sentence(
    faulty: Faulty, service: str, action: str, operation: str, arguments: dict[str, Any]
) -> None:
    names = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
    call = getattr(faulty.client(names.get(service, service)), operation)
    faulty.play(calls=[{"service": service, "action": action, "code": "AccessDenied"}])
    error = refusal_of(lambda: call(**arguments))
    assert error["Error"]["Code"] == "AccessDenied"
    assert f"not authorized to perform: {service}:{action} because" in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    if service != "ssm":  # there is no such parameter
        call(**arguments)  # once was enough


def test_every_saying_can_be_played(faulty: Faulty) -> None:
    call = faulty.client("sts").get_caller_identity
    for code, saying in SAYINGS.items():
        faulty.play(calls=[{"service": "*", "code": code}])
        error = refusal_of(call)
        assert error["Error"]["Code"] == code
        assert error["ResponseMetadata"]["HTTPStatusCode"] == saying.status


def test_a_fault_is_bounded_and_meant_for_one_action(faulty: Faulty) -> None:
    faulty.play(calls=[{"service": "ec2", "action": "DescribeVpcs", "code": "X", "message": "no"}])
    ec2 = faulty.client("ec2")
    ec2.describe_subnets()
    faulty.client("sts").get_caller_identity()
    assert refusal_of(ec2.describe_vpcs)["Error"] == {"Code": "X", "Message": "no"}
    ec2.describe_vpcs()
    faulty.play(calls=[{"service": "ec2", "code": "Throttling", "times": 2}])
    faulty.client("ec2", attempts=3).describe_vpcs()  # a client that tries again is served
    faulty.play(calls=[{"service": "ec2", "code": "AccessDenied", "times": "always"}])
    for _ in range(3):
        refusal_of(ec2.describe_vpcs)
    faulty.file.unlink()
    ec2.describe_vpcs()


@pytest.mark.parametrize("text", ["{", '{"calls": [{"code": "Unheard"}]}', '{"calls": [1]}', "[]"])
def test_a_file_that_makes_no_sense_is_said_and_ignored(faulty: Faulty, text: str) -> None:
    faulty.file.write_text(text)
    faulty.client("sts").get_caller_identity()
    assert [line for line in faulty.said if "is ignored" in line]


def test_a_creation_without_capacity_is_rolled_back_and_says_why(faulty: Faulty) -> None:
    refused = {"type": "AWS::EC2::Instance", "code": "InsufficientInstanceCapacity"}
    faulty.play(resources=[refused])
    api = faulty.api
    api.create({**NETWORK, "Machine": instance()})
    assert api.status() == "ROLLBACK_COMPLETE"
    assert len(api.ec2.describe_vpcs()["Vpcs"]) == 1  # the account's own
    said = api.stacks.describe_stack_events(StackName="T")["StackEvents"]
    (failure,) = (it for it in said if it["ResourceStatus"] == "CREATE_FAILED")
    assert failure["LogicalResourceId"] == "Machine"
    assert failure["ResourceType"] == "AWS::EC2::Instance"
    assert "do not have sufficient t2.large capacity" in failure["ResourceStatusReason"]
    assert "HandlerErrorCode: GeneralServiceException" in failure["ResourceStatusReason"]
    assert [it["ResourceStatus"] for it in said[::-1] if it["LogicalResourceId"] == "T"] == [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
    ]


def test_an_update_without_capacity_is_rolled_back_and_the_next_one_goes_through(
    faulty: Faulty,
) -> None:
    api = faulty.api
    api.create({**NETWORK, "Machine": instance()})
    before = api.physical_id("Machine")
    faulty.play(resources=[{"type": "AWS::EC2::Instance", "code": "InsufficientInstanceCapacity"}])
    changed = {**NETWORK, "Machine": instance("#!/bin/bash\necho new\n")}
    api.update(changed)
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert api.physical_id("Machine") == before
    assert [it["InstanceId"] for it in api.instances("running")] == [before]
    api.update(changed)
    assert api.status() == "UPDATE_COMPLETE"
    assert api.physical_id("Machine") != before


def test_a_roll_back_that_fails_is_said(faulty: Faulty) -> None:
    api = faulty.api
    tagged = {"Tags": [{"Key": "colour", "Value": "blue"}]}
    api.create(NETWORK)
    faulty.play(
        resources=[
            {"type": "AWS::EC2::Subnet", "operation": "update", "code": "AccessDenied", "times": 2}
        ]
    )
    subnet = {**NETWORK["SubnetA"]["Properties"], **tagged}
    api.update({**NETWORK, "SubnetA": {"Type": "AWS::EC2::Subnet", "Properties": subnet}})
    assert api.status() == "UPDATE_ROLLBACK_FAILED"
    assert "T UPDATE_ROLLBACK_FAILED The following resource(s) failed to update: [SubnetA]." in (
        events(api)
    )


def test_a_deletion_that_is_refused_is_said_and_may_be_repeated(faulty: Faulty) -> None:
    api = faulty.api
    api.create(NETWORK)
    faulty.play(
        resources=[
            {
                "type": "AWS::EC2::VPC",
                "operation": "delete",
                "code": "DependencyViolation",
                "times": 2,
            }
        ]
    )
    api.stacks.delete_stack(StackName="T")
    assert api.status() == "DELETE_FAILED"
    assert "T DELETE_FAILED The following resource(s) failed to delete: [Vpc]." in events(api)
    faulty.file.unlink()
    api.stacks.delete_stack(StackName="T")
    assert not api.stacks.list_stacks(StackStatusFilter=["DELETE_FAILED"])["StackSummaries"]


def test_a_stack_is_in_any_status_for_as_long_as_it_was_said(faulty: Faulty) -> None:
    api = faulty.api
    api.create(NETWORK)
    faulty.play(stacks=[{"name": "T", "status": "UPDATE_IN_PROGRESS", "looks": 2}])
    assert [api.status() for _ in range(3)] == ["UPDATE_IN_PROGRESS"] * 2 + ["CREATE_COMPLETE"]
    faulty.play(stacks=[{"name": "T", "status": "UPDATE_FAILED"}])
    assert [api.status() for _ in range(3)] == ["UPDATE_FAILED"] * 3
    error = refusal_of(lambda: api.update({"Vpc": NETWORK["Vpc"]}))
    assert "is in UPDATE_FAILED state and can not be updated" in error["Error"]["Message"]
    faulty.play(
        stacks=[
            {"name": "T", "status": "UPDATE_IN_PROGRESS", "looks": 1, "then": "UPDATE_COMPLETE"}
        ]
    )
    error = refusal_of(lambda: api.stacks.delete_stack(StackName="T"))
    assert "cannot be deleted while in status UPDATE_IN_PROGRESS" in error["Error"]["Message"]
    assert [api.status() for _ in range(2)] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"account": {"lostZones": "us-east-1a"}},
            'account.lostZones is "us-east-1a"; allowed is a list of zones',
        ),
        ({"account": {"lostZones": ["us-east-1"]}}, 'account.lostZones is ["us-east-1"]; allowed'),
        ({"account": {"lostZone": []}}, "account.lostZone is no key; allowed are plan, types,"),
        ({"account": {"zonesWithout": {"mars-1a": []}}}, "account.zonesWithout is"),
        ({"account": {"egress": []}}, "account.egress is []; allowed is a list of at least one"),
        ({"account": {"loadBalancers": "no"}}, 'account.loadBalancers is "no"; allowed is true or'),
        ({"account": []}, "account is []; allowed is a mapping"),
        ({"zones": []}, "zones is no key; allowed are calls, resources, stacks, account"),
        ({"calls": {}}, "calls is {}; allowed is a list"),
        ({"calls": [{}, 7]}, "calls[0].code is missing"),
        ({"calls": [{"code": "Throttling", "times": -1}]}, "calls[0].times is -1; allowed is"),
        ({"calls": [{"code": "Mine"}]}, 'calls[0].code is "Mine", which needs a message'),
        ({"stacks": [{"name": "T"}]}, "stacks[0].status is missing"),
        ([], "the whole is []; allowed is a mapping"),
    ],
)
def test_a_file_with_a_mistake_is_ignored_and_the_mistake_said(
    tmp_path: Path, content: Any, message: str
) -> None:
    said: list[str] = []
    faults = Faults(tmp_path / "faults.json", said.append)
    faults.file.write_text(json.dumps(content))
    assert faults.account() == {}
    assert faults.account() == {}
    assert len(said) == 1
    assert f"error: all of {faults.file} is ignored: {message}" in said[0]
    faults.file.write_text(json.dumps({"account": {"lostZones": ["us-east-1a"]}}))
    assert faults.account() == {"lostZones": ["us-east-1a"]}
    assert len(said) == 1
