"""destroy asks for every type of resource, and believes the tag index only where the resource's own service agrees."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lab import cli
from lab.aws import stack
from lab.profile import BUDGET_STACK, STACK, Profile
from lab.removal import leftovers, tagged

AWS = Profile("aws")
TAGS = [{"Key": "leadline:lab", "Value": STACK}]
PLAIN = {"leadline:lab": STACK}
HERE = "us-east-1:123456789012"
pytestmark = pytest.mark.usefixtures("account", "state")


class Index:
    """A tag index that lists what the test says, beside the real emulated services."""

    def __init__(self, *arns: str) -> None:
        self.arns = arns

    def get_paginator(self, _operation: str) -> "Index":
        return self

    def paginate(self, TagFilters: list[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: N803 - boto3's names
        assert TagFilters == [{"Key": "leadline:lab", "Values": [STACK, BUDGET_STACK]}]
        return [{"ResourceTagMappingList": [{"ResourceARN": arn} for arn in self.arns]}]


def list_in_index(monkeypatch: pytest.MonkeyPatch, *arns: str) -> None:
    real = stack.client

    def client(profile: Profile, service: str, region: str | None = None) -> Any:
        return (
            Index(*arns)
            if service == "resourcegroupstaggingapi"
            else real(profile, service, region)
        )

    monkeypatch.setattr(stack, "client", client)


def test_each_service_is_asked_about_what_the_index_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("logs").create_log_group(logGroupName="/leadline/balancer")
    boto3.client("s3").create_bucket(Bucket="leadline-logs")
    topic = boto3.client("sns").create_topic(Name="Leadline-Alarms")["TopicArn"]
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="p99",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        MetricName="x",
        Namespace="y",
        Period=60,
        Statistic="Sum",
    )
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    template = ec2.create_launch_template(
        LaunchTemplateName="x", LaunchTemplateData={"InstanceType": "t2.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    there = [
        f"arn:aws:logs:{HERE}:log-group:/leadline/balancer",
        "arn:aws:s3:::leadline-logs",
        topic,
        f"arn:aws:cloudwatch:{HERE}:alarm:p99",
        f"arn:aws:ec2:{HERE}:subnet/{subnet}",
        f"arn:aws:ec2:{HERE}:launch-template/{template}",
    ]
    gone = [
        f"arn:aws:logs:{HERE}:log-group:/leadline",  # the beginning of another's name
        "arn:aws:s3:::leadline-other",
        f"arn:aws:sns:{HERE}:Leadline-Gone",
        f"arn:aws:cloudwatch:{HERE}:alarm:p9",
        f"arn:aws:ec2:{HERE}:subnet/subnet-0123456789abcdef0",
        f"arn:aws:ec2:{HERE}:instance/i-0123456789abcdef0",
        f"arn:aws:ec2:{HERE}:elastic-ip/eipalloc-0123456789abcdef0",
        f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/x/0123456789abcdef",
        f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/x/0123456789abcdef",
        f"arn:aws:cloudformation:{HERE}:stack/Leadline/0123",
        "arn:aws:iam::123456789012:instance-profile/Leadline-x",
    ]
    unknown = [f"arn:aws:quantum:{HERE}:cat/alive", f"arn:aws:ec2:{HERE}:new-thing/x"]
    list_in_index(monkeypatch, *there, *gone, *unknown)
    left = leftovers.of_account(AWS)
    assert left.certain == there
    assert left.perhaps == unknown
    assert left.not_asked == []


def test_a_terminated_instance_that_is_still_described_is_gone() -> None:
    ec2 = boto3.client("ec2")
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    kept, ended = (it["InstanceId"] for it in made)
    ec2.terminate_instances(InstanceIds=[ended])
    assert tagged.is_there(AWS, f"arn:aws:ec2:{HERE}:instance/{kept}")
    assert tagged.is_there(AWS, f"arn:aws:ec2:{HERE}:instance/{ended}") is False


def test_what_has_no_tags_is_found_by_its_stacks_name() -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    for name in ("Leadline-Balancer123", "LeadlineBudget-x", "Leadlines-other", "Other"):
        boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    here, elsewhere = "Leadline-us-east-1", "Leadline-us-west-2"
    for name in (here, elsewhere, "Other"):
        boto3.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody="{}")
    found = leftovers.of_account(AWS).certain
    assert sorted(found) == [
        *(f"dashboard {here}", "role Leadline-Balancer123", "role LeadlineBudget-x")
    ]
    assert leftovers.of_account(Profile("academy")).certain == [f"dashboard {here}"]


def test_what_is_found_by_tag_is_named_once() -> None:
    """The emulated index lists the network that EC2 was asked for by tag already."""
    vpc = boto3.client("ec2").create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": TAGS}]
    )["Vpc"]["VpcId"]
    boto3.client("logs").create_log_group(logGroupName="/leadline/x", tags=PLAIN)
    left = leftovers.of_account(AWS)
    assert left.certain[0] == f"network {vpc}"
    assert [it for it in left.certain if vpc in it] == [f"network {vpc}"]
    assert any("log-group:/leadline/x" in it for it in left.certain)


def test_a_service_that_refuses_is_named_and_not_taken_for_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = stack.client

    def client(profile: Profile, service: str, region: str | None = None) -> Any:
        if service in ("resourcegroupstaggingapi", "iam"):
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "x")
        return real(profile, service, region)

    monkeypatch.setattr(stack, "client", client)
    assert cli.main(["destroy", "--profile", "aws", "--yes"]) == 0
    said = capsys.readouterr()
    assert "the tag index (AccessDeniedException) could not be asked" in said.err
    assert "IAM's roles (AccessDeniedException) could not be asked" in said.err
    assert "Nothing of the lab is left as far as could be asked" in said.out


def test_destroy_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in (STACK, BUDGET_STACK):
        boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    destroy = ["destroy", "--profile", "aws", "--yes", "--json"]
    assert cli.main(destroy) == 0
    nothing = {"profile": "aws", "left": [], "mayStillBeListed": [], "notAsked": []}
    assert json.loads(capsys.readouterr().out) == nothing
    assert stack.status(AWS, BUDGET_STACK) is None

    boto3.client("logs").create_log_group(logGroupName="/leadline/x", tags=PLAIN)
    AWS.state.mkdir(parents=True, exist_ok=True)
    AWS.deployment_file.write_text("{}")
    assert cli.main(destroy) == 1
    said = capsys.readouterr()
    (left,) = json.loads(said.out)["left"]
    assert "log-group:/leadline/x" in left
    assert left in said.err.replace("\n", " ")
    assert AWS.deployment_file.exists()  # destroy tries again
