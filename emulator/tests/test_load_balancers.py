"""The configuration that a data plane is given."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from emulator import load_balancers
from emulator.account import (
    CLASSIC,
    NETWORK,
    Account,
    HealthCheck,
    Listener,
    Rule,
    Stickiness,
    Target,
    TargetGroup,
)
from emulator.tests.conftest import wait_for

JAR = Path(__file__).resolve().parents[2] / "balancer" / "target" / "balancer.jar"
CHECK = HealthCheck("/health", 10, 5, 2, 3, "200")
ONE, TWO = (
    f"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/{n}/0{n}" for n in ("one", "two")
)
GROUPS = {
    ONE: TargetGroup(
        ONE,
        True,
        CHECK,
        (
            Target("i-1", "127.1.0.4", 8000, 8000, running=False),
            Target("i-2", "127.1.0.5", 8000, 8001, running=True),
        ),
    ),
    TWO: TargetGroup(TWO, True, CHECK, ()),
}
NOT_FOUND = Rule(0, None, (), {"fixedResponse": {"status": 404}})


def listener(*rules: Rule) -> Listener:
    return Listener("app/alb/0a", "us-east-1", "127.2.0.10", 8080, rules)


WHOLE = listener(
    Rule(1, ({"paths": ["/one", "/one/*"]},), ((ONE, 1),), {}),
    Rule(2, ({"paths": ["/mixed"]},), ((ONE, 4), (TWO, 5)), {}),
    NOT_FOUND,
)


def test_it_says_what_the_api_says() -> None:
    assert load_balancers.configuration(WHOLE, GROUPS) == {
        "listener": {"host": "127.2.0.10", "port": 8080},
        "cloudwatch": {
            "namespace": "AWS/ApplicationELB",
            "dimensions": {"LoadBalancer": "app/alb/0a"},
            "interval": "10s",
        },
        "targetGroups": [
            {
                "name": "targetgroup/one/0one",
                "policy": "round_robin",
                "healthCheck": {
                    "path": "/health",
                    "interval": "10s",
                    "timeout": "5s",
                    "healthyThreshold": 2,
                    "unhealthyThreshold": 3,
                },
                "targets": [
                    {"id": "i-1", "address": "127.1.0.4", "port": 8000, "weight": 1},
                    {"id": "i-2", "address": "127.1.0.5", "port": 8000, "weight": 1},
                ],
            },
            {
                "name": "targetgroup/two/0two",
                "policy": "round_robin",
                "healthCheck": {
                    "path": "/health",
                    "interval": "10s",
                    "timeout": "5s",
                    "healthyThreshold": 2,
                    "unhealthyThreshold": 3,
                },
                "targets": [],
            },
        ],
        "rules": [
            {"paths": ["/one", "/one/*"], "forward": "targetgroup/one/0one"},
            {
                "paths": ["/mixed"],
                "forward": [
                    {"targetGroup": "targetgroup/one/0one", "weight": 4},
                    {"targetGroup": "targetgroup/two/0two", "weight": 5},
                ],
            },
        ],
        "defaultAction": {"fixedResponse": {"status": 404}},
    }


@pytest.mark.parametrize("cookie", [None, "JSESSIONID"])
def test_a_sticky_group_is_sticky_at_the_data_plane(cookie: str | None) -> None:
    sticky = replace(GROUPS[TWO], stickiness=Stickiness(5400, cookie))
    _one, two = load_balancers.configuration(WHOLE, {**GROUPS, TWO: sticky})["targetGroups"]
    assert len(two["stickiness"].pop("key")) >= 16
    named = {"applicationCookie": cookie} if cookie else {}
    assert two["stickiness"] == {"duration": "5400s", **named}


def test_a_default_action_that_forwards_is_the_default_action() -> None:
    everything = Rule(0, None, ((TWO, 1),), {})
    found = load_balancers.configuration(listener(everything), GROUPS)
    assert found["rules"] == []
    assert found["defaultAction"] == {"forward": "targetgroup/two/0two"}


def test_a_classic_one_has_its_own_name_in_cloudwatch() -> None:
    classic = replace(listener(Rule(0, None, ((ONE, 1),), {})), load_balancer="lab-1", kind=CLASSIC)
    found = load_balancers.configuration(classic, GROUPS)["cloudwatch"]
    assert (found["namespace"], found["dimensions"]) == ("AWS/ELB", {"LoadBalancerName": "lab-1"})


NETWORKED = replace(
    listener(Rule(0, None, ((ONE, 1),), {})),
    load_balancer="net/lab/0b",
    kind=NETWORK,
    protocol="TCP",
)


def test_a_network_load_balancer_passes_connections_on() -> None:
    found = load_balancers.configuration(NETWORKED, GROUPS)
    assert found["listener"]["protocol"] == "tcp"
    assert found["timeouts"] == {"tcpIdle": "350s", "tcpDrain": "300s"}
    assert found["defaultAction"] == {"forward": "targetgroup/one/0one"}
    assert [group["policy"] for group in found["targetGroups"]] == ["flow_hash"]
    assert found["cloudwatch"]["namespace"] == "AWS/NetworkELB"


FRONTED = {
    **GROUPS,
    ONE: replace(GROUPS[ONE], check_port=9901, drain_seconds=8, proxy_protocol=True),
}


def test_a_front_tells_who_the_client_is_and_checks_another_port() -> None:
    (group,) = load_balancers.configuration(NETWORKED, FRONTED)["targetGroups"]
    assert group["proxyProtocol"] == "v2"
    assert group["healthCheck"]["port"] == 9901
    assert [target["port"] for target in group["targets"]] == [8000, 8000]


def test_an_instance_at_several_ports_is_several_targets() -> None:
    at_two = tuple(Target("i-1", "127.1.0.4", port, port, running=True) for port in (8001, 8002))
    groups = {**GROUPS, ONE: replace(GROUPS[ONE], targets=at_two)}
    one, _two = load_balancers.configuration(WHOLE, groups)["targetGroups"]
    assert [target["id"] for target in one["targets"]] == ["i-1:8001", "i-1:8002"]


def test_another_algorithm_does_not_restart_the_data_plane() -> None:
    changed = {
        arn: replace(group, algorithm="least_outstanding_requests") for arn, group in GROUPS.items()
    }
    before, after = (load_balancers.configuration(WHOLE, groups) for groups in (GROUPS, changed))
    assert {group["policy"] for group in after["targetGroups"]} == {"least_outstanding_requests"}
    texts = [yaml.safe_dump(it) for it in (before, after)]
    assert load_balancers.fixed_part(texts[0]) == load_balancers.fixed_part(texts[1])


def test_warm_up_asks_a_target_that_runs_at_its_health_check_port() -> None:
    warm = load_balancers.warm_up(WHOLE, GROUPS)["warmUp"]
    assert warm["url"] == "http://127.1.0.5:8001/health"
    assert warm["beforeListening"]
    assert load_balancers.warm_up(listener(NOT_FOUND), GROUPS) == {}


def test_what_cannot_be_emulated_is_said_and_left_out() -> None:
    odd = listener(
        Rule(1, ({},), ((ONE, 1),), {}, unsupported="action authenticate-oidc"),
        NOT_FOUND,
    )
    (said,) = load_balancers.unsupported(odd)
    assert "authenticate-oidc" in said
    assert load_balancers.configuration(odd, GROUPS)["rules"] == []
    assert load_balancers.unsupported(WHOLE) == []
    (said,) = load_balancers.unsupported(replace(WHOLE, kind=NETWORK, protocol="UDP"))
    assert "protocol UDP is not emulated" in said


@pytest.mark.skipif(not JAR.is_file(), reason=f"{JAR} is not built: mvn -pl balancer -am package")
def test_java_takes_the_classes_from_the_archive_that_the_build_made() -> None:
    (option,) = load_balancers.archive_option(JAR)
    # the Java that Maven used: the archive is for no other
    java = Path(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
    command = [java, option, "-Xlog:class+load", "-jar", str(JAR), "--version"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in loaded.splitlines() if "dev.leadline.balancer.Main " in line]
    assert line.endswith("source: shared objects file (top)")


def test_one_that_ends_by_itself_leaves_its_last_words(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho $LC_ALL\necho cannot read it\nexit 3\n")
    java.chmod(0o755)
    jar = tmp_path / "balancer.jar"
    jar.touch()
    said: list[str] = []
    planes = load_balancers.LoadBalancers(
        tmp_path / "balancers", jar, str(java), "http://x", said.append
    )
    account = Account((), (listener(NOT_FOUND),), {})
    planes.apply(account)
    wait_for(lambda: planes.apply(account) or said, 10)
    (note,) = tmp_path.glob("balancers/*/ended.json")
    ended = json.loads(note.read_text())
    assert ended == {"exitStatus": 3, "lastLines": ["C.UTF-8", "cannot read it"]}
    planes.end_all()


def test_without_an_archive_java_starts_as_usual(tmp_path: Path) -> None:
    assert load_balancers.archive_option(tmp_path / "balancer.jar") == []


@pytest.mark.skipif(not JAR.is_file(), reason=f"{JAR} is not built: mvn -pl balancer -am package")
@pytest.mark.parametrize(
    ("what", "groups"),
    [(WHOLE, GROUPS), (listener(NOT_FOUND), GROUPS), (NETWORKED, GROUPS), (NETWORKED, FRONTED)],
    ids=["whole", "empty", "network", "front"],
)
def test_the_balancer_accepts_it(
    what: Listener, groups: dict[str, TargetGroup], tmp_path: Path
) -> None:
    file = tmp_path / "balancer.yaml"
    content = load_balancers.configuration(what, groups) | load_balancers.warm_up(what, groups)
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    checked = subprocess.run(
        ["java", "-jar", str(JAR), "check", "--config", str(file)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
