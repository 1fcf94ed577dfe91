"""The whole: a stack is created, used, stopped, started and deleted, and what it leaves."""

import http.client
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulator import processes
from emulator.tests.conftest import Running, answers, clear, wait_for
from emulator.tests.test_load_balancers import JAR

NO_JAR = f"{JAR} is not built: mvn -pl balancer -am package"


def what_runs(state: Path) -> list[str]:
    """Processes whose working directory is in the state directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                folder = str((entry / "cwd").readlink())
            except OSError:
                continue
            if folder.startswith(str(state)):
                found.append(f"{entry.name} in {folder}")
    return found


def machine_folder(emulator: Running, outputs: dict[str, str]) -> Path:
    return emulator.state / "machines" / outputs["MachineId"]


def test_an_instance_lives_as_the_api_says(emulator: Running) -> None:
    outputs = emulator.create_stack("127.91.0.0/16", health="later")
    group, machine = outputs["TargetGroup"], outputs["MachineId"]
    folder = machine_folder(emulator, outputs)
    assert emulator.target_state(group) == "initial"
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www" / "health").write_text("ok\n")
    wait_for(lambda: emulator.target_state(group) == "healthy")
    assert answers(outputs["MachineUrl"] + "/one") == b"hello\n"
    assert f"LEADLINE_INSTANCE_ID={machine}\n" in (folder / "environment").read_text()

    emulator.api.ec2.stop_instances(InstanceIds=[machine])
    # true by the time the call returns, not some time after
    assert answers(outputs["MachineUrl"] + "/one") is None
    assert what_runs(folder) == []
    assert emulator.target_state(group) == "unused"

    emulator.api.ec2.start_instances(InstanceIds=[machine])
    assert emulator.target_state(group) == "unhealthy"
    wait_for(lambda: emulator.target_state(group) == "healthy")
    assert answers(outputs["MachineUrl"] + "/one") == b"hello\n"
    assert (folder / "boots").read_text() == "booted\nbooted\n"

    emulator.api.stacks.delete_stack(StackName="T")
    assert answers(outputs["MachineUrl"] + "/one") is None
    assert what_runs(emulator.state) == []
    assert list((emulator.state / "machines").iterdir()) == []
    assert list((emulator.state / "balancers").iterdir()) == []
    assert not emulator.api.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert not emulator.api.ec2.describe_addresses()["Addresses"]
    assert not emulator.api.instances("running", "stopped")


def test_a_target_that_dies_is_unhealthy(emulator: Running) -> None:
    # catches: health answered from the instance's state
    outputs = emulator.create_stack("127.92.0.0/16")
    wait_for(lambda: emulator.target_state(outputs["TargetGroup"]) == "healthy")
    folder = machine_folder(emulator, outputs)
    for process in processes.members([folder])[folder]:
        if process != processes.recorded(folder):
            process.send(signal.SIGKILL)
    wait_for(lambda: emulator.target_state(outputs["TargetGroup"]) == "unhealthy")


@pytest.mark.skipif(not JAR.is_file(), reason=NO_JAR)
def test_a_load_balancer_has_a_data_plane_and_its_metrics(emulator: Running) -> None:
    outputs = emulator.create_stack("127.93.0.0/16")
    wait_for(lambda: emulator.target_state(outputs["TargetGroup"]) == "healthy")
    wait_for(lambda: answers(outputs["Url"] + "/one"))
    for _ in range(9):
        assert answers(outputs["Url"] + "/one") == b"hello\n"
    assert answers(outputs["Url"] + "/two") is None  # 404

    name = outputs["BalancerArn"].split(":loadbalancer/")[1]
    now = datetime.now(UTC)

    def counted() -> bool:
        points = emulator.api.cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_2XX_Count",
            Dimensions=[{"Name": "LoadBalancer", "Value": name}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(point["Sum"] for point in points) == 10

    wait_for(counted)

    rule = emulator.api.physical_id("Rule")
    emulator.api.elb.delete_rule(RuleArn=rule)
    wait_for(lambda: is_404(outputs["Url"] + "/one"))
    emulator.api.elb.delete_load_balancer(LoadBalancerArn=outputs["BalancerArn"])
    assert what_runs(emulator.state / "balancers") == []


@pytest.mark.skipif(not JAR.is_file(), reason=NO_JAR)
def test_connections_to_a_load_balancer_survive_a_change_of_targets(emulator: Running) -> None:
    # catches: a data plane that restarts, which an ALB never does when targets come and go
    outputs = emulator.create_stack("127.97.0.0/16")
    wait_for(lambda: emulator.target_state(outputs["TargetGroup"]) == "healthy")
    wait_for(lambda: answers(outputs["Url"] + "/one"))
    address = urllib.parse.urlsplit(outputs["Url"])
    with closing(http.client.HTTPConnection(address.hostname, address.port, timeout=5)) as client:
        client.connect()
        kept = client.sock

        def status() -> int:
            client.request("GET", "/one")
            with client.getresponse() as answer:
                answer.read()
                assert client.sock is kept, "the connection was closed"
                return answer.status

        assert status() == 200
        target = {"Id": outputs["MachineId"]}
        group = outputs["TargetGroup"]
        emulator.api.elb.deregister_targets(TargetGroupArn=group, Targets=[target])
        wait_for(lambda: status() == 503, seconds=60)
        emulator.api.elb.register_targets(TargetGroupArn=group, Targets=[target])
        wait_for(lambda: status() == 200, seconds=60)


def is_404(url: str) -> bool:
    asked = subprocess.run(
        ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", url],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout == "404"


def test_a_signal_ends_everything(own_emulator: Running) -> None:
    outputs = own_emulator.create_stack("127.94.0.0/16")
    wait_for(lambda: answers(outputs["MachineUrl"] + "/one"))
    began = time.monotonic()
    assert own_emulator.stop() == 0
    assert time.monotonic() - began < 30
    assert answers(outputs["MachineUrl"] + "/one") is None
    assert what_runs(own_emulator.state) == []
    assert list((own_emulator.state / "machines").iterdir()) == []
    assert not (own_emulator.state / "emulator.json").exists()


def test_clear_ends_what_a_killed_emulator_left(own_emulator: Running) -> None:
    outputs = own_emulator.create_stack("127.95.0.0/16")
    wait_for(lambda: answers(outputs["MachineUrl"] + "/one"))
    own_emulator.process.kill()
    own_emulator.process.wait()
    assert answers(outputs["MachineUrl"] + "/one") == b"hello\n"  # an orphan

    cleared = clear(own_emulator.state)
    assert cleared.returncode == 0
    assert f"machine {outputs['MachineId']}: 2 processes ended" in cleared.stdout
    assert "load balancer " in cleared.stdout
    assert answers(outputs["MachineUrl"] + "/one") is None
    assert what_runs(own_emulator.state) == []
    assert not (own_emulator.state / "machines").exists()
    assert clear(own_emulator.state).stdout == "emulator: nothing to clear\n"


def test_a_new_emulator_clears_what_a_killed_one_left(own_emulator: Running) -> None:
    outputs = own_emulator.create_stack("127.96.0.0/16")
    wait_for(lambda: answers(outputs["MachineUrl"] + "/one"))
    own_emulator.process.kill()
    own_emulator.process.wait()
    (own_emulator.state / "emulator.json").write_text("{nonsense")
    again = Running(own_emulator.state)
    assert f"left by an earlier run: machine {outputs['MachineId']}" in again.output.read_text()
    assert answers(outputs["MachineUrl"] + "/one") is None
    assert again.stop(signal.SIGHUP) == 0
    assert not (again.state / "emulator.json").exists()


def refused(*arguments: str) -> str:
    """Runs the command line, which must fail; returns the one sentence it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "emulator", *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip().splitlines()[-1]


def test_a_state_directory_has_one_emulator(emulator: Running) -> None:
    for command in (["serve", "--port", "0"], ["clear"]):
        said = refused(*command, "--state", str(emulator.state))
        assert f"process {emulator.process.pid}, port {emulator.port}" in said
    assert emulator.process.poll() is None


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        said = refused("serve", "--port", port, "--state", str(tmp_path / "state"))
    assert said == f"emulator: port {port} of 127.0.0.1 is in use; choose another with --port"


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_nonsense_for_a_port(port: str) -> None:
    assert f"'{port}' is no port; allowed: 0 to 65535" in refused("serve", f"--port={port}")


def test_a_state_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert "state" in refused("serve", "--port", "0", "--state", str(tmp_path / "state"))


def test_it_listens_on_loopback_only(emulator: Running) -> None:
    with socket.create_connection(("127.0.0.1", emulator.port)):
        pass
    listening = [
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{emulator.port:04X}")
    ]
    assert listening == [f"0100007F:{emulator.port:04X}"]


def test_an_interrupt_ends_it(emulator: Running) -> None:
    """The last test, as the shared emulator ends here."""
    assert emulator.stop(signal.SIGINT) == 0
    assert not (emulator.state / "emulator.json").exists()
