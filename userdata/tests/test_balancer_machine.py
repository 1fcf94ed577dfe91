"""The balancer's user data, as infra renders it, as root on a real Debian 12, between clients and a target."""

import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from userdata.tests.machine import Machine, until
from userdata.tests.template import ROOT, Lab, synthesize
from userdata.tests.world import INSTANCE_ID, MACHINE, Network, World, target_address

pytestmark = pytest.mark.full

CAP_NET_BIND_SERVICE = 1 << 10
BURST = 1000


@pytest.fixture(scope="module")
def script(debian: Lab) -> str:
    return debian.user_data["leadline-balancer"]


def with_certificate(script: str) -> str:
    """The same balancer with a certificate of its own."""
    for line in ("LISTENER_PORT='80'", 'listener: {host: "@LISTEN_HOST@", port: 80}'):
        assert script.count(f"{line}\n") == 1
        script = script.replace(line, line.replace("80", "443"))
    lines = [line for line in script.splitlines(True) if not line.startswith("BALANCER_TLS=")]
    return "".join([lines[0], "BALANCER_TLS='self-signed'\n", *lines[1:]])


@pytest.fixture(scope="module")
def https(script: str) -> str:
    return with_certificate(script)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of a balancer that is target number four too."""
    topology = json.loads((ROOT / "cdk.json").read_text())["context"]["topology"]
    topology["balancer"] = {"sharesHostOf": "cluster1", "policy": "leadline"}
    folder = tmp_path_factory.mktemp("shared")
    lab = synthesize(folder, os="debian", autoStopMinutes=30, topology=topology)
    return with_certificate(lab.user_data["leadline-cluster1-4"])


@pytest.fixture(scope="module")
def number_three(network: Network) -> Iterator[str]:
    """The id of the one target of the nine that is there, in the world."""
    application = Path(__file__).parents[1] / "fastapi"
    command = ["ip", "netns", "exec", network.world, sys.executable, "-m", "uvicorn", "--factory"]
    command += ["main:application", "--app-dir", str(application), "--host", target_address(3)]
    instance = "i-" + "3".zfill(17)
    settings = {
        "LEADLINE_NUMBER": "3",
        "LEADLINE_INSTANCE_ID": instance,
        "LEADLINE_CLUSTER": "cluster1",
        "LEADLINE_CLUSTER_PATHS": "/cluster1,/mixed",
    }
    with subprocess.Popen(
        [*command, "--port", "8000", "--backlog", "4096", "--log-level", "warning"],
        env=os.environ | settings,
    ) as process:
        yield instance
        process.terminate()


@pytest.fixture(scope="module")
def log() -> list[str]:
    """The log of the script's first run."""
    return []


@pytest.fixture(scope="module")
def balancer(machine: Machine, script: str, number_three: str, log: list[str]) -> Machine:
    """A balancer whose script has run once, and which has found its target."""
    status, lines = machine.user_data(script)
    log += lines
    assert status == 0, "\n".join(lines[-20:])
    assert until("the page", lambda: page(machine)) == number_three
    return machine


def page(balancer: Machine, tls: bool = False) -> str | None:
    """The target that answers through the balancer."""
    answer = balancer.network.get(443 if tls else 80, "/cluster1", tls)
    return json.loads(answer[1])["instance_id"] if answer and answer[0] == 200 else None


def test_it_forwards_to_its_target_and_the_stack_hears_of_it(
    balancer: Machine, world: World, script: str, log: list[str], number_three: str
) -> None:
    assert page(balancer) == number_three
    assert log[-1].endswith("leadline: the balancer is ready")
    (signal,) = world.signals
    assert (signal["Status"], signal["UniqueId"]) == ("SUCCESS", INSTANCE_ID)
    assert f"RESOURCE_ID='{signal['LogicalResourceId']}'" in script.splitlines()


def listening(balancer: Machine) -> tuple[set[str], set[str]]:
    """The ports that can be reached from outside, and the addresses that cannot."""
    _, lines = balancer.run("ss", "--no-header", "--numeric", "--listening", "--tcp")
    found = {line.split()[3].removeprefix("[::ffff:").replace("]", "") for line in lines}
    inside = {address for address in found if address.startswith("127.")}
    return {address.rpartition(":")[2] for address in found - inside}, inside


def test_nothing_but_the_listener_can_be_reached_from_outside(balancer: Machine) -> None:
    assert listening(balancer) == ({"80"}, {"127.0.0.1:8000", "127.0.0.1:9901"})
    assert balancer.network.get(9901, "/metrics") is None
    assert balancer.network.get(8000, "/health") is None
    code, metrics = balancer.run("curl", "--silent", "--fail", "http://127.0.0.1:9901/metrics")
    assert code == 0
    assert any(line.startswith("leadline_requests_total") for line in metrics)


def test_it_has_the_one_privilege_of_a_low_port(balancer: Machine) -> None:
    pid = balancer.main_pid("balancer")
    status = balancer.status(pid)
    _, (user,) = balancer.run("id", "--user", "leadline")
    assert status["Uid"].split() == [user] * 4
    assert user != "0"
    assert status["NoNewPrivs"] == "1"
    for capabilities in ("CapBnd", "CapEff", "CapPrm", "CapAmb"):
        assert int(status[capabilities], 16) == CAP_NET_BIND_SERVICE
    for directory in ("/etc", "/usr", "/var/lib", "/opt/leadline"):
        enter = ["nsenter", "-t", str(pid), "-m"]
        code, lines = balancer.run(*enter, "touch", f"{directory}/written")
        assert code != 0
        assert "Read-only file system" in lines[0]
    assert balancer.properties("balancer", "LimitNOFILE") == {"LimitNOFILE": "65536"}
    assert balancer.exposure("balancer") < 2.5
    assert balancer.properties("app", "CapabilityBoundingSet") == {"CapabilityBoundingSet": ""}


def test_a_burst_of_new_connections_is_answered(balancer: Machine, network: Network) -> None:
    """Catches queues that are too short: a connection that finds no room is tried again a second later, or refused."""

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection(MACHINE, 80)
        writer.write(b"GET /cluster1 HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer.partition(b"\r\n")[0]

    async def all_at_once() -> set[bytes]:
        return set(await asyncio.gather(*(one() for _ in range(BURST))))

    def drops() -> list[str]:
        _, lines = balancer.run("grep", "^TcpExt:", "/proc/net/netstat")
        names, values = (line.split() for line in lines)
        counters = dict(zip(names, values, strict=True))
        return [counters[name] for name in ("ListenOverflows", "ListenDrops", "TCPReqQFullDrop")]

    before = drops()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * BURST), hard))
    try:
        with network.entered():
            assert asyncio.run(all_at_once()) == {b"HTTP/1.1 200 OK"}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert drops() == before


def test_its_metrics_reach_cloudwatch_with_the_credentials_of_its_role(
    balancer: Machine, world: World
) -> None:
    def published() -> bytes | None:
        return next((body for body in world.metrics if b"RequestCount" in body), None)

    assert page(balancer)
    body = until("metrics", published)
    assert b"Leadline" in body
    assert INSTANCE_ID.encode() in body


def test_a_killed_process_comes_back(balancer: Machine, number_three: str) -> None:
    for service in ("balancer", "app"):
        balancer.kill(service)
    assert until("the page", lambda: page(balancer)) == number_three


def test_a_jar_that_cannot_be_had_ends_with_a_clear_line_and_the_signal(
    balancer: Machine, world: World, script: str, number_three: str
) -> None:
    """And what ran before still runs."""
    world.signals.clear()
    had = dict(world.assets)
    world.assets.clear()
    try:
        status, lines = balancer.user_data(script, RETRY_SECONDS="0")
    finally:
        world.assets.update(had)
    assert status == 1
    assert "leadline: FAILED: gave up after 5 attempts: aws s3 cp " in lines[-1]
    assert [signal["Status"] for signal in world.signals] == ["FAILURE"]
    assert any("Forbidden" in line for line in lines)
    assert page(balancer) == number_three


def test_it_speaks_https_with_a_key_that_nobody_else_reads(
    balancer: Machine, https: str, number_three: str
) -> None:
    status, lines = balancer.user_data(https)
    assert status == 0, "\n".join(lines[-20:])
    assert until("the page", lambda: page(balancer, tls=True)) == number_three
    assert balancer.network.get(80, "/cluster1") is None
    tls = "/opt/leadline/tls"
    _, modes = balancer.run("stat", "--format=%U %a %n", tls, f"{tls}/certificate", f"{tls}/key")
    expected = [f"700 {tls}", f"400 {tls}/certificate", f"400 {tls}/key"]
    assert modes == [f"leadline {mode}" for mode in expected]
    code, lines = balancer.run("setpriv", "--reuid=nobody", "--clear-groups", "cat", f"{tls}/key")
    assert code != 0
    assert "Permission denied" in lines[0]


def test_a_second_run_changes_nothing(balancer: Machine, https: str, number_three: str) -> None:
    """Nor does it make another certificate."""
    before = balancer.installed()
    status, lines = balancer.user_data(https)
    assert status == 0, "\n".join(lines[-20:])
    assert balancer.installed() == before
    assert until("the page", lambda: page(balancer, tls=True)) == number_three


def test_a_reboot_brings_the_page_back(balancer: Machine, number_three: str) -> None:
    balancer.reboot()
    assert until("the page", lambda: page(balancer, tls=True)) == number_three


def test_on_a_targets_host_it_is_a_target_too(
    balancer: Machine, world: World, shared: str, number_three: str
) -> None:
    """Nine targets on nine instances, as in a Learner Lab; and after a stop and a start."""
    world.signals.clear()
    status, lines = balancer.user_data(shared)
    assert status == 0, "\n".join(lines[-20:])
    assert lines[-1].endswith("leadline: the balancer is ready")
    assert [signal["Status"] for signal in world.signals] == ["SUCCESS"]

    def forwards_to(instance: str) -> bool | None:
        return True if page(balancer, tls=True) == instance else None

    def require_both_roles() -> None:
        until("its own page", lambda: forwards_to(INSTANCE_ID))
        direct = balancer.network.get(8000, "/cluster1")
        assert direct
        answer = json.loads(direct[1])
        assert (answer["number"], answer["instance_id"]) == (4, INSTANCE_ID)
        assert listening(balancer) == ({"443", "8000"}, {"127.0.0.1:9901"})

    require_both_roles()
    balancer.run("systemctl", "stop", "leadline-app")
    until("the other's page", lambda: forwards_to(number_three))
    balancer.reboot()
    require_both_roles()


def test_a_balancer_that_nobody_uses_is_powered_off(balancer: Machine) -> None:
    """The last test, as the machine is off then. A forwarded request keeps it on, its own health checks do not."""
    _, active = balancer.run("systemctl", "is-active", "leadline-auto-stop.timer")
    assert active == ["active"]
    balancer.run("systemctl", "stop", "leadline-auto-stop.timer")

    def look_after(minutes: int) -> None:
        balancer.run("touch", "--date", f"{minutes} minutes ago", "/run/leadline-requests")
        balancer.run("systemctl", "start", "leadline-auto-stop.service")

    assert balancer.process
    assert page(balancer, tls=True)
    look_after(31)  # the request came after the last look
    look_after(29)
    assert page(balancer, tls=True)
    look_after(31)
    look_after(31)
    balancer.process.wait(timeout=30)
    assert "Powering off" in balancer.console.read_text()
