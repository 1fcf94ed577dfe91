"""A target's user data, as infra renders it, as root on a real Debian 12: systemd, packages, units, a reboot."""

import json
import resource

import pytest

from userdata.tests.machine import Machine, until
from userdata.tests.template import Lab
from userdata.tests.world import INSTANCE_ID, World

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def script(debian: Lab) -> str:
    return debian.user_data["leadline-cluster1-3"]


@pytest.fixture(scope="module")
def log() -> list[str]:
    """The log of the script's first run."""
    return []


@pytest.fixture(scope="module")
def target(machine: Machine, script: str, log: list[str]) -> Machine:
    """A target whose script has run once."""
    status, lines = machine.user_data(script)
    log += lines
    assert status == 0, "\n".join(lines[-20:])
    return machine


def page(target: Machine) -> dict | None:
    answer = target.network.get(8000, "/cluster1")
    return json.loads(answer[1]) if answer and answer[0] == 200 else None


def test_the_page_says_the_id_that_the_metadata_service_gave(
    target: Machine, world: World, script: str, log: list[str]
) -> None:
    found = page(target)
    assert found
    assert (found["instance_id"], found["number"]) == (INSTANCE_ID, 3)
    assert log[-1].endswith("leadline: target 3 of cluster1 is ready")
    (signal,) = world.signals
    assert signal["Status"] == "SUCCESS"
    assert signal["StackName"] == "Leadline"
    assert f"RESOURCE_ID='{signal['LogicalResourceId']}'" in script.splitlines()
    assert signal["UniqueId"] == INSTANCE_ID


def test_the_application_is_nobody_and_can_write_nowhere(target: Machine) -> None:
    pid = str(target.main_pid("app"))
    status = target.status(int(pid))
    _, (user,) = target.run("id", "--user", "leadline")
    assert status["Uid"].split() == [user] * 4
    assert user != "0"
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0
    for directory in ("/etc", "/usr", "/var/lib", "/opt/leadline"):
        code, lines = target.run("nsenter", "-t", pid, "-m", "touch", f"{directory}/written")
        assert code != 0
        assert "Read-only file system" in lines[0]
    _, limits = target.run("grep", "open files", f"/proc/{pid}/limits")
    allowed = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # what a container may
    assert limits[0].split()[3:5] == [str(allowed)] * 2
    assert target.properties("app", "LimitNOFILE") == {"LimitNOFILE": "65536"}


def test_the_units_let_the_application_see_little(target: Machine) -> None:
    shown = target.properties(
        "app", "ProtectSystem", "ProtectKernelTunables", "RestrictAddressFamilies", "ProtectProc"
    )
    families = set(shown.pop("RestrictAddressFamilies").split())
    assert families == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert shown == {
        "ProtectSystem": "strict",
        "ProtectKernelTunables": "yes",
        "ProtectProc": "invisible",
    }
    assert target.exposure("app") < 2.5


def test_the_kernel_has_room_for_a_burst(target: Machine) -> None:
    _, somaxconn = target.run("cat", "/proc/sys/net/core/somaxconn")
    _, backlog = target.run("cat", "/proc/sys/net/ipv4/tcp_max_syn_backlog")
    assert (somaxconn, backlog) == (["4096"], ["8192"])
    _, (listening,) = target.run("ss", "--no-header", "-ltn", "sport = :8000")
    assert listening.split()[2] == "4096"


def test_a_killed_process_comes_back(target: Machine) -> None:
    target.kill("app")
    assert until("the page", lambda: page(target))["instance_id"] == INSTANCE_ID


def test_a_second_run_changes_nothing(target: Machine, script: str) -> None:
    before = target.installed()
    status, lines = target.user_data(script)
    assert status == 0, "\n".join(lines[-20:])
    assert target.installed() == before
    assert page(target)


def test_a_reboot_brings_the_page_back(target: Machine) -> None:
    target.reboot()
    assert until("the page", lambda: page(target))["instance_id"] == INSTANCE_ID


def test_a_failing_package_source_ends_with_a_clear_line_and_the_signal(
    target: Machine, world: World, script: str
) -> None:
    world.signals.clear()
    world.sources_fail = True
    try:
        status, lines = target.user_data(script, RETRY_SECONDS="0")
    finally:
        world.sources_fail = False
    assert status == 1
    assert "leadline: FAILED: gave up after 5 attempts: apt-get " in lines[-1]
    assert lines[-1].endswith(" update")
    assert [signal["Status"] for signal in world.signals] == ["FAILURE"]


def test_a_machine_that_nobody_uses_is_powered_off(target: Machine) -> None:
    """The last test, as the machine is off then. Health checks do not keep it on, one request does."""
    _, active = target.run("systemctl", "is-active", "leadline-auto-stop.timer")
    assert active == ["active"]
    target.run("systemctl", "stop", "leadline-auto-stop.timer")

    def look_after(minutes: int) -> None:
        target.run("touch", "--date", f"{minutes} minutes ago", "/run/leadline-requests")
        target.run("systemctl", "start", "leadline-auto-stop.service")

    assert target.process
    assert page(target)
    look_after(31)  # the request came after the last look
    look_after(29)
    assert page(target)
    look_after(31)
    for _ in range(3):
        assert target.network.get(8000, "/health")
    look_after(31)
    target.process.wait(timeout=30)
    assert "Powering off" in target.console.read_text()
