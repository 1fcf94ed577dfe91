"""The scripts of the local platform, run for real in a directory of their own."""

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

ADDRESS = "127.3.0.7"
POLICY_SCRIPT = Path(__file__).parents[1] / "policy.sh"
BALANCER_YAML = (
    'listener: {host: "@LISTEN_HOST@"}\nadmin: {host: "@LOOPBACK_HOST@", port: 80}\nid: "@INSTANCE_ID@"\n'
    'groups:\n  - name: one\n    policy: "leadline"\n  - name: two\n    policy: "leadline"\n'
    'one: {key: "@SECRET@"}\ntwo: {key: "@SECRET@"}\n'
)
# Stands in for java: listens where the balancer would, and notes how it was started. It takes every configuration but
# one with the policy "nonsense".
JAVA = """#!{python}
import http.server, json, os, pathlib, sys
pathlib.Path("java.json").write_text(json.dumps(sys.argv[1:]))
class Balancer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        refused = "nonsense" in pathlib.Path("balancer.yaml").read_text()
        said = b"balancer.yaml:6: no such policy\\n" if refused else b"configuration reloaded\\n"
        self.send_response(422 if refused else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    def do_GET(self):
        lines = pathlib.Path("balancer.yaml").read_text().splitlines()
        groups = [{{"policy": it.split(": ")[1], "x": 1}} for it in lines if " policy: " in it]
        said = json.dumps(groups, indent=2).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
http.server.HTTPServer(("{address}", {port}), Balancer).serve_forever()
"""


SHARED = "Secret0fTheGroup"


class Machine:
    """A machine as the emulator makes it: a directory, an environment, and a script in a process group of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "LEADLINE_MACHINE": str(folder),
            "LEADLINE_INSTANCE_ID": "i-0123",
            "LEADLINE_INSTANCE_TYPE": "t2.micro",
            "LEADLINE_PRIVATE_ADDRESS": ADDRESS,
            "LEADLINE_PYTHON": sys.executable,
            "LEADLINE_JAVA": "/nonexistent/java",
            "RETRY_SECONDS": "0",
            **environment,
        }

    def run(self, script: str) -> tuple[int, list[str]]:
        """Runs the script to its end; its status and its output's lines."""
        file = self.folder / "user-data.sh"
        file.write_text(script)
        log = self.folder / "user-data.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["/bin/bash", str(file)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.processes.append(process)
            # Its number stays taken until end() has killed its group: that kills nobody else's.
            ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert ended
        return ended.si_status, log.read_text().splitlines()

    def pid(self, service: str) -> int:
        return int((self.folder / f"{service}.pid").read_text())

    def end(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine in a folder whose name has a space."""
    machine = Machine(tmp_path / "i 0123")
    yield machine
    machine.end()


@pytest.fixture
def port(free_port: Callable[[str], int]) -> int:
    return free_port(ADDRESS)


@pytest.fixture
def settings(port: int) -> dict[str, str]:
    return {
        "CLUSTER": "cluster2",
        "CLUSTER_PATHS": "/cluster2,/mixed",
        "NUMBER": "7",
        "APP_PORT": str(port),
    }


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server from which objects can be had by plain GET, the secret "group" by its API, and the folder."""
    folder = tmp_path / "s3"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked == {"SecretId": "group"}
            known &= self.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
            self.send_response(200 if known else 400)
            self.end_headers()
            self.wfile.write(json.dumps({"SecretString": SHARED}).encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def get(port: int, path: str) -> httpx.Response:
    return httpx.get(f"http://{ADDRESS}:{port}{path}", timeout=10, trust_env=False)


def test_a_target_serves_when_its_script_has_ended(
    machine: Machine, settings: dict[str, str], port: int, render: Callable[..., str]
) -> None:
    status, log = machine.run(render("local", "target.sh", settings))
    assert status == 0, log
    assert log[-1].endswith("leadline: target 7 of cluster2 is ready")
    answer = get(port, "/cluster2").json()
    assert (answer["number"], answer["instance_id"], answer["cluster"]) == (7, "i-0123", "cluster2")
    assert get(port, "/cluster1").status_code == 404
    assert os.getpgid(machine.pid("app")) == machine.processes[0].pid
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=10, trust_env=False)


def test_a_second_run_replaces_what_the_first_started(
    machine: Machine, settings: dict[str, str], port: int, render: Callable[..., str]
) -> None:
    """Catches a second run that fails on the port the first holds, or leaves two processes."""
    assert machine.run(render("local", "target.sh", settings))[0] == 0
    first = machine.pid("app")
    status, log = machine.run(render("local", "target.sh", settings | {"NUMBER": "8"}))
    assert status == 0, log
    assert get(port, "/mixed").json()["number"] == 8
    assert not runs(first)


def test_a_strangers_process_with_the_old_id_is_left_alone(
    machine: Machine, settings: dict[str, str], render: Callable[..., str]
) -> None:
    stranger = subprocess.Popen(["sleep", "60"], cwd="/")
    try:
        (machine.folder / "app.pid").write_text(str(stranger.pid))
        assert machine.run(render("local", "target.sh", settings))[0] == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_service_times_reach_the_application(
    tmp_path: Path, settings: dict[str, str], port: int, render: Callable[..., str]
) -> None:
    machine = Machine(tmp_path / "slow", LEADLINE_SERVICE_MILLIS="x")
    status, log = machine.run(render("local", "target.sh", settings))
    machine.end()
    assert status == 1
    assert "main.py: LEADLINE_SERVICE_MILLIS is 'x'" in "\n".join(log)
    assert port


def test_a_service_that_ends_fails_the_script_with_its_log_and_a_last_line(
    tmp_path: Path, settings: dict[str, str], render: Callable[..., str]
) -> None:
    machine = Machine(
        tmp_path / "m", LEADLINE_PRIVATE_ADDRESS="203.0.113.1"
    )  # not an address of this machine
    status, log = machine.run(render("local", "target.sh", settings))
    machine.end()
    assert status == 1
    assert "203.0.113.1" in log[-2]
    assert log[-1].endswith("FAILED: the service app ended with status 3; its log is above")


@pytest.mark.parametrize(
    "name", ["LEADLINE_INSTANCE_ID", "LEADLINE_PRIVATE_ADDRESS", "LEADLINE_PYTHON"]
)
def test_what_the_machine_must_say_is_named(
    machine: Machine, settings: dict[str, str], render: Callable[..., str], name: str
) -> None:
    del machine.environment[name]
    status, log = machine.run(render("local", "target.sh", settings))
    assert status == 1
    assert log[-1].endswith(f"FAILED: {name} is not set")


def test_a_python_without_the_application_is_named(
    machine: Machine, settings: dict[str, str], render: Callable[..., str]
) -> None:
    machine.environment["LEADLINE_PYTHON"] = shutil.which("false") or "false"
    status, log = machine.run(render("local", "target.sh", settings))
    assert status == 1
    assert "FAILED: line" in log[-1]
    assert "import fastapi, uvicorn" in log[-1]


@pytest.fixture
def balancer(
    machine: Machine,
    settings: dict[str, str],
    port: int,
    bucket: tuple[str, Path],
    free_port: Callable[[str], int],
) -> tuple[Machine, dict[str, str]]:
    """A machine whose java is a stand-in, and the balancer's settings."""
    listener = free_port(ADDRESS)
    java = machine.folder / "java"
    java.write_text(JAVA.format(python=sys.executable, address=ADDRESS, port=listener))
    java.chmod(0o755)
    url, folder = bucket
    (folder / "assets").mkdir()
    (folder / "assets" / "abc.jar").write_text("the jar")
    machine.environment |= {"LEADLINE_JAVA": str(java), "AWS_ENDPOINT_URL": url}
    own = {"CLUSTER": "", "CLUSTER_PATHS": "", "NUMBER": "0", "APP_PORT": str(port)}
    asset = {"JAR_BUCKET": "assets", "JAR_KEY": "abc.jar"}
    # one port stands for both of the balancer's
    return machine, settings | own | asset | {"LISTENER_PORT": str(listener)}


def yaml_for(settings: dict[str, str]) -> str:
    return BALANCER_YAML.replace("port: 80}", f"port: {settings['LISTENER_PORT']}}}")


def test_the_balancer_serves_with_its_own_addresses_filled_in(
    balancer: tuple[Machine, dict[str, str]], render: Callable[..., str]
) -> None:
    machine, settings = balancer
    for _ in range(2):  # the second run is as good as the first
        status, log = machine.run(
            render("local", "balancer.sh", settings, balancer_yaml=yaml_for(settings))
        )
        assert status == 0, log
        assert log[-1].endswith("leadline: the balancer is ready")
    assert (machine.folder / "balancer.jar").read_text() == "the jar"
    text = (machine.folder / "balancer.yaml").read_text()
    key = text[-51:-3]
    assert re.fullmatch("[0-9a-f]{48}", key)
    listener = settings["LISTENER_PORT"]
    assert text == (
        f'listener: {{host: "{ADDRESS}"}}\nadmin: {{host: "{ADDRESS}", port: {listener}}}\nid: "i-0123"\n'
        "groups:\n  - name: one\n    policy: leadline\n  - name: two\n    policy: leadline\n"
        f'one: {{key: "{key}"}}\ntwo: {{key: "{key}"}}\n'
    )
    started = (machine.folder / "java.json").read_text()
    assert "-XX:+ExitOnOutOfMemoryError" in started
    assert '"serve", "--config"' in started
    assert get(int(settings["APP_PORT"]), "/health").status_code == 200
    assert get(int(settings["LISTENER_PORT"]), "/").status_code > 0


def test_the_policy_of_the_tag_is_set_and_others_later(
    balancer: tuple[Machine, dict[str, str]], render: Callable[..., str]
) -> None:
    machine, settings = balancer
    machine.environment["LEADLINE_POLICY"] = own = '{"name": "fastest", "probeInterval": "250ms"}'
    status, log = machine.run(
        render("local", "balancer.sh", settings, balancer_yaml=yaml_for(settings))
    )
    assert status == 0, log
    file = machine.folder / "balancer.yaml"
    assert file.read_text().count(f"    policy: {own}\n") == 2

    def set_to(policy: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-s", "--", policy]
        return subprocess.run(
            command,
            input=POLICY_SCRIPT.read_text(),
            env=machine.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = set_to("round_robin")
    assert (done.returncode, done.stdout) == (0, "round_robin\n")
    assert file.read_text().count("    policy: round_robin\n") == 2
    before = file.read_text()
    refused = set_to("nonsense")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "balancer.yaml:6: no such policy"
    assert file.read_text() == before, "what was refused would be read at the next start"
    assert not list(machine.folder.glob("balancer.yaml.*"))


def test_a_balancer_of_a_group_has_the_groups_secret_and_ends_when_its_draining_begins(
    balancer: tuple[Machine, dict[str, str]], render: Callable[..., str]
) -> None:
    machine, settings = balancer
    settings |= {"REGION": "us-west-2", "GROUP_SECRET": "group", "NUMBER": ""}
    yaml = yaml_for(settings) + 'secretFile: "@HOME@/group.secret"\n'
    state = machine.folder / "target-lifecycle-state"
    state.write_text("InService\n")
    for _ in range(2):
        status, log = machine.run(render("local", "balancer.sh", settings, balancer_yaml=yaml))
        assert status == 0, log
    text = (machine.folder / "balancer.yaml").read_text()
    assert f'key: "{hashlib.sha256(b"sticky" + SHARED.encode()).hexdigest()}"' in text
    assert stat.S_IMODE((machine.folder / "balancer.yaml").stat().st_mode) == 0o640
    assert f'secretFile: "{machine.folder}/group.secret"' in text
    file = machine.folder / "group.secret"
    assert file.read_text() == SHARED + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert get(int(settings["APP_PORT"]), "/").json()["number"] == 1007, "by the address"
    serves, app = machine.pid("balancer"), machine.pid("app")
    assert runs(serves)
    state.write_text("Terminated\n")
    until = time.monotonic() + 30
    while runs(serves):
        assert time.monotonic() < until, "the balancer was not told"
        time.sleep(0.05)
    assert runs(app)


def test_tasks_serve_at_ports_of_their_own(
    machine: Machine, settings: dict[str, str], port: int, render: Callable[..., str]
) -> None:
    status, log = machine.run(render("local", "target.sh", settings | {"TASKS": "2"}))
    assert status == 0, log
    for at in (port, port + 1):
        assert get(at, "/cluster2").json()["instance_id"] == "i-0123"
    assert [get(at, "/health").json()["requests"] for at in (port, port + 1)] == [1, 1]


def test_a_jar_that_is_not_there_fails_after_five_attempts(
    balancer: tuple[Machine, dict[str, str]], render: Callable[..., str]
) -> None:
    machine, settings = balancer
    script = render(
        "local", "balancer.sh", settings | {"JAR_KEY": "x.jar"}, balancer_yaml=yaml_for(settings)
    )
    status, log = machine.run(script)
    assert status == 1
    assert sum("of 5 failed: curl" in line for line in log) == 5
    assert "FAILED: gave up after 5 attempts: curl" in log[-1]
    assert not (machine.folder / "balancer.jar").exists()


def test_a_balancer_that_ends_fails_the_script_with_its_log(
    balancer: tuple[Machine, dict[str, str]], render: Callable[..., str]
) -> None:
    machine, settings = balancer
    (machine.folder / "java").write_text(
        "#!/bin/sh\necho balancer.yaml:3: no such policy\nexit 2\n"
    )
    status, log = machine.run(
        render("local", "balancer.sh", settings, balancer_yaml=yaml_for(settings))
    )
    assert status == 1
    assert log[-2] == "balancer.yaml:3: no such policy"
    assert "FAILED: the service balancer ended with status 2;" in log[-1]
