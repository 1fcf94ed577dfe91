"""Policies of one lab in turn: what the benchmark sees, what it sets, and that all is put back."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile
from lab.running import policies, switching

AWS = Profile("aws")


class Lab:
    """A load balancer with two target groups in moto, and an instance that notes its commands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ec2 = boto3.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.elb = boto3.client("elbv2")
        balancer = self.elb.create_load_balancer(Name="alb", Subnets=subnets)["LoadBalancers"][0]
        self.groups = [
            self.elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)[
                "TargetGroups"
            ][0]["TargetGroupArn"]
            for name in ("one", "two")
        ]
        for arn in self.groups:
            self.elb.create_listener(
                LoadBalancerArn=balancer["LoadBalancerArn"],
                Protocol="HTTP",
                Port=80 + self.groups.index(arn),
                DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
            )
        self.commands: list[str] = []
        self.refused: set[str] = set()
        self.others: dict[str, str] = {}
        outputs = {
            "AlbUrl": "http://alb",
            "LeadlineUrl": "http://leadline",
            "AlbArn": balancer["LoadBalancerArn"],
            "BalancerInstanceId": "i-9",
        }
        monkeypatch.setattr(stack, "outputs", lambda _profile: outputs)
        monkeypatch.setattr(switching, "_run", self.run)
        monkeypatch.setattr(switching.time, "sleep", lambda _seconds: None)

    def run(self, _profile: Profile, instance: str, command: str) -> str:
        assert instance == "i-9"
        assert command.endswith(switching.SCRIPT.read_text() + "END")
        policy = command.partition(" <<'END'\n")[0].removeprefix("bash -s -- ")
        if policy in self.refused:
            raise LabError(f"balancer.yaml:9: policy {policy} is unknown")
        self.commands.append(policy)
        return self.others.get(policy) or re.search("[a-z_]{5,}", policy.replace("name", ""))[0]

    def algorithms(self) -> set[str]:
        found = set()
        for arn in self.groups:
            answer = self.elb.describe_target_group_attributes(TargetGroupArn=arn)
            found |= {
                it["Value"] for it in answer["Attributes"] if it["Key"] == switching.ALGORITHM
            }
        return found

    def described(self) -> dict[str, Any]:
        return {
            "balancers": [
                {
                    "name": "alb",
                    "title": "ALB",
                    "url": "http://alb",
                    "cloudwatch": {"namespace": "A"},
                },
                {"name": "leadline", "title": "Leadline", "url": "http://leadline"},
            ],
            "notes": ["Leadline's own server in round robin stands in for its data plane."],
            "settings": {"policy": "leadline"},
        }


@pytest.fixture
def lab(account: None, state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:  # noqa: ARG001
    AWS.state.mkdir()
    return Lab(monkeypatch)


def post(url: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, method="POST")  # noqa: S310 - the address is the test's own
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def test_the_benchmark_sees_a_balancer_for_each_and_sets_it(lab: Lab) -> None:
    five = policies.names("leadline,least_outstanding_requests,fastest,cloudwatch,round_robin")
    with policies.in_turn(AWS, lab.described(), five) as file:
        assert lab.commands == five  # each is tried before the run
        seen = json.loads(file.read_text())
        settings = {it["name"]: it["setting"] for it in seen["balancers"]}
        assert list(settings) == ["alb-rr", "leadline", "lor", *five[2:], "alb-lor"]
        assert seen["balancers"][0]["title"] == "ALB (round_robin)"
        assert seen["balancers"][0]["cloudwatch"] == seen["balancers"][-1]["cloudwatch"]
        assert settings["lor"]["of"] == "Leadline"
        assert settings["lor"]["value"] == "least_outstanding_requests"

        assert post(settings["fastest"]["url"]) == (200, "")
        assert lab.commands[-1] == "fastest"
        assert post(settings["alb-lor"]["url"]) == (200, "")
        assert lab.algorithms() == {"least_outstanding_requests"}
        assert post(settings["alb-rr"]["url"]) == (200, "")
        assert lab.algorithms() == {"round_robin"}
        lab.refused.add("fastest")
        status, said = post(settings["fastest"]["url"])
        assert status == 500
        assert (
            said
            == "the policy cannot be set to fastest: balancer.yaml:9: policy fastest is unknown"
        )
        assert post(settings["fastest"]["url"].replace("leadline", "other"))[0] == 404
    assert lab.commands[-1] == "leadline"
    assert not file.exists()
    with pytest.raises(OSError, match="refused"):
        post(settings["alb-rr"]["url"])


@pytest.mark.parametrize("end", [KeyboardInterrupt, LabError, SystemExit])
def test_all_is_put_back_however_it_ends(lab: Lab, end: type[BaseException]) -> None:
    def measure() -> None:
        with policies.in_turn(AWS, lab.described(), ["fastest"]) as file:
            post(json.loads(file.read_text())["balancers"][-1]["setting"]["url"])
            raise end("over")

    with pytest.raises(end):
        measure()
    assert lab.algorithms() == {"round_robin"}
    assert lab.commands[-1] == "leadline"
    switching.put_back(AWS)  # nothing is left to do
    assert lab.commands == ["fastest", "leadline"]


def test_a_policy_that_there_is_not_shows_before_the_run(lab: Lab) -> None:
    lab.refused.add("fastset")
    with (
        pytest.raises(LabError, match=r"cannot be set to fastset: balancer\.yaml:9"),
        policies.in_turn(AWS, lab.described(), ["leadline", "fastset"]),
    ):
        pytest.fail("measured")
    assert lab.commands[-1] == "leadline"


def test_a_policy_that_is_not_in_force_afterwards_is_said(lab: Lab) -> None:
    lab.others["fastest"] = "fastest\nleadline\n"
    with pytest.raises(LabError, match="i-9 says that it uses fastest and leadline"):
        switching.Switches(AWS).set_policy("fastest")


def test_what_could_not_be_put_back_is_so_by_the_next_run(lab: Lab) -> None:
    def measure() -> None:
        with policies.in_turn(AWS, lab.described(), ["fastest"]) as file:
            post(json.loads(file.read_text())["balancers"][-1]["setting"]["url"])
            lab.refused.add("leadline")

    with pytest.raises(LabError, match=r"still in force: .*\n.*bench puts it back"):
        measure()
    lab.refused.clear()
    switching.put_back(AWS)
    assert (lab.commands[-1], lab.algorithms()) == ("leadline", {"round_robin"})


def test_a_policy_with_settings_is_put_back_with_them(lab: Lab) -> None:
    own = {"name": "fastest", "probeInterval": "250ms"}
    described = lab.described() | {"settings": {"policy": own}}
    with policies.in_turn(AWS, described, ["leadline"]):
        pass
    assert lab.commands[-1] == """'{"name": "fastest", "probeInterval": "250ms"}'"""


def test_an_update_sets_another_policy_and_no_instance_is_touched(lab: Lab) -> None:
    switching.follow(AWS, "prequal", changed=False)
    assert lab.commands == []
    switching.follow(AWS, "prequal", changed=True)
    assert lab.commands == ["prequal"]


def test_an_update_after_an_unfinished_run_sets_the_new_policy(lab: Lab) -> None:
    note = {"instance": "i-9", "policy": "leadline", "algorithms": {}}
    (AWS.state / "switched.json").write_text(json.dumps(note))
    switching.follow(AWS, "prequal", changed=True)
    assert lab.commands == ["prequal"]


def test_another_instance_has_the_policy_that_it_was_made_with(lab: Lab) -> None:
    gone = {"instance": "i-gone", "policy": "fastest", "algorithms": {"arn:gone": "round_robin"}}
    (AWS.state / "switched.json").write_text(json.dumps(gone))
    switching.put_back(AWS)
    assert lab.commands == []
    assert not (AWS.state / "switched.json").exists()


class Ssm:
    """Systems Manager as boto3 shows it: answers in turn."""

    class exceptions:  # noqa: N801 - boto3's name
        class InvocationDoesNotExist(Exception):  # noqa: N818 - boto3's name
            pass

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def send_command(self, **_: object) -> dict[str, Any]:
        return self._next()

    def get_command_invocation(self, **_: object) -> dict[str, Any]:
        return self._next()

    def _next(self) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


SENT = {"Command": {"CommandId": "c-1"}}
FAILED = {
    "Status": "Failed",
    "StandardErrorContent": "reload refused\nbalancer.yaml:9: no such policy\nfailed to run commands: exit status 1\n",
}


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ((SENT, Ssm.exceptions.InvocationDoesNotExist(), {"Status": "Success"}), None),
        ((SENT, {"Status": "InProgress"}, {"Status": "Success"}), None),
        ((SENT, FAILED), "balancer.yaml:9: no such policy"),
        ((SENT, {"Status": "TimedOut"}), "ended with status TimedOut"),
        (
            (ClientError({"Error": {"Code": "InvalidInstanceId"}}, "SendCommand"),),
            "i-9 is not connected to Systems Manager",
        ),
    ],
)
def test_a_command_is_awaited_and_says_why_it_failed(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[Any, ...], problem: str | None
) -> None:
    ssm = Ssm(*answers)
    monkeypatch.setattr(stack, "client", lambda _profile, _service: ssm)
    monkeypatch.setattr(switching.time, "sleep", lambda _seconds: None)
    if problem:
        with pytest.raises(LabError, match=problem):
            switching._run(AWS, "i-9", "x")
    else:
        switching._run(AWS, "i-9", "x")
    assert ssm.answers == []
