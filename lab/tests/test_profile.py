"""Which account a verb talks to: never a real one from the local profile."""

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from lab import profile
from lab.aws import stack
from lab.errors import USAGE, LabError
from lab.profile import Profile, chosen

USERS_OWN = {
    "AWS_PROFILE": "work",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    "PATH": "/bin",
}


def deployed(state: Path, name: str, **more: object) -> None:
    (state / name).mkdir()
    (state / name / "deployment.json").write_text(json.dumps(more))


def test_local_children_see_nothing_of_the_users_aws_configuration() -> None:
    environment = Profile("local", 7777).environment(USERS_OWN)
    assert not {"work", "AKIAREAL", "real", "token"} & set(environment.values())
    assert "AWS_ENDPOINT_URL_S3" not in environment  # would win over the general endpoint
    assert environment["AWS_ENDPOINT_URL"] == "http://localhost:7777"
    assert environment["PATH"] == "/bin"


def test_children_find_the_java_that_java_home_names() -> None:
    # the CDK CLI starts "java" by name, Maven the one of JAVA_HOME: both must be the same
    environment = Profile("local").environment({"JAVA_HOME": "/opt/a jdk", "PATH": "/bin"})
    assert environment["PATH"] == "/opt/a jdk/bin:/bin"


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_name_of_the_region_is_understood_by_all(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "us-west-2")
    assert stack.client(Profile("aws"), "sts").meta.region_name == "us-west-2"
    environment = Profile("aws").environment()
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-west-2"


def test_a_real_account_keeps_its_credentials() -> None:
    environment = Profile("aws").environment(USERS_OWN)
    assert environment["AWS_PROFILE"] == "work"
    assert "AWS_ENDPOINT_URL" not in environment


@pytest.mark.parametrize("service", ["cloudformation", "ec2", "elbv2", "sts"])
def test_local_clients_go_to_the_emulator_whatever_the_environment_says(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # AWS_PROFILE names a profile that no file describes: reading it at all would fail.
    for key, value in USERS_OWN.items():
        if key.startswith("AWS_"):
            monkeypatch.setenv(key, value)
    client = stack.client(Profile("local", 7777), service)
    assert client.meta.endpoint_url == "http://localhost:7777"
    assert client._get_credentials().access_key == profile.EMULATOR_KEY


def test_local_calls_go_past_the_users_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)  # between tries
        client = stack.client(Profile("local", 1), "sts")  # nothing listens on port 1
        with pytest.raises(EndpointConnectionError):
            client.get_caller_identity()


def test_the_only_lab_is_the_one_meant(state: Path) -> None:
    deployed(state, "local", port=7001)
    assert chosen(None) == Profile("local", 7001)


def test_two_labs_must_be_told_apart(state: Path) -> None:
    deployed(state, "local")
    deployed(state, "aws")
    with pytest.raises(LabError, match="--profile aws or --profile local") as refusal:
        chosen(None)
    assert refusal.value.exit_code == USAGE
    assert chosen("aws").name == "aws"


@pytest.mark.usefixtures("state")
def test_no_lab_says_how_to_get_one() -> None:
    with pytest.raises(LabError, match=r"\./deploy\.sh local"):
        chosen(None)


def test_a_damaged_note_of_the_deployment_does_not_stop_a_destroy(state: Path) -> None:
    deployed(state, "local")
    (state / "local" / "deployment.json").write_text("{")
    assert chosen(None) == Profile("local")
