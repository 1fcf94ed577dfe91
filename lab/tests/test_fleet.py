"""What status prints of the targets, and how waiting for them ends."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends

from lab import cli
from lab.aws import stack
from lab.console import Step
from lab.deployment import deployment
from lab.errors import LabError
from lab.plan import Plan
from lab.profile import STACK, Profile
from lab.running import fleet, labfile

AWS = Profile("aws")
IMAGE = "ami-12c6146b"  # one of moto's


def instance(ec2: object, number: int, role: str = "target") -> str:
    tags = {
        "leadline:lab": STACK,
        "leadline:role": role,
        "leadline:number": str(number),
        "leadline:cluster": "cluster1",
    }
    run = ec2.run_instances(
        ImageId=IMAGE,
        InstanceType="t2.micro",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )
    return run["Instances"][0]["InstanceId"]


@pytest.fixture
def lab(account: None, state: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:  # noqa: ARG001 - it stands on both
    """Two targets, one of them stopped, and a balancer; the stack's outputs are those of a complete one."""
    ec2 = boto3.client("ec2")
    ids = [instance(ec2, 2), instance(ec2, 1), instance(ec2, 0, "balancer")]
    ec2.stop_instances(InstanceIds=ids[:1])
    names = ("AlbUrl", "LeadlineUrl", "AlbArn", "BalancerInstanceId")
    monkeypatch.setattr(stack, "outputs", lambda _profile: dict.fromkeys(names, "x"))
    monkeypatch.setattr(stack, "status", lambda _profile: "CREATE_COMPLETE")
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(stack, "created", lambda _profile: datetime.now(UTC) - timedelta(hours=2))
    monkeypatch.setattr(fleet, "_health", lambda _profile: {ids[1]: "unhealthy"})
    return ids


def test_status_json_has_the_documented_shape(
    lab: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--profile", "aws", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {
        *("profile", "stack", "balancers", "balancerInstance", "targets", "lost", "cost", "notes")
    }
    assert (shown["stack"], shown["lost"]) == ("CREATE_COMPLETE", [])
    assert shown["balancerInstance"]["id"] == lab[2]
    assert shown["balancerInstance"]["state"] == "running"
    # the load balancer, addresses and disks of two hours are more than five cents and less than fifty
    assert 0.05 < shown["cost"]["dollars"] < 0.5
    assert "list price" in shown["cost"]["label"]
    assert shown["profile"] == "aws"
    assert shown["balancers"] == {"alb": "x", "leadline": "x"}
    assert [set(it) for it in shown["targets"]] == [
        {"id", "number", "cluster", "type", "address", "state"}
    ] * 2
    # in the order of their numbers; health where it runs, the instance's state where it does not
    assert [(it["number"], it["id"], it["state"]) for it in shown["targets"]] == [
        (1, lab[1], "unhealthy"),
        (2, lab[0], "stopped"),
    ]


def test_a_target_that_hosts_the_balancer_is_both(
    lab: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the report says what that costs."""
    boto3.client("ec2").terminate_instances(InstanceIds=lab[2:])
    boto3.client("ec2").create_tags(
        Resources=lab[1:2], Tags=[{"Key": "leadline:hosts", "Value": "balancer"}]
    )
    assert [it["id"] for it in fleet.balancers(AWS)] == [lab[1]]
    assert [it.id for it in fleet.targets(AWS)] == [lab[1], lab[0]]
    names = {"AlbUrl": "http://a", "LeadlineUrl": "http://l", "AlbArn": "x:loadbalancer/app/x"}
    monkeypatch.setattr(stack, "outputs", lambda _: {**names, "BalancerInstanceId": lab[1]})
    (note,) = labfile.describe(AWS, Plan({}, 0, {}, None, "leadline"), "us-east-1")["notes"]
    assert "runs on the host of target 1 (t2.micro)" in note


@pytest.mark.usefixtures("lab")
def test_an_incomplete_stack_is_a_sentence_not_a_stack_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "outputs", lambda _profile: {})
    monkeypatch.setattr(stack, "status", lambda _profile: "ROLLBACK_COMPLETE")
    assert cli.main(["status", "--profile", "aws"]) == 1
    assert "ROLLBACK_COMPLETE and not complete" in capsys.readouterr().err


@pytest.mark.usefixtures("lab")
def test_bench_does_not_measure_a_lab_that_is_not_healthy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["bench", "--profile", "aws"]) == 1
    said = capsys.readouterr().err
    assert "0 of 2 targets are healthy (others: stopped, unhealthy)" in said


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", 0, "as it was before"),
        ("UPDATE_ROLLBACK_FAILED", 1, "continue-update-rollback"),
        ("DELETE_FAILED", 1, "destroy tries again"),
        ("REVIEW_IN_PROGRESS", 1, "never executed"),
        ("UPDATE_IN_PROGRESS", 0, "still at work"),
    ],
)
@pytest.mark.usefixtures("lab")
def test_a_stack_that_is_not_well_is_explained_and_no_success(
    status: str,
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(stack, "status", lambda _profile: status)
    assert cli.main(["status", "--profile", "aws"]) == code
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("lab")
def test_status_says_how_to_start_what_a_session_s_end_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["status", "--profile", "academy"]) == 0
    said = capsys.readouterr()
    assert "1 of 3 instances are stopped; ./deploy.sh start --profile academy" in said.err
    assert "balancer" in said.out


@pytest.mark.parametrize("verb", ["status", "start"])
def test_an_instance_that_is_no_more_is_named(
    verb: str,
    lab: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "lost", lambda _profile: [fleet.Lost(lab[1], "leadline-a-2")])
    assert cli.main([verb, "--profile", "academy"]) == (1 if verb == "start" else 0)
    said = capsys.readouterr().err
    assert f"leadline-a-2 ({lab[1]}): terminated" in said
    assert "./deploy.sh destroy --profile academy" in said


@pytest.mark.usefixtures("state")
def test_an_error_is_json_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json"]) == 2
    said = capsys.readouterr()
    shown = json.loads(said.out)
    assert shown["exitCode"] == 2
    assert shown["error"] in said.err.replace("\n", " ")


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
@pytest.mark.parametrize("verb", ["up", "status", "bench", "stop", "start", "destroy", "dashboard"])
@pytest.mark.usefixtures("account", "state")
def test_an_expired_session_is_explained_by_every_verb(
    verb: str, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "expired"}}, "DescribeStacks")

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    more = ["--yes", "-c", "allowedCidr=203.0.113.7/32"] if verb == "up" else []
    assert cli.main([verb, "--profile", "academy", *more]) == 1
    said = capsys.readouterr().err
    assert "the AWS credentials have expired: get new ones (in a Learner Lab: AWS Details" in said


@pytest.mark.parametrize("first", ["stopped", "stopping", "running"])
def test_start_takes_instances_as_the_session_left_them(
    first: str, lab: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """EC2 refuses to start what is stopping: that must have stopped first."""
    real = stack.client
    ec2 = boto3.client("ec2")
    ec2.stop_instances(InstanceIds=lab)
    if first == "running":
        ec2.start_instances(InstanceIds=lab[:2])
    backend = ec2_backends["123456789012"]["us-east-1"]
    if first == "stopping":
        for each in lab:
            backend.get_instance(each)._state.name = "stopping"

    class Ec2:
        def __getattr__(self, name: str) -> object:
            return getattr(real(AWS, "ec2"), name)

        def get_waiter(self, name: str) -> object:
            if name == "instance_stopped":
                for each in lab:  # meanwhile
                    backend.get_instance(each)._state.name = "stopped"
            return real(AWS, "ec2").get_waiter(name)

        def start_instances(self, InstanceIds: list[str]) -> None:  # noqa: N803 - boto3's names
            states = {backend.get_instance(each)._state.name for each in InstanceIds}
            if "stopping" in states:
                raise ClientError({"Error": {"Code": "IncorrectInstanceState"}}, "StartInstances")
            ec2.start_instances(InstanceIds=InstanceIds)

    monkeypatch.setattr(stack, "client", lambda *_: Ec2())
    assert fleet.start(AWS) == 3
    assert {backend.get_instance(each)._state.name for each in lab} == {"running"}


def test_stop_and_start_take_every_instance_along(lab: list[str]) -> None:
    ec2 = boto3.client("ec2")

    def states() -> set[str]:
        found = ec2.describe_instances(InstanceIds=lab)["Reservations"]
        return {it["State"]["Name"] for entry in found for it in entry["Instances"]}

    fleet.stop(AWS)
    assert states() == {"stopped"}
    fleet.start(AWS)
    assert states() == {"running"}


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that answers its first request with 503, later ones with 404, and the list of what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404 if len(asked) > 1 else 503)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}", asked
    http.shutdown()
    thread.join()
    http.server_close()


def test_a_balancer_answers_with_404_but_not_with_503(
    server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = server
    healthy = fleet.Target("i-1", 1, "cluster1", "t2.micro", "127.1.0.4", "healthy")
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(fleet, "targets", lambda _profile: [healthy])
    monkeypatch.setattr(stack, "outputs", lambda _profile: {})
    monkeypatch.setattr(fleet, "POLL_SECONDS", {"local": 0})
    fleet.wait_until_serving(Profile("local"), [url + "/a", url + "/b"], Step())
    assert asked == ["/a/", "/b/", "/a/"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for another name than the server's, and its key."""
    files = tmp_path / "certificate", tmp_path / "key"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leadline"]
    subprocess.run([*make, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_a_balancer_answers_whoever_signed_its_certificate(
    certificate: tuple[Path, Path],
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = Thread(target=http.handle_request)
        thread.start()
        try:
            assert fleet._answers(f"https://127.0.0.1:{http.server_port}")
        finally:
            thread.join()


def test_the_lab_file_says_what_to_expect_of_a_certificate(
    whole_lab: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {
        "AlbUrl": "https://a.elb.amazonaws.com:443",
        "LeadlineUrl": "http://203.0.113.9:80",
        "AlbArn": "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/y",
        "BalancerInstanceId": "i-0123",
    }
    monkeypatch.setattr(stack, "complete_outputs", lambda _profile: outputs)
    monkeypatch.setattr(fleet, "targets", lambda _profile: [])

    def said() -> list[str | None]:
        lab = labfile.describe(AWS, whole_lab, "us-east-1")
        secure = sum(
            url.startswith("https:") for url in (outputs["AlbUrl"], outputs["LeadlineUrl"])
        )
        assert len(lab["notes"]) == (secure == 1)
        return [it.get("certificate") for it in lab["balancers"]]

    assert said() == ["other-name", None]
    outputs |= {"AlbUrl": "http://a:80", "LeadlineUrl": "https://203.0.113.9:443"}
    assert said() == [None, "any"]
    outputs["AlbUrl"] = "https://a.elb.amazonaws.com:443"
    assert said() == ["other-name", "any"]


def wait_for_one_that_fails(state: Path, monkeypatch: pytest.MonkeyPatch, log: str) -> str:
    sick = fleet.Target("i-1", 1, "cluster1", "t2.micro", "127.1.0.4", "unhealthy")
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(fleet, "targets", lambda _profile: [sick])
    monkeypatch.setattr(stack, "outputs", lambda _profile: {})
    monkeypatch.setattr(fleet, "balancers", lambda _profile: [])
    monkeypatch.setattr(fleet, "POLL_SECONDS", {"local": 0})
    monkeypatch.setattr(fleet, "LOG_POLL_SECONDS", {"local": 0})
    monkeypatch.setattr(fleet, "WAIT_SECONDS", {"local": 0.2})
    machine = state / "local" / "machines" / "i-1"
    machine.mkdir(parents=True)
    (machine / "user-data.log").write_text(log)
    with pytest.raises(LabError) as failure:
        fleet.wait_until_serving(Profile("local"), [], Step())
    return str(failure.value)


def test_a_script_that_failed_is_not_waited_for(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "2026-01-01T00:00:00Z leadline: FAILED: line 3, status 1: false\n"
    said = wait_for_one_that_fails(state, monkeypatch, log)
    assert "the set-up of instance i-1 failed" in said
    assert "line 3, status 1" in said


def test_a_load_balancer_that_ended_is_not_waited_for(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = state / "local" / "balancers" / "app-x-80"
    stand_in.mkdir(parents=True)
    note = {"exitStatus": 2, "lastLines": ["/home/andr?: no such file"]}
    (stand_in / "ended.json").write_text(json.dumps(note))
    said = wait_for_one_that_fails(state, monkeypatch, "")
    assert "the stand-in of the load balancer has ended" in said
    assert "exit code 2" in said
    assert "/home/andr?: no such file" in said


def test_a_time_out_names_the_instance_and_shows_its_log(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = wait_for_one_that_fails(state, monkeypatch, "still installing\n")
    assert "not every target is healthy: i-1 (unhealthy)" in said
    assert "still installing" in said
