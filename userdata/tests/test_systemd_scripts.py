"""The scripts of Amazon Linux and Debian, with stand-ins for every command that would change the machine.

What a real systemd makes of the units is not shown here; that each command is given what it should be is.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from userdata.tests.box import GROUP, PAIR_ARN, PLATFORM, ROLE, Box


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
    install = f"apt-get {options} install --no-install-recommends"
    assert box.calls()[:4] == [
        f"apt-get {options} update",
        f"{install} ca-certificates curl",
        f"{install} awscli",
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
    box.run(platform, "target.sh", WORK_MILLIS="7")
    token, instance_id, *_ = box.calls("curl --silent --fail")
    assert "--request PUT" in token
    assert token.endswith("http://169.254.169.254/latest/api/token")
    assert "X-aws-ec2-metadata-token: secret-token" in instance_id
    assert (box.root / "opt/leadline/app.env").read_text() == (
        "LEADLINE_INSTANCE_ID=i-0abc\nLEADLINE_NUMBER=3\nLEADLINE_CLUSTER=cluster1\n"
        "LEADLINE_CLUSTER_PATHS=/cluster1,/mixed\nLEADLINE_WORK_MILLIS=7\n"
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
    assert [it for it in box.calls("systemctl") if " cat " not in it][:3] == [
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
    assert box.calls("aws")[0].startswith(
        "aws s3 cp --region us-west-2 --only-show-errors s3://assets/abc.jar "
    )


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
    ("platform", "command", "only"),
    [
        ("amazon", "dnf", "install"),
        ("amazon", "dnf", "upgrade"),
        ("debian", "apt-get", "update"),
        ("debian", "apt-get", "install"),
        ("debian", "apt-get", "upgrade"),
        ("amazon", "curl", ""),
        ("amazon", "python", "pip"),
        ("debian", "aws", "s3"),
        ("debian", "aws", "secretsmanager"),
    ],
)
def test_what_needs_the_network_is_tried_again(
    box: Box, platform: str, command: str, only: str
) -> None:
    box.fails(command, 4, only)
    status, log = box.run(platform, "balancer.sh", BALANCER_TLS=PAIR_ARN)
    assert status == 0, log
    assert len(box.calls("sleep 5")) == 4


@pytest.mark.parametrize(
    ("platform", "command"),
    [("amazon", "dnf"), ("debian", "apt-get"), ("amazon", "curl"), ("amazon", "python")],
)
def test_what_never_works_ends_in_a_clear_last_line(box: Box, platform: str, command: str) -> None:
    box.fails(command, 1000)
    status, log = box.run(platform, "target.sh")
    assert status == 1
    assert re.search(rf"leadline: FAILED: gave up after 5 attempts: (\S*/)?{command} ", log[-1])


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
    box.fails(command, 1)
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
    assert "FAILED: the service app ended with status 203;" in log[-1]


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


@pytest.mark.parametrize("snap", [True, False])
def test_ubuntu_and_debian_install_the_aws_cli_from_where_they_have_it(
    box: Box, snap: bool
) -> None:
    box.boot("ubuntu" if snap else "debian")
    status, log = box.run("debian", "target.sh")
    assert status == 0, log
    assert box.calls("snap") == (["snap install aws-cli --classic"] if snap else [])
    assert any(call.endswith("awscli") for call in box.calls("apt-get")) != snap
    assert box.signals() == ["SUCCESS"]
    box.run("debian", "target.sh")
    assert not any("aws" in call for call in box.calls("snap") + box.calls("apt-get"))


def test_debian_gets_the_agent_of_systems_manager_and_ubuntu_has_it(box: Box) -> None:
    """Without it `dashboard`, `bench --disturb` and a rehearsal cannot reach an instance."""
    box.boot("debian")
    assert box.run("debian", "target.sh")[0] == 0
    (fetch,) = box.calls("curl --silent --show-error --fail --retry 2")
    bucket = "https://s3.us-west-2.amazonaws.com/amazon-ssm-us-west-2"
    assert fetch.endswith(f"{bucket}/latest/debian_amd64/amazon-ssm-agent.deb")
    package = "/opt/leadline/amazon-ssm-agent.deb"
    assert any(call.endswith(f" install --no-install-recommends {package}") for call in box.calls())
    assert not (box.root / "opt/leadline/amazon-ssm-agent.deb").exists()
    box.run("debian", "target.sh")
    assert not any("amazon-ssm-agent.deb" in call for call in box.calls())
    box.boot("ubuntu")
    box.run("debian", "target.sh")
    assert not any("amazon-ssm-agent" in call for call in box.calls())


def test_a_debian_without_the_agent_serves_and_says_what_cannot_work(box: Box) -> None:
    (box.folder / "no-agent").touch()
    status, log = box.run("debian", "target.sh")
    assert status == 0
    assert box.signals() == ["SUCCESS"]
    assert any("./deploy.sh dashboard cannot reach this instance" in line for line in log)


def test_on_a_targets_host_the_application_serves_the_load_balancers_too(box: Box) -> None:
    shared = {"CLUSTER": "cluster1", "CLUSTER_PATHS": "/cluster1", "NUMBER": "4"}
    status, log = box.run("amazon", "balancer.sh", AUTO_STOP_MINUTES="45", **shared)
    assert status == 0, log
    (app,) = [line for line in box.unit("app") if line.startswith("ExecStart=")]
    assert "--host 0.0.0.0 " in app
    assert "LEADLINE_NUMBER=4" in (box.root / "opt/leadline/app.env").read_text()
    stop = (box.root / "opt/leadline/auto-stop.sh").read_text()
    assert "http://127.0.0.1:9901/metrics http://127.0.0.1:8000/health |" in stop


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


@PLATFORM
def test_a_balancer_of_a_group_has_its_secret_and_a_number_by_its_address(
    box: Box, platform: str
) -> None:
    box.yaml = 'peers: {secretFile: "@HOME@/group.secret"}\nkey: "@SECRET@"\n'
    (box.folder / "secret").write_text("Secret0fTheGroup")
    status, log = box.run(platform, "balancer.sh", **GROUP)
    assert status == 0, log
    home = box.root / "opt/leadline"
    key = hashlib.sha256(b"stickySecret0fTheGroup").hexdigest()
    assert (home / "balancer.yaml").read_text() == (
        f'peers: {{secretFile: "{home}/group.secret"}}\nkey: "{key}"\n'
    )
    assert (home / "balancer.yaml").stat().st_mode & 0o777 == 0o640
    assert (home / "group.secret").read_text() == "Secret0fTheGroup\n"
    assert (home / "group.secret").stat().st_mode & 0o777 == 0o600
    assert box.calls("chown") == [
        "chown leadline: /opt/leadline/group.secret",
        "chown leadline: /opt/leadline/balancer.yaml",
    ]
    assert f"LEADLINE_NUMBER={1000 + 3 * 256 + 7}\n" in (home / "app.env").read_text()


@PLATFORM
def test_a_balancer_of_a_group_ends_when_its_draining_begins(box: Box, platform: str) -> None:
    """Not before, and not where the metadata does not answer. It is told again where systemd does not listen."""
    assert box.run(platform, "balancer.sh", **GROUP)[0] == 0
    more = box.root / "etc/systemd/system/leadline-balancer.service.d/group.conf"
    assert "TimeoutStopSec=150" in more.read_text()
    assert "systemctl --quiet enable leadline-drain" in box.calls("systemctl")
    assert "ExecStart=/bin/bash /opt/leadline/drain.sh" in box.unit("drain")
    (box.folder / "lifecycle").write_text("\nInService\nTerminated\nTerminated\n")
    box.fails("curl", 1)
    box.fails("systemctl", 1)
    box.calls_file.write_text("")
    ended = subprocess.run(
        ["/bin/bash", str(box.root / "opt/leadline/drain.sh")],
        env=box.environment,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert box.calls("sleep") == [*["sleep 1"] * 4, "sleep 5"]
    assert box.calls("systemctl") == ["systemctl stop leadline-balancer"] * 2
    assert len(box.calls("curl -sf --max-time 5 -X PUT")) == 1, "the token is kept"
    assert (box.folder / "lifecycle").read_text() == "Terminated\n"


@PLATFORM
def test_tasks_are_services_of_their_own_at_ports_of_their_own(box: Box, platform: str) -> None:
    status, log = box.run(platform, "target.sh", TASKS="2", AUTO_STOP_MINUTES="45")
    assert status == 0, log
    for service, port in (("app", 8000), ("app-8001", 8001)):
        unit = box.unit(service)
        assert f"EnvironmentFile=-/opt/leadline/{service}.env" in unit
        assert any(f"--host 0.0.0.0 --port {port} " in line for line in unit)
        assert "LEADLINE_NUMBER=3\n" in (box.root / f"opt/leadline/{service}.env").read_text()
    stop = (box.root / "opt/leadline/auto-stop.sh").read_text()
    assert "http://127.0.0.1:8000/health http://127.0.0.1:8001/health |" in stop


@pytest.mark.parametrize("secret", ["no JSON", '{"certificate": "alone"}', "[]"])
def test_a_secret_that_is_no_pair_is_said_in_one_line(box: Box, secret: str) -> None:
    (box.folder / "secret").write_text(secret)
    status, log = box.run("amazon", "balancer.sh", BALANCER_TLS=PAIR_ARN)
    assert status == 1
    form = '{"certificate": PEM, "key": PEM}'
    assert log[-1].endswith(f"leadline: FAILED: the secret {PAIR_ARN} is not {form}")
    assert "Traceback" not in "".join(log)
    assert not (box.root / "opt/leadline/tls").exists()


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


def test_the_packaged_unit_is_hardened_as_the_labs_is(box: Box) -> None:
    """Catches a line that is added to one of the two only. They differ on purpose in the keys of `own`."""
    own = (
        "#",
        "Description=",
        "WorkingDirectory=",
        "LogsDirectory",
        "EnvironmentFile=",
        "ExecStart=",
        "ExecReload=",
    )
    box.run("debian", "balancer.sh")
    file = Path(__file__).parents[2] / "packaging/leadline.service"
    units = [file.read_text().splitlines(), box.unit("balancer")]
    packaged, lab = [[line for line in unit if line and not line.startswith(own)] for unit in units]
    assert packaged == lab
    packaged_flags, lab_flags = [re.findall(r"-X\S+", "\n".join(unit)) for unit in units]
    # The lab's instances get the jar alone: its archive of classes belongs to the Java that made it.
    archive = "-XX:SharedArchiveFile="
    assert [flag for flag in packaged_flags if not flag.startswith(archive)] == lab_flags
