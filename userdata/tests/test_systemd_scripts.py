"""The scripts of Amazon Linux and Debian, with stand-ins for every command that would change the machine.

What a real systemd makes of the units is not shown here; that each command is given what it should be is.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Notes each call. NAME.fail holds how many of the next calls of NAME fail.
STAND_IN = r"""#!/bin/bash
name=${0##*/}
echo "$name $*" >>"$CALLS"
if [[ -s $STATE/$name.fail ]]; then
  left=$(<"$STATE/$name.fail")
  if ((left > 0)); then
    echo $((left - 1)) >"$STATE/$name.fail"
    exit 1
  fi
fi
case "$name $*" in
  *"is-failed"*) [[ -e $STATE/down ]] ;;
  "curl "*"api/token"*) echo secret-token ;;
  "curl "*"meta-data/instance-id"*) echo i-0abc ;;
  "curl "*) [[ ! -e $STATE/down ]] ;;
  "dnf "*"install aws-cfn-bootstrap")
    mkdir -p "$LEADLINE_ROOT/opt/aws/bin"
    ln -sf "$0" "$LEADLINE_ROOT/opt/aws/bin/cfn-signal"
    ;;
  "apt-get "*"install"*"awscli" | "snap install aws-cli"*) ln -sf "$0" "$BIN/aws" ;;
  "id "*) [[ -e $STATE/user ]] ;;
  "useradd "*) touch "$STATE/user" ;;
  "openssl "*)
    touch "${@: -3:1}" "${@: -1}"
    ;;
  "aws secretsmanager "*) echo '{"certificate": "the certificate", "key": "the key"}' ;;
  "python -c "*) "$PYTHON" "$@" ;;
  "aws s3 cp "*) echo jar >"${@: -1}" ;;
  "journalctl "*) echo "the service's own words" ;;
  *" -m venv "*)
    mkdir -p "$3/bin"
    ln -sf "$0" "$3/bin/python"
    ;;
esac
"""
COMMANDS = "dnf apt-get python3 python3.13 curl aws systemctl journalctl useradd id sysctl sleep openssl chown"
COREUTILS = "bash cat chmod date grep install ln mkdir mv rm sed touch"
STACK = {"STACK_NAME": "Leadline", "RESOURCE_ID": "Target3", "REGION": "us-west-2"}
TARGET = STACK | {"CLUSTER": "cluster1", "CLUSTER_PATHS": "/cluster1,/mixed", "NUMBER": "3"}
BALANCER = STACK | {
    "CLUSTER": "",
    "CLUSTER_PATHS": "",
    "NUMBER": "0",
    "LISTENER_PORT": "80",
    "JAR_BUCKET": "assets",
    "JAR_KEY": "abc.jar",
}
PAIR_ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:tls-AbCdEf"
BALANCER_YAML = 'hosts: ["@LISTEN_HOST@", "@LOOPBACK_HOST@", "@INSTANCE_ID@"]\n'


class Box:
    """A root directory and a PATH on which every command that matters is a stand-in."""

    def __init__(self, folder: Path, render: Callable[..., str]) -> None:
        self.folder = folder
        self.render = render
        self.root = folder / "root"
        self.calls_file = folder / "calls"
        self.trace: Path | None = None
        self.yaml = BALANCER_YAML
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in COMMANDS.split():
            self.stand_in(name)
        self.environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "BIN": str(self.bin),
            "PYTHON": sys.executable,
            "LEADLINE_ROOT": str(self.root),
            "CALLS": str(self.calls_file),
            "STATE": str(folder),
        }

    def stand_in(self, name: str) -> None:
        (self.bin / name).write_text(STAND_IN)
        (self.bin / name).chmod(0o755)

    def run(self, platform: str, role: str, **changed: str) -> tuple[int, list[str]]:
        """Runs a role's script; its status and its output's lines."""
        settings = (TARGET if role == "target.sh" else BALANCER) | {"APP_PORT": "8000"} | changed
        files = {} if role == "target.sh" else {"balancer_yaml": self.yaml}
        script = self.folder / "user-data.sh"
        script.write_text(self.render(platform, role, settings, **files))
        self.calls_file.write_text("")
        command = ["/bin/bash", str(script)]
        if self.trace:  # bash takes no PS4 from root's environment
            traced = 'exec 9>>"$1"; BASH_XTRACEFD=9 PS4="+\\$LINENO "; set -x; source "$2"'
            command = ["/bin/bash", "-c", traced, "bash", str(self.trace), str(script)]
        ended = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return ended.returncode, ended.stdout.splitlines()

    def calls(self, name: str = "") -> list[str]:
        """What was called, in order, without the root directory's name."""
        calls = self.calls_file.read_text().replace(str(self.root), "").splitlines()
        return [call for call in calls if call.startswith(name)]

    def fails(self, name: str, times: int) -> None:
        (self.folder / f"{name}.fail").write_text(str(times))

    def unit(self, service: str) -> list[str]:
        text = (self.root / f"etc/systemd/system/leadline-{service}.service").read_text()
        return text.replace(str(self.root), "").splitlines()


@pytest.fixture
def box(tmp_path: Path, render: Callable[..., str]) -> Box:
    return Box(tmp_path, render)


PLATFORM = pytest.mark.parametrize("platform", ["amazon", "debian"])
ROLE = pytest.mark.parametrize("role", ["target.sh", "balancer.sh"])


@PLATFORM
@ROLE
def test_ends_well_and_says_so_twice(box: Box, platform: str, role: str) -> None:
    """Catches a step that is not safe to run again."""
    ready = "target 3 of cluster1 is ready" if role == "target.sh" else "the balancer is ready"
    for _ in range(2):
        status, log = box.run(platform, role)
        assert status == 0, log
        assert log[-1].endswith("leadline: " + ready)
    assert not box.calls("useradd")


def test_amazon_updates_first_and_installs_beside_its_own_python(box: Box) -> None:
    box.run("amazon", "target.sh")
    assert box.calls()[:3] == [
        "dnf --assumeyes --quiet install aws-cfn-bootstrap",
        "dnf --assumeyes --quiet upgrade --releasever=latest",
        "id leadline",
    ]
    assert box.calls("dnf")[2:] == ["dnf --assumeyes --quiet install python3.13"]
    assert box.calls("python3.13 ") == ["python3.13 -m venv /opt/leadline/venv"]


def test_debian_updates_first(box: Box) -> None:
    box.run("debian", "target.sh")
    options = "--quiet --quiet --yes -o APT::Update::Error-Mode=any"
    options += " -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold"
    assert box.calls()[:3] == [
        f"apt-get {options} update",
        f"apt-get {options} install --no-install-recommends ca-certificates curl",
        f"apt-get {options} upgrade",
    ]
    assert box.calls("python3 ") == ["python3 -m venv /opt/leadline/venv"]


@PLATFORM
def test_only_wheels_with_known_hashes_are_installed(box: Box, platform: str) -> None:
    box.run(platform, "target.sh")
    (pip,) = box.calls("python -m pip")
    assert "--require-hashes" in pip
    assert "--only-binary :all:" in pip
    assert pip.endswith("--requirement /opt/leadline/requirements.txt")
    installed = (box.root / "opt/leadline/requirements.txt").read_text()
    assert installed == (Path(__file__).parents[1] / "fastapi" / "requirements-ec2.txt").read_text()


@PLATFORM
def test_metadata_is_asked_for_with_a_token(box: Box, platform: str) -> None:
    box.run(platform, "target.sh")
    token, instance_id, *_ = box.calls("curl")
    assert "--request PUT" in token
    assert token.endswith("http://169.254.169.254/latest/api/token")
    assert "X-aws-ec2-metadata-token: secret-token" in instance_id
    assert (box.root / "opt/leadline/app.env").read_text() == (
        "LEADLINE_INSTANCE_ID=i-0abc\nLEADLINE_NUMBER=3\nLEADLINE_CLUSTER=cluster1\n"
        "LEADLINE_CLUSTER_PATHS=/cluster1,/mixed\n"
    )


@PLATFORM
def test_the_application_runs_as_a_user_who_can_do_nothing_else(box: Box, platform: str) -> None:
    box.run(platform, "target.sh")
    unit = box.unit("app")
    for line in [
        "User=leadline",
        "Restart=on-failure",
        "LimitNOFILE=65536",
        "NoNewPrivileges=yes",
        "AmbientCapabilities=",
        "CapabilityBoundingSet=",
        "EnvironmentFile=-/opt/leadline/app.env",
        "WantedBy=multi-user.target",
    ]:
        assert line in unit
    (command,) = [line for line in unit if line.startswith("ExecStart=")]
    assert command.startswith("ExecStart=/opt/leadline/venv/bin/python -m uvicorn ")
    assert "--host 0.0.0.0 --port 8000 --backlog 4096" in command
    assert box.calls("systemctl")[:3] == [
        "systemctl daemon-reload",
        "systemctl --quiet enable leadline-app",
        "systemctl restart leadline-app",
    ]
    (user,) = box.calls("useradd")
    assert user.endswith("--shell /usr/sbin/nologin leadline")


@PLATFORM
def test_the_balancer_may_bind_its_port_and_its_application_is_for_itself(
    box: Box, platform: str
) -> None:
    box.run(platform, "balancer.sh")
    unit = box.unit("balancer")
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in unit
    assert "CapabilityBoundingSet=CAP_NET_BIND_SERVICE" in unit
    (command,) = [line for line in unit if line.startswith("ExecStart=")]
    assert command.startswith("ExecStart=/usr/bin/java -Xms256m")
    assert command.endswith(
        "-jar /opt/leadline/balancer.jar serve --config /opt/leadline/balancer.yaml"
    )
    (app,) = [line for line in box.unit("app") if line.startswith("ExecStart=")]
    assert "--host 127.0.0.1 " in app
    assert (box.root / "opt/leadline/balancer.yaml").read_text() == (
        'hosts: ["0.0.0.0", "127.0.0.1", "i-0abc"]\n'
    )
    assert (box.root / "opt/leadline/balancer.jar").read_text() == "jar\n"
    assert box.calls("aws")[0].startswith("aws s3 cp --only-show-errors s3://assets/abc.jar ")


def test_the_jdk_is_corretto_on_amazon(box: Box) -> None:
    box.run("amazon", "balancer.sh")
    assert "dnf --assumeyes --quiet install java-25-amazon-corretto-headless" in box.calls("dnf")


@PLATFORM
def test_queues_hold_a_burst(box: Box, platform: str) -> None:
    box.run(platform, "target.sh")
    file = box.root / "etc/sysctl.d/90-leadline.conf"
    assert file.read_text() == "net.core.somaxconn = 4096\nnet.ipv4.tcp_max_syn_backlog = 8192\n"
    assert box.calls("sysctl") == ["sysctl --quiet --load /etc/sysctl.d/90-leadline.conf"]


@pytest.mark.parametrize(
    ("platform", "command"), [("amazon", "dnf"), ("debian", "apt-get"), ("amazon", "curl")]
)
def test_what_needs_the_network_is_tried_again(box: Box, platform: str, command: str) -> None:
    (box.folder / f"{command}.fail").write_text("4")
    status, log = box.run(platform, "target.sh")
    assert status == 0, log
    assert len(box.calls("sleep 5")) == 4


@pytest.mark.parametrize(
    ("platform", "command"),
    [("amazon", "dnf"), ("debian", "apt-get"), ("amazon", "curl"), ("amazon", "python")],
)
def test_what_never_works_ends_in_a_clear_last_line(box: Box, platform: str, command: str) -> None:
    (box.folder / f"{command}.fail").write_text("1000")
    status, log = box.run(platform, "target.sh")
    assert status == 1
    assert "leadline: FAILED: " in log[-1]
    assert re.search(rf"gave up after 5 attempts: (\S*/)?{command} ", "\n".join(log))


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("systemctl", "systemctl daemon-reload"),
        ("sysctl", "sysctl --quiet --load"),
        ("useradd", "useradd --system"),
        ("python3.13", "-m venv"),
    ],
)
def test_what_needs_no_network_is_not_tried_again(box: Box, command: str, shown: str) -> None:
    (box.folder / f"{command}.fail").write_text("1")
    status, log = box.run("amazon", "target.sh")
    assert status == 1
    assert "leadline: FAILED: line " in log[-1]
    assert shown in log[-1]


@PLATFORM
def test_a_service_that_fails_is_shown_in_its_own_words(box: Box, platform: str) -> None:
    (box.folder / "down").touch()
    status, log = box.run(platform, "target.sh")
    assert status == 1
    assert log[-2] == "the service's own words"
    assert "FAILED: the service app does not answer" in log[-1]


SIGNALS = {
    "amazon": "cfn-signal --exit-code {code} --region us-west-2 --stack Leadline --resource Target3",
    "debian": "aws cloudformation signal-resource --region us-west-2 --stack-name Leadline"
    " --logical-resource-id Target3 --unique-id i-0abc --status {status}",
}


def signals(box: Box) -> list[str]:
    return [call for call in box.calls() if call.startswith(("cfn-signal ", "aws cloudformation "))]


@PLATFORM
@ROLE
def test_the_stack_hears_of_success_once_the_service_answers(
    box: Box, platform: str, role: str
) -> None:
    box.run(platform, role)
    assert signals(box) == [SIGNALS[platform].format(code=0, status="SUCCESS")]
    calls = box.calls()
    port = 8000 if role == "target.sh" else 80
    last_check = max(i for i, call in enumerate(calls) if f"127.0.0.1:{port}/" in call)
    assert last_check < calls.index(signals(box)[0])


@PLATFORM
def test_the_stack_hears_of_a_failure_and_the_last_line_stays_the_last(
    box: Box, platform: str
) -> None:
    box.fails("sysctl", 1)
    box.fails("cfn-signal" if platform == "amazon" else "aws", 1)  # the first word is lost
    status, log = box.run(platform, "target.sh")
    assert status == 1
    assert "leadline: FAILED: line " in log[-1]
    assert signals(box) == [SIGNALS[platform].format(code=1, status="FAILURE")] * 2


@PLATFORM
def test_a_failure_in_a_subshell_is_told_once(box: Box, platform: str) -> None:
    box.fails("python", 1000)
    box.run(platform, "target.sh")
    assert len(signals(box)) == 1


def test_amazon_tells_a_failure_before_cfn_signal_is_installed(box: Box) -> None:
    box.fails("dnf", 1000)
    assert box.run("amazon", "target.sh")[0] == 1
    assert signals(box) == [SIGNALS["debian"].format(status="FAILURE")]


@PLATFORM
def test_a_stack_that_does_not_listen_is_no_failure(box: Box, platform: str) -> None:
    """The script may be run again when the stack stands: nothing waits then."""
    box.fails("cfn-signal" if platform == "amazon" else "aws", 1000)
    status, log = box.run(platform, "target.sh")
    assert status == 0
    assert log[-2].endswith("leadline: CloudFormation did not take the signal SUCCESS")
    assert len(signals(box)) == 3


@PLATFORM
def test_without_a_stack_nobody_is_told(box: Box, platform: str) -> None:
    assert box.run(platform, "target.sh", STACK_NAME="")[0] == 0
    assert not signals(box)


@pytest.mark.parametrize("snap", [True, False])
def test_ubuntu_and_debian_install_the_aws_cli_from_where_they_have_it(
    box: Box, monkeypatch: pytest.MonkeyPatch, snap: bool
) -> None:
    bare_path(box, monkeypatch)
    if snap:
        box.stand_in("snap")
    status, log = box.run("debian", "target.sh")
    assert status == 0, log
    assert box.calls("snap") == (["snap install aws-cli --classic"] if snap else [])
    assert any(call.endswith("awscli") for call in box.calls("apt-get")) != snap
    assert signals(box)


def bare_path(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the AWS CLI, whatever this one has."""
    (box.bin / "aws").unlink()
    for name in COREUTILS.split():
        found = shutil.which(name)
        assert found
        if not (box.bin / name).exists():
            (box.bin / name).symlink_to(found)
    monkeypatch.setitem(box.environment, "PATH", str(box.bin))


@pytest.mark.parametrize("platform", ["amazon", "debian"])
def test_every_line_of_a_platform_runs_in_these_tests(
    box: Box, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    """Every command of amazon.sh and debian.sh has run, by bash's own trace, when these scenarios have."""
    monkeypatch.setattr(box, "trace", box.folder / "trace")
    box.run(platform, "balancer.sh")
    box.fails("sysctl", 1)
    box.run(platform, "balancer.sh")  # a failure that cfn-signal tells
    shutil.rmtree(box.root)
    box.fails("dnf", 1000)
    box.run(platform, "balancer.sh")  # and one before there is a cfn-signal
    if platform == "debian":
        bare_path(box, monkeypatch)
        box.run(platform, "balancer.sh")
        (box.bin / "aws").unlink()
        box.stand_in("snap")
        box.run(platform, "balancer.sh")
    ran = {int(line) for line in re.findall(r"^\++(\d+) ", box.trace.read_text(), re.MULTILINE)}
    script = (box.folder / "user-data.sh").read_text().splitlines()
    file = (Path(__file__).parents[1] / "platform" / f"{platform}.sh").read_text().splitlines()
    first = next(i for i in range(len(script)) if script[i : i + len(file)] == file) + 1
    structure = re.compile(r"\s*(#.*|\}|fi|else|done|esac|\w+\(\) \{|)")
    not_run = [
        text
        for number, text in enumerate(file, first)
        if number not in ran and not structure.fullmatch(text)
    ]
    assert not_run == []


@PLATFORM
@ROLE
def test_a_machine_stops_itself_only_where_asked_to(box: Box, platform: str, role: str) -> None:
    timer = box.root / "etc/systemd/system/leadline-auto-stop.timer"
    for off in ({}, {"AUTO_STOP_MINUTES": "0"}):
        box.run(platform, role, **off)
        assert not timer.exists()
    assert box.run(platform, role, AUTO_STOP_MINUTES="45")[0] == 0
    assert "systemctl --quiet enable --now leadline-auto-stop.timer" in box.calls("systemctl")
    assert "OnCalendar=minutely" in timer.read_text()
    stop = (box.root / "opt/leadline/auto-stop.sh").read_text()
    where = "127.0.0.1:8000/health" if role == "target.sh" else "127.0.0.1:9901/metrics"
    assert f"http://{where} " in stop
    assert ">= 45 * 60" in stop


@PLATFORM
@pytest.mark.parametrize("tls", ["self-signed", PAIR_ARN])
def test_the_balancer_has_a_certificate_and_nobody_else_its_key(
    box: Box, platform: str, tls: str
) -> None:
    box.yaml = 'listener: {host: "@LISTEN_HOST@", port: 443}\n'
    status, log = box.run(platform, "balancer.sh", BALANCER_TLS=tls, LISTENER_PORT="443")
    assert status == 0, log
    folder = "/opt/leadline/tls"
    assert (box.root / "opt/leadline/balancer.yaml").read_text().replace(str(box.root), "") == (
        f"listener: {{tls: {{certificate: {folder}/certificate, key: {folder}/key}}, "
        'host: "0.0.0.0", port: 443}\n'
    )
    pair = box.root / "opt/leadline/tls"
    assert {file.name for file in pair.iterdir()} == {"certificate", "key"}
    assert {file.stat().st_mode & 0o777 for file in pair.iterdir()} == {0o400}
    assert pair.stat().st_mode & 0o777 == 0o700
    assert box.calls("chown") == [f"chown -R leadline: {folder}.part"]
    assert any("--insecure" in call and "https://127.0.0.1:443/" in call for call in box.calls())
    if tls == PAIR_ARN:
        assert (pair / "key").read_text() == "the key"
        (call,) = box.calls("aws secretsmanager")
        assert f"--region us-west-2 --secret-id {PAIR_ARN} " in call
    else:
        box.run(platform, "balancer.sh", BALANCER_TLS=tls, LISTENER_PORT="443")
        assert not box.calls("openssl")  # the first run's pair is kept


def test_systemd_takes_the_units(box: Box) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd-analyze is not installed here: the units are not verified by systemd")
    box.run("amazon", "balancer.sh")
    for service in ("app", "balancer"):
        unit = box.folder / f"leadline-{service}.service"
        # Programs and the user are the instance's, not this machine's.
        lines = [line for line in box.unit(service) if not line.startswith("User=")]
        unit.write_text(
            "\n".join("ExecStart=/bin/true" if "ExecStart=" in line else line for line in lines)
        )
        checked = subprocess.run(
            [analyze, "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert unit.name not in checked.stderr, checked.stderr
