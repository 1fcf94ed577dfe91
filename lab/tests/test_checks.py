"""doctor names each thing that keeps a lab from being deployed to an account, with the command that mends it."""

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError, UnauthorizedSSOTokenError

from lab import cli, doctor, topology
from lab.account import checks, clock, quotas
from lab.aws import stack
from lab.machine import prerequisites
from lab.machine.prerequisites import Finding
from lab.profile import STACK, TOOLKIT_STACK, Profile

AWS = Profile("aws")
TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
TAGS = [{"Key": "leadline:lab", "Value": STACK}]
Answer = Callable[[dict[str, Any]], Any]


class Calls:
    """Answers some calls in AWS's stead; the others are the emulated account's."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.quotas = {"L-1216C47A": 32.0, "L-F678F1CE": 5.0, "L-0263D0A3": 5.0, "L-53DA6B97": 50.0}
        self.answers["GetServiceQuota"] = lambda asked: {
            "Quota": {"Value": self.quotas[asked["QuotaCode"]]}
        }
        # Services that moto has not.
        self.answers["SimulatePrincipalPolicy"] = lambda asked: {
            "EvaluationResults": [
                {"EvalActionName": it, "EvalDecision": "allowed"} for it in asked["ActionNames"]
            ]
        }
        self.refuse("CreateLoadBalancer", "SubnetNotFound")
        self.refuse("GetAccountPlanState", "ResourceNotFoundException")

    def refuse(self, operation: str, code: str, **headers: str) -> None:
        def raises(_asked: dict[str, Any]) -> None:
            refusal = {"Error": {"Code": code, "Message": "no"}}
            raise ClientError({**refusal, "ResponseMetadata": {"HTTPHeaders": headers}}, operation)

        self.answers[operation] = raises


@pytest.fixture
def calls(account: None, state: object, monkeypatch: pytest.MonkeyPatch) -> Calls:  # noqa: ARG001 - it stands on both
    calls = Calls()
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, asked: dict[str, Any]) -> Any:
        answer = calls.answers.get(operation)
        return answer(asked) if answer else real(self, operation, asked)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    monkeypatch.setattr(doctor, "machine", lambda _name, _port: [Finding("JDK", "17", True)])
    return calls


def found(name: str = "aws") -> dict[str, Finding]:
    return {it.what: it for it in checks.findings(Profile(name))}


@pytest.mark.usefixtures("calls")
def test_an_empty_account_is_ready() -> None:
    looked_at = found()
    assert {it.ok for it in looked_at.values()} == {True}, looked_at
    assert len(looked_at) >= 12
    assert "up makes it" in looked_at["bootstrap of the CDK"].found
    # 4 x t2.large with 2, 5 x t2.micro with 1, a t3.small with 2
    vcpus = looked_at["vCPUs of on-demand standard instances"].found
    assert vcpus == "0 of 32 in use, the lab needs 15 more"


def test_each_kind_that_is_compared_has_a_quota_of_its_own(calls: Calls) -> None:
    """Catches a lab that fails after minutes, at its third Classic Load Balancer."""
    refused = calls.answers.pop("CreateLoadBalancer")
    for n in range(18):
        boto3.client("elb").create_load_balancer(
            LoadBalancerName=f"others-{n}",
            Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
            AvailabilityZones=["us-east-1a"],
        )
    calls.answers["CreateLoadBalancer"] = refused
    calls.quotas |= {"L-69A177A2": 50.0, "L-E9E9831D": 20.0}
    plan = topology.read({"compare": "nlb,clb,leadline"})
    looked_at = {it.what: it for it in checks.findings(AWS, plan)}
    assert looked_at["Network Load Balancers"].found == "0 of 50 in use, the lab needs 1 more"
    short = looked_at["Classic Load Balancers"]
    assert short.ok is False
    assert short.found == "18 of 20 in use, the lab needs 3 more"
    assert "--quota-code L-E9E9831D --desired-value 21" in short.remedy
    assert "Application Load Balancers" not in looked_at


def test_each_kind_that_is_compared_is_asked_for(calls: Calls) -> None:
    def refuses(asked: dict[str, Any]) -> None:
        classic = "Listeners" in asked
        code = (
            "OperationNotPermitted" if classic or asked["Type"] == "network" else "SubnetNotFound"
        )
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "CreateLoadBalancer")

    calls.answers["CreateLoadBalancer"] = refuses
    calls.quotas |= {"L-69A177A2": 50.0, "L-E9E9831D": 20.0}
    plan = topology.read({"compare": "alb,nlb,clb,leadline"})
    looked_at = {it.what: it for it in checks.findings(AWS, plan)}
    asked = looked_at["permission for load balancers"]
    assert asked.ok is False
    assert "any Network Load Balancer or Classic Load Balancer" in asked.found
    assert found()["permission for load balancers"].ok


@pytest.mark.parametrize(
    ("code", "profile", "says", "cure"),
    [
        ("ExpiredToken", "aws", "has expired", "aws sso login"),
        ("ExpiredTokenException", "academy", "has expired", "AWS Details"),
        ("InvalidClientTokenId", "aws", "does not accept", "aws configure"),
        ("SignatureDoesNotMatch", "aws", "does not accept", "aws configure"),
    ],
)
def test_bad_credentials_are_all_that_is_said(
    calls: Calls, code: str, profile: str, says: str, cure: str
) -> None:
    calls.refuse("GetCallerIdentity", code)
    (only,) = checks.findings(Profile(profile))
    assert only.ok is False
    assert says in only.found
    assert cure in only.remedy


def test_an_sso_session_that_ended(calls: Calls) -> None:
    def ended(_asked: dict[str, Any]) -> None:
        raise UnauthorizedSSOTokenError

    calls.answers["GetCallerIdentity"] = ended
    assert checks.findings(AWS)[0].remedy == "aws sso login"


def test_no_credentials_are_a_failure_only_for_who_asks_for_an_account(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calls
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert cli.main(["doctor"]) == 0
    assert "no AWS credentials" in capsys.readouterr().out
    assert cli.main(["doctor", "--profile", "aws"]) == 1
    assert "-> aws configure" in capsys.readouterr().out
    assert cli.main(["doctor", "--profile", "local"]) == 0


def test_a_region_that_is_missing_unknown_or_not_enabled(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found("academy")["region"].ok
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert found("aws")["region"].ok
    elsewhere = found("academy")["region"]
    assert (elsewhere.ok, elsewhere.remedy) == (False, "export AWS_REGION=us-east-1")

    regions = [{"RegionName": "ap-east-1", "OptInStatus": "not-opted-in"}]
    calls.answers["DescribeRegions"] = lambda _asked: {"Regions": regions}
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-east-1")
    closed = found()["region"]
    assert closed.ok is False
    assert closed.remedy == "aws account enable-region --region-name ap-east-1"

    calls.refuse("DescribeRegions", "InvalidParameterValue")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-esat-1")
    assert found()["region"].found == "there is no region us-esat-1"

    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert found()["region"].found == "none is set"


@pytest.mark.parametrize(
    ("status", "ok"),
    [
        ("CREATE_COMPLETE", True),
        ("ROLLBACK_COMPLETE", True),  # up makes it anew
        ("DELETE_FAILED", True),
        ("UPDATE_ROLLBACK_FAILED", False),
    ],
)
@pytest.mark.usefixtures("calls")
def test_a_bootstrap_that_failed(status: str, ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        stack, "status", lambda _profile, name=STACK: status if name == TOOLKIT_STACK else None
    )
    bootstrap = found()["bootstrap of the CDK"]
    assert bootstrap.ok is ok
    assert status in bootstrap.found
    # not the CDK's stack alone: its role is the only one that may remove the lab's
    assert ok or bootstrap.remedy == "./deploy.sh destroy --profile aws"


@pytest.mark.usefixtures("calls")
def test_a_lab_that_takes_no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "status", lambda *_: "UPDATE_ROLLBACK_FAILED")
    lab = found()[f"the stack {STACK}"]
    assert (lab.ok, lab.remedy) == (False, "./deploy.sh destroy --profile aws")


def run(count: int, kind: str, tags: list[dict[str, str]]) -> None:
    boto3.client("ec2").run_instances(
        ImageId="ami-12c6146b",
        InstanceType=kind,
        MinCount=count,
        MaxCount=count,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )


def test_vcpus_that_others_use_count_and_the_labs_own_are_not_needed_twice(calls: Calls) -> None:
    what = "vCPUs of on-demand standard instances"
    run(3, "m5.xlarge", [{"Key": "Name", "Value": "other"}])  # 12
    run(1, "g4dn.xlarge", [{"Key": "Name", "Value": "not standard"}])
    run(2, "t2.large", TAGS)  # 4 of the lab's 15
    assert found()[what].found == "16 of 32 in use, the lab needs 11 more"
    assert found()[what].ok
    calls.quotas["L-1216C47A"] = 26.0
    short = found()[what]
    assert short.ok is False
    fewer = topology.read({"topology": shlex.split(short.remedy)[-1].removeprefix("topology=")})
    assert fewer.instance_counts == {"t2.large": 4, "t2.micro": 4, "t3.small": 1}
    calls.quotas["L-1216C47A"] = 16.0  # not even one of each cluster fits beside what others run
    short = found()[what]
    assert short.remedy.startswith("aws service-quotas request-service-quota-increase")
    assert short.remedy.endswith("--quota-code L-1216C47A --desired-value 27")


def test_one_target_of_each_cluster_may_be_all_that_fits() -> None:
    shared = topology.read({"topology": json.dumps(topology.read({}).sharing_a_host().declared)})
    for plan, least in ((shared, 2), (topology.read({}), 3)):

        def fewest(counts: dict[str, int], least: int = least) -> bool:
            return sum(counts.values()) <= least

        fewer = plan.that_fits(fewest)
        assert fewer is not None
        assert [it["count"] for it in fewer.declared["clusters"]] == [1, 1]
        assert plan.that_fits(lambda _counts: False) is None


def test_networks_and_addresses(calls: Calls) -> None:
    ec2 = boto3.client("ec2")
    for _ in range(4):  # beside the account's own
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    for _ in range(5):
        ec2.allocate_address(Domain="vpc")
    assert {found()[what].ok for what in ("VPCs", "Elastic IP addresses")} == {False}
    calls.quotas |= {"L-F678F1CE": 6.0, "L-0263D0A3": 6.0}
    assert {found()[what].ok for what in ("VPCs", "Elastic IP addresses")} == {True}
    # a lab that is up has its own
    calls.quotas |= {"L-F678F1CE": 6.0, "L-0263D0A3": 6.0}
    vpc = [{"ResourceType": "vpc", "Tags": TAGS}]
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=vpc)
    assert found()["VPCs"].found == "6 of 6 in use, the lab needs 0 more"


@pytest.mark.usefixtures("calls")
def test_a_load_generator_has_an_address_too() -> None:
    def needed() -> str:
        plan = topology.read({"loadGenerator": "t3.medium"})
        return quotas.addresses("it", AWS, plan).found.partition(", ")[2]

    assert needed() == "the lab needs 2 more"
    address = [{"ResourceType": "elastic-ip", "Tags": TAGS}]
    boto3.client("ec2").allocate_address(Domain="vpc", TagSpecifications=address)
    assert needed() == "the lab needs 1 more"
    assert found()["VPCs"].ok


def test_what_may_not_be_asked_is_not_said_to_be_fine(
    calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.refuse("GetServiceQuota", "AccessDeniedException")
    unknown = [it for it in checks.findings(AWS) if it.ok is None]
    assert len(unknown) == 4
    assert all("could not be checked: GetServiceQuota" in it.found for it in unknown)
    assert cli.main(["doctor"]) == 0  # not known to be a fault, either
    assert capsys.readouterr().out.count("unknown") == 4


def test_a_quota_that_the_account_has_no_value_of_is_amazons_default(calls: Calls) -> None:
    calls.refuse("GetServiceQuota", "NoSuchResourceException")
    calls.answers["GetAWSDefaultServiceQuota"] = lambda _asked: {"Quota": {"Value": 5.0}}
    assert found()["VPCs"].found == "1 of 5 in use, the lab needs 1 more"


@pytest.mark.parametrize(
    ("date", "found_", "ok"),
    [
        ("Fri, 02 Jan 2026 12:00:30 GMT", "within 60 s of AWS's", True),
        ("Fri, 02 Jan 2026 12:07:00 GMT", "7 minutes behind AWS's", False),
        ("Fri, 02 Jan 2026 11:58:45 GMT", "75 s ahead of AWS's", False),
    ],
)
def test_the_clock_is_compared_with_awss(date: str, found_: str, ok: bool) -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    seen = clock.compare(answer, datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert seen is not None
    assert (seen.found, seen.ok) == (found_, ok)
    assert clock.compare({}, datetime.now(UTC)) is None


def test_a_wrong_clock_is_not_called_wrong_credentials(calls: Calls) -> None:
    """AWS refuses good credentials where the clock is more than five minutes off."""
    calls.refuse("GetCallerIdentity", "SignatureDoesNotMatch", date="Fri, 02 Jan 2026 12:00:00 GMT")
    (only,) = checks.findings(AWS)
    assert (only.what, only.ok) == ("clock", False)
    assert "ahead of" in only.found
    assert "timedatectl" in only.remedy


def test_permissions_that_the_caller_has_not(calls: Calls) -> None:
    allowed = calls.answers["SimulatePrincipalPolicy"]

    def simulated(asked: dict[str, Any]) -> dict[str, Any]:
        for it in asked["ResourceArns"]:
            assert "ACCOUNT" not in it
            assert "REGION" not in it
        answer = allowed(asked)
        for it in answer["EvaluationResults"]:
            if it["EvalActionName"] in ("iam:CreateRole", "ec2:DescribeInstances"):
                it["EvalDecision"] = "implicitDeny"
        return answer

    calls.answers["SimulatePrincipalPolicy"] = simulated
    who = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ada"}
    calls.answers["GetCallerIdentity"] = lambda _asked: who
    seen = found()["permissions of up"]
    assert seen.ok is False
    assert (
        seen.found
        == "arn:aws:iam::123456789012:user/ada may not ec2:DescribeInstances, iam:CreateRole"
    )
    assert "./deploy.sh permissions up --profile aws" in seen.remedy

    role = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Students"
    calls.answers["GetRole"] = lambda asked: {"Role": {"Arn": role + asked["RoleName"]}}
    who["Arn"] = "arn:aws:sts::123456789012:assumed-role/Students/ada"
    assert found()["permissions of up"].found.startswith(f"{role}Students may not")
    calls.refuse("SimulatePrincipalPolicy", "AccessDenied")
    assert found()["permissions of up"].ok is None
    who["Arn"] = "arn:aws:iam::123456789012:root"
    assert found()["permissions of up"].ok


@pytest.mark.usefixtures("calls")
def test_a_learner_lab_has_no_room_for_ten() -> None:
    room = found("academy")["instances"]
    assert room.ok is False
    assert room.remedy.startswith("./deploy.sh up --profile academy -c topology=")


def test_json_has_every_check_and_the_exit_code_is_the_same(
    calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.quotas["L-1216C47A"] = 5.0
    assert cli.main(["doctor", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)  # one document, and nothing else
    assert shown["ok"] is False
    assert shown["machine"] == [{"what": "JDK", "state": "ok", "found": "17"}]
    failed = [it for it in shown["account"] if it["state"] == "failed"]
    assert [it["what"] for it in failed] == ["vCPUs of on-demand standard instances"]
    assert '"count":1' in failed[0]["cure"]
    assert {it["state"] for it in shown["account"]} == {"ok", "failed"}
    assert prerequisites.Finding("x", "y", None).ok is None


def test_permissions_for_an_option_are_missed_only_with_the_option(calls: Calls) -> None:
    """Catches a refusal to create a lab for want of what this lab does not do."""
    calls.answers["GetCallerIdentity"] = lambda _asked: {
        "Account": "123456789012",
        "Arn": "arn:aws:iam::123456789012:user/ada",
    }
    calls.answers["SimulatePrincipalPolicy"] = lambda asked: {
        "EvaluationResults": [
            {
                "EvalActionName": it,
                "EvalDecision": "implicitDeny" if it == "ssm:SendCommand" else "allowed",
            }
            for it in asked["ActionNames"]
        ]
    }
    for context, ok in (({}, True), ({"loadGenerator": "t3.medium"}, False)):
        looked_at = {it.what: it for it in checks.findings(AWS, topology.read(context))}
        assert looked_at["permissions of up"].ok is ok
