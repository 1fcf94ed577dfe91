"""The admin port reaches this machine over Session Manager alone, and the session ends with the verb."""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from lab import cli, verbs
from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile
from lab.running import dashboard, fleet, forwarding
from lab.tests.waiting import eventually, gone

BALANCER = {"id": "i-0123", "type": "t3.small", "address": "127.0.0.1", "state": "running"}

# Stands for the AWS CLI and the plugin that it starts: answers on the local port, and is deaf to what ends it politely.
SESSION = f"""#!{sys.executable}
import http.server, json, os, signal, subprocess, sys
if len(sys.argv) > 2 and sys.argv[1] == "plugin":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/status" else 404)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Pages).serve_forever()
words = sys.argv[1:]
open("{{note}}", "w").write(json.dumps(words))
ports = json.loads(words[words.index("--parameters") + 1])
assert ports["portNumber"] == ["9901"]
plugin = subprocess.Popen([sys.executable, __file__, "plugin", ports["localPortNumber"][0]])
open("{{note}}.pid", "a").write(str(plugin.pid) + "\\n")
plugin.wait()
"""


@pytest.fixture
def programs(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with stand-ins for both programs; the file in which the AWS CLI notes how it was called is the value."""
    folder = tmp_path / "bin"
    folder.mkdir()
    note = tmp_path / "called"
    for name, text in (
        ("aws", SESSION.replace("{note}", str(note))),
        ("session-manager-plugin", "#!/bin/sh\n"),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    monkeypatch.setattr(verbs, "_complete", lambda options: Profile(options.profile))
    monkeypatch.setattr(fleet, "balancers", lambda _profile: [BALANCER])
    monkeypatch.setattr(forwarding, "require_agent", lambda *_: None)
    assert state.exists()
    return note


@pytest.fixture
def ctrl_c_at() -> Iterator[Callable[[str], None]]:
    """Presses Ctrl-C once the verb has said something."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def at(words: str) -> None:
        output = (
            sys.stdout
        )  # of capsys, whose readouterr() loses what is written at the same moment

        def press() -> None:
            try:
                assert eventually(lambda: words in output.getvalue(), seconds=60)
            finally:  # or the verb would wait for ever
                os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press, daemon=True).start()

    yield at
    signal.signal(signal.SIGINT, before)


def test_it_stays_open_until_ctrl_c_and_leaves_no_process(
    programs: Path, capsys: pytest.CaptureFixture[str], ctrl_c_at: Callable[[str], None]
) -> None:
    """Fails where the plugin outlives the verb: it does not get Ctrl-C, and would hold the port."""
    ctrl_c_at("Until Ctrl-C")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    assert cli.main(["dashboard", "--profile", "aws", "--port", str(port)]) == 0
    called = json.loads(programs.read_text())
    assert called[:2] == ["ssm", "start-session"]
    assert called[called.index("--target") + 1] == "i-0123"
    assert called[called.index("--region") + 1] == "us-west-2"
    assert called[called.index("--document-name") + 1] == "AWS-StartPortForwardingSession"
    shown = capsys.readouterr().out
    for path, _ in dashboard.PAGES:
        assert f"http://127.0.0.1:{port}{path} " in shown
    plugin = int(Path(f"{programs}.pid").read_text())
    assert eventually(lambda: gone(plugin), seconds=60)


def test_several_balancers_have_a_session_each_and_one_port_for_all(
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ctrl_c_at: Callable[[str], None],
) -> None:
    three = [BALANCER, BALANCER | {"id": "i-0456"}, BALANCER | {"id": "i-0789"}]

    def require_agent(_profile: Profile, instance: str) -> None:
        if instance == "i-0789":
            raise LabError(f"{instance} boots")

    monkeypatch.setattr(fleet, "balancers", lambda _profile: three)
    monkeypatch.setattr(forwarding, "require_agent", require_agent)
    ctrl_c_at("Until Ctrl-C")
    assert cli.main(["dashboard", "--profile", "aws"]) == 0
    said = capsys.readouterr()
    assert "/i-0123/ " in said.out
    assert "/i-0456/ " in said.out
    assert "i-0789" not in said.out
    assert "i-0789 boots" in said.err
    for pid in Path(f"{programs}.pid").read_text().split():
        assert eventually(lambda pid=int(pid): gone(pid), seconds=60)


@pytest.mark.parametrize("name", ["aws", "session-manager-plugin"])
def test_what_is_missing_is_named_with_where_to_get_it(
    name: str, programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (programs.parent / "bin" / name).unlink()
    assert cli.main(["dashboard", "--profile", "aws"]) == 1
    said = capsys.readouterr().err
    assert "https://docs.aws.amazon.com/" in said
    assert ("the AWS CLI" in said) is (name == "aws")
    assert not programs.exists()


def test_a_session_that_cannot_be_opened_shows_why(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (programs.parent / "bin" / "aws").write_text(
        "#!/bin/sh\necho TargetNotConnected >&2; exit 254\n"
    )
    assert cli.main(["dashboard", "--profile", "academy"]) == 1
    assert "TargetNotConnected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ([], "has not registered with Session Manager"),
        ([{"InstanceId": "i-0123", "PingStatus": "ConnectionLost"}], "ConnectionLost"),
        ([{"InstanceId": "i-0123", "PingStatus": "Online"}], None),
    ],
)
def test_the_agent_must_be_known(
    known: list[dict], says: str | None, account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account is None  # nothing may reach the real one
    ssm = boto3.client("ssm")
    with Stubber(ssm) as stubbed:
        stubbed.add_response(
            "describe_instance_information",
            {"InstanceInformationList": known},
            {"Filters": [{"Key": "InstanceIds", "Values": ["i-0123"]}]},
        )
        monkeypatch.setattr(stack, "client", lambda *_: ssm)
        if says is None:
            forwarding.require_agent(Profile("aws"), "i-0123")
        else:
            with pytest.raises(LabError, match=says):
                forwarding.require_agent(Profile("aws"), "i-0123")


def test_another_port_is_taken_only_where_none_was_asked_for() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"port {port} is taken") as refusal:
            forwarding.local_port(port)
        assert refusal.value.exit_code == 2
    assert forwarding.local_port(port) == port
    try:
        held = socket.create_server(("127.0.0.1", forwarding.ADMIN_PORT))
    except OSError:  # somebody has it already
        assert forwarding.local_port(None) != forwarding.ADMIN_PORT
    else:
        with closing(held):
            assert forwarding.local_port(None) not in (0, forwarding.ADMIN_PORT)


@pytest.mark.usefixtures("programs")
def test_a_stopped_balancer_is_said_with_what_starts_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fleet, "balancers", lambda _profile: [BALANCER | {"state": "stopped"}])
    assert cli.main(["dashboard", "--profile", "academy"]) == 1
    assert "is stopped; ./deploy.sh start" in capsys.readouterr().err


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.usefixtures("programs")
def test_locally_the_machine_s_own_address_is_printed_if_it_answers(
    answers: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    monkeypatch.setattr(forwarding, "answers", lambda url: asked.append(url) or answers)
    assert cli.main(["dashboard", "--profile", "local"]) == (0 if answers else 1)
    assert asked == ["http://127.0.0.1:9901"]
    assert ("http://127.0.0.1:9901/metrics" in capsys.readouterr().out) is answers
