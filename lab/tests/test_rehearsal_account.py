"""What a rehearsal asks the account and the balancers, on an account that moto plays."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest

from lab.aws import stack
from lab.console import Step
from lab.machine.prerequisites import Finding
from lab.profile import STACK, Profile
from lab.rehearsal import account_rows
from lab.running import fleet

AWS, LOCAL = Profile("aws"), Profile("local")
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}
INSTANCE = {
    "Type": "AWS::EC2::Instance",
    "Properties": {"BlockDeviceMappings": [{"Ebs": {"Encrypted": True}}]},
}
TEMPLATE = {"Resources": {"A": ALARM, "B": ALARM, "I": INSTANCE}}
pytestmark = pytest.mark.usefixtures("account")


def alarm(name: str, state: str) -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="m",
        Namespace="n",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="r")


@pytest.mark.parametrize(
    ("states", "ok"),
    [(("OK", "INSUFFICIENT_DATA"), True), (("OK", "ALARM"), False), (("OK",), False)],
)
def test_all_alarms_are_there_and_none_is_raised(states: tuple[str, ...], ok: bool) -> None:
    alarm("Somebody-elses", "ALARM")
    for number, state in enumerate(states):
        alarm(f"Leadline-{number}", state)
    found = account_rows.alarms(AWS, TEMPLATE)
    assert found.ok is ok
    assert found.found.startswith(f"{len(states)} of 2, 1 OK")
    assert ("Leadline-1" in found.found) is ("ALARM" in states)


@pytest.mark.parametrize(
    ("reasons", "ok"),
    [
        ({"i-1": "SUCCESS", "i-2": "SUCCESS"}, True),
        ({"i-1": "SUCCESS", "i-2": "FAILURE"}, False),
        ({"i-1": "SUCCESS"}, False),
    ],
)
def test_every_instance_must_have_signalled(
    reasons: dict[str, str], ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [{"ResourceStatusReason": "Resource creation Initiated"}, {}]
    events += [
        {"ResourceStatusReason": f"Received {what} signal with UniqueId {id_}"}
        for id_, what in reasons.items()
    ]

    class CloudFormation:
        def get_paginator(self, _name: str) -> "CloudFormation":
            return self

        def paginate(self, **_: str) -> list[dict]:
            return [{"StackEvents": events}]

    monkeypatch.setattr(stack, "client", lambda *_: CloudFormation())
    monkeypatch.setattr(
        fleet, "instances", lambda _profile: [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]
    )
    assert account_rows.signals(AWS).ok is ok


@pytest.mark.parametrize("encrypted", [True, False])
def test_disks_must_be_as_the_template_wants_them(
    encrypted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ec2 = boto3.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=encrypted)
    disk = {"Ebs": {"VolumeId": volume["VolumeId"]}}
    monkeypatch.setattr(fleet, "instances", lambda _profile: [{"BlockDeviceMappings": [disk]}])
    assert account_rows.disks(AWS, TEMPLATE).ok is encrypted
    assert account_rows.disks(AWS, {"Resources": {}}).ok is True


def test_a_port_that_can_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    instances = [{"PublicIpAddress": "127.0.0.1"}, {}]
    monkeypatch.setattr(fleet, "instances", lambda _profile: instances)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setattr(account_rows, "CLOSED_PORTS", (port,))
        monkeypatch.setattr(account_rows, "SSH_PORT", port)
        found = account_rows.closed_ports(AWS)
        assert (found.ok, found.found) == (False, f"{port} can be reached")
    assert account_rows.closed_ports(AWS).ok is True


def test_with_a_key_pair_ssh_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    instances = [{"PublicIpAddress": "127.0.0.1", "KeyName": "laptop"}]
    monkeypatch.setattr(fleet, "instances", lambda _profile: instances)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        monkeypatch.setattr(account_rows, "SSH_PORT", listening.getsockname()[1])
        monkeypatch.setattr(account_rows, "CLOSED_PORTS", ())
        assert account_rows.closed_ports(AWS).ok is True


def test_the_test_of_the_bucket_is_no_access_log() -> None:
    boto3.client("cloudformation").create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(
            {"Resources": {"AlbAccessLogsBucket1": {"Type": "AWS::S3::Bucket"}}}
        ),
    )
    s3 = boto3.client("s3")
    (bucket,) = [it["Name"] for it in s3.list_buckets()["Buckets"]]
    assert account_rows.access_log(AWS).ok is False
    s3.put_object(Bucket=bucket, Key="AWSLogs/1/ELBAccessLogTestFile")
    assert account_rows.access_log(AWS).ok is False
    s3.put_object(Bucket=bucket, Key="AWSLogs/1/elasticloadbalancing/us-east-1/2026/x.log.gz")
    found = account_rows.access_log(AWS)
    assert (found.ok, found.found) == (True, "1 files delivered")


@pytest.mark.parametrize(("sent", "ok"), [(60, True), (61, False)])
def test_cloudwatch_must_have_counted_every_request(sent: int, ok: bool) -> None:
    since = datetime.now(UTC)
    dimensions = [{"Name": "Balancer", "Value": "i-1"}]
    data = [
        {"MetricName": "RequestCount", "Dimensions": dimensions, "Value": 30, "Timestamp": since}
    ]
    for _ in range(2):
        boto3.client("cloudwatch").put_metric_data(Namespace="Leadline", MetricData=data)
    where = {"namespace": "Leadline", "dimensions": {"Balancer": "i-1"}}
    balancer = {"title": "Leadline", "cloudwatch": where}
    found = account_rows.counted(AWS, balancer, since, sent)
    assert (found.ok, found.found) == (ok, f"60 of the {sent} requests sent")


@pytest.mark.usefixtures("account")
def test_every_kind_is_counted_by_what_it_publishes() -> None:
    """A Network Load Balancer counts connections; of the Classic ones there is one for each path."""
    since = datetime.now(UTC)

    def publish(namespace: str, metric: str, name: str, value: str) -> None:
        data = {"MetricName": metric, "Dimensions": [{"Name": name, "Value": value}], "Value": 10}
        boto3.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[data])

    publish("AWS/NetworkELB", "NewFlowCount", "LoadBalancer", "net/n/2")
    for name in ("one", "two"):
        publish("AWS/ELB", "RequestCount", "LoadBalancerName", name)
    of_nlb = {"namespace": "AWS/NetworkELB", "dimensions": {"LoadBalancer": "net/n/2"}}
    of_clb = {
        "namespace": "AWS/ELB",
        "paths": {f"/{name}": {"LoadBalancerName": name} for name in ("one", "two")},
    }
    for where, sent in ((of_nlb, 10), (of_clb, 20)):
        found = account_rows.counted(AWS, {"title": "it", "cloudwatch": where}, since, sent)
        assert (found.ok, found.found) == (True, f"{sent} of the {sent} requests sent")


@pytest.mark.parametrize("look", ["disks", "alarms", "closed_ports", "access_log"])
def test_what_the_emulator_does_not_have_is_left_open(look: str) -> None:
    arguments = [TEMPLATE] if look in ("disks", "alarms") else []
    assert getattr(account_rows, look)(LOCAL, *arguments).ok is None


@pytest.fixture
def server() -> Iterator[str]:
    """A balancer: /a is answered by its target, /stranger by another one's, /broken not with 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(502 if self.path == "/broken" else 200)
            self.end_headers()
            id_ = "i-2" if self.path == "/stranger" else "i-1"
            self.wfile.write(json.dumps({"instance_id": id_}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/a", "3 of 3 answered with 200, by 1 targets"),
        ("/stranger", "/stranger was answered by i-2 (3x)"),
        ("/broken", "/broken answered 502 (3x)"),
    ],
)
def test_a_path_must_be_answered_by_its_own_targets(server: str, path: str, says: str) -> None:
    balancer = {"title": "Leadline", "url": server}
    found = account_rows.requests(balancer, [{"path": path, "targets": ["i-1"]}], 3)
    assert says in found.found
    assert found.ok is (path == "/a")


def test_a_path_is_asked_for_at_its_own_url(server: str) -> None:
    balancer = {"title": "NLB", "url": "http://127.0.0.1:9", "urls": {"/a": server}}
    assert account_rows.requests(balancer, [{"path": "/a", "targets": ["i-1"]}], 3).ok


def test_a_balancer_that_does_not_answer_is_said() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    found = account_rows.requests({"title": "x", "url": url}, [{"path": "/a", "targets": []}], 1)
    assert (found.ok, "/a answered nothing (1x)" in found.found) == (False, True)


def test_what_comes_late_is_awaited_and_what_has_come_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account_rows, "POLL_SECONDS", {"aws": 0})
    asked = {"early": 0, "late": 0, "never": 0}

    def look(name: str, good_at: int) -> Callable[[], Finding]:
        def once() -> Finding:
            asked[name] += 1
            return Finding(name, str(asked[name]), asked[name] >= good_at)

        return once

    progress: Any = Step()
    found = account_rows.awaited(AWS, [look("early", 1), look("late", 3)], progress)
    assert [it.ok for it in found] == [True, True]
    assert asked == {"early": 1, "late": 3, "never": 0}
    assert progress.detail == "late"
    monkeypatch.setattr(account_rows, "DELIVERY_SECONDS", {"aws": 0})
    (never,) = account_rows.awaited(AWS, [look("never", 99)], Step())
    assert (never.ok, asked["never"]) == (False, 1)
