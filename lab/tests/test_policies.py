"""Balancers with one policy each, in front of the local lab's targets."""

import json
import sys
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.profile import Profile
from lab.running import policies

LAB = {
    "profile": "local",
    "notes": ["The Application Load Balancer is emulated.", "Another."],
    "balancers": [{"name": "alb"}],
    "paths": [
        {"path": "/cluster1", "targets": ["i-1"]},
        {"path": "/mixed", "targets": ["i-1", "i-2"]},
    ],
    "targets": [{"id": "i-1", "address": "127.1.0.4"}, {"id": "i-2", "address": "127.1.0.5"}],
    "settings": {"policy": "leadline"},
}

# Stands for Java: answers /ready on the admin port of its configuration, or ends with what a balancer says.
BALANCER = f"""#!{sys.executable}
import http.server, json, sys
content = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
if content["targetGroups"][0]["policy"] == "nonsense":
    sys.exit("balancer.json:9: policy nonsense is unknown")
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", content["admin"]["port"]), Ready).serve_forever()
"""


@pytest.fixture
def local(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    assert state
    java = tmp_path / "java"
    java.write_text(BALANCER)
    java.chmod(0o755)
    monkeypatch.setattr(policies, "java", lambda _name: str(java))
    return Profile("local")


def test_each_policy_is_a_balancer_of_its_own(local: Profile) -> None:
    names = ["round_robin", "leadline"]
    with policies.side_by_side(local, LAB, names) as file:
        lab = json.loads(file.read_text())
        configurations = [
            json.loads((file.parent / name / "balancer.json").read_text()) for name in names
        ]
    assert [(it["name"], it["url"].rpartition(":")[0]) for it in lab["balancers"]] == [
        ("round_robin", "http://127.0.0.1"),
        ("leadline", "http://127.0.0.1"),
    ]
    assert lab["paths"] == LAB["paths"]
    assert "The Application Load Balancer is emulated." not in lab["notes"]
    assert "Another." in lab["notes"]
    for name, content in zip(names, configurations, strict=True):
        groups = {group["name"]: group for group in content["targetGroups"]}
        assert {group["policy"] for group in groups.values()} == {name}
        assert [it["address"] for it in groups["mixed"]["targets"]] == ["127.1.0.4", "127.1.0.5"]
    assert not file.parent.exists()  # and the balancers with it


def test_a_balancer_that_does_not_start_says_why(local: Profile) -> None:
    with (
        pytest.raises(LabError, match=r"no balancer with the policy nonsense: .*is unknown"),
        policies.side_by_side(local, LAB, ["nonsense"]),
    ):
        pass


@pytest.mark.usefixtures("state")
def test_targets_of_an_account_cannot_be_reached() -> None:
    with (
        pytest.raises(LabError, match="local lab"),
        policies.side_by_side(Profile("aws"), LAB, ["leadline"]),
    ):
        pass
