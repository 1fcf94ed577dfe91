"""What status says of the targets, and how waiting for them ends."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest

from lab import cli, fleet, stack
from lab.console import Step
from lab.errors import LabError
from lab.profile import STACK, Profile

AWS = Profile("aws")
IMAGE = "ami-12c6146b"  # one of those that moto knows


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
    monkeypatch.setattr(fleet, "_health", lambda _profile: {ids[1]: "unhealthy"})
    return ids


def test_status_json_has_the_documented_shape(
    lab: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--profile", "aws", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"profile", "balancers", "targets"}
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
    monkeypatch.setattr(fleet, "targets", lambda _profile: [healthy])
    monkeypatch.setattr(fleet, "POLL_SECONDS", {"local": 0})
    fleet.wait_until_serving(Profile("local"), [url + "/a", url + "/b"], Step())
    assert asked == ["/a/", "/b/", "/a/"]


def wait_for_one_that_fails(state: Path, monkeypatch: pytest.MonkeyPatch, log: str) -> str:
    sick = fleet.Target("i-1", 1, "cluster1", "t2.micro", "127.1.0.4", "unhealthy")
    monkeypatch.setattr(fleet, "targets", lambda _profile: [sick])
    monkeypatch.setattr(stack, "outputs", lambda _profile: {})
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


def test_a_time_out_names_the_instance_and_shows_its_log(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = wait_for_one_that_fails(state, monkeypatch, "still installing\n")
    assert "not every target is healthy: i-1 (unhealthy)" in said
    assert "still installing" in said
