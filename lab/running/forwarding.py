"""A balancer's admin port, which is never public, on a port of this machine: over Session Manager."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing

from lab.aws import access, stack
from lab.commands import end_group, last_lines
from lab.errors import USAGE, LabError
from lab.profile import Profile

ADMIN_PORT = 9901  # infra's BalancerYaml
DOCUMENT = "AWS-StartPortForwardingSession"
OPEN_SECONDS = 60
POLL_SECONDS = 0.2
REQUEST_SECONDS = 5
PROGRAMS = (
    (
        "aws",
        "the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    ),
    (
        "session-manager-plugin",
        "the Session Manager plugin: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
        "session-manager-working-with-install-plugin.html",
    ),
)


def answers(url: str) -> bool:
    """Whether an admin port answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + "/status", timeout=REQUEST_SECONDS):
            return True
    except urllib.error.HTTPError as refused:
        with refused:
            return False
    except OSError:
        return False


def require_programs() -> None:
    """Raises LabError where a program is missing on this machine."""
    missing = [how for name, how in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise LabError("install what is missing on this machine:\n  " + "\n  ".join(missing))


class Session:
    """Forwards one port of this machine to the admin port of one instance, until it is ended."""

    def __init__(self, profile: Profile, instance_id: str, port: int) -> None:
        """Starts it; it is not open yet."""
        self.url = f"http://127.0.0.1:{port}"
        self.log = profile.state / f"dashboard-{instance_id}.log"
        region = stack.client(profile, "ssm").meta.region_name
        parameters = {"portNumber": [str(ADMIN_PORT)], "localPortNumber": [str(port)]}
        command = ["aws", "ssm", "start-session", "--region", region, "--target", instance_id]
        command += ["--document-name", DOCUMENT, "--parameters", json.dumps(parameters)]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                env=access.environment(profile),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # the AWS CLI starts the plugin, and is deaf to Ctrl-C while that runs
            )

    def await_open(self) -> None:
        """Returns when the admin port answers.

        Raises:
            LabError: when the session ends before, or takes too long; the message has the end of its log.
        """
        deadline = time.monotonic() + OPEN_SECONDS
        while not answers(self.url):
            if self.process.poll() is not None:
                raise LabError(f"no session could be opened:\n\n{last_lines(self.log)}")
            if time.monotonic() > deadline:
                raise LabError(
                    f"the balancer's admin port has not answered for {OPEN_SECONDS} s:\n\n{last_lines(self.log)}"
                )
            time.sleep(POLL_SECONDS)

    def end(self) -> None:
        """Ends it, with the plugin that it started."""
        end_group(self.process)


def require_agent(profile: Profile, instance_id: str) -> None:
    """Raises LabError where Session Manager does not list the instance, or has lost its agent."""
    found = stack.client(profile, "ssm").describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [instance_id]}]
    )["InstanceInformationList"]
    if not found:
        raise LabError(
            f"the instance {instance_id} has not registered with Session Manager; that takes a minute or two after its "
            "start, and its role needs AmazonSSMManagedEC2InstanceDefaultPolicy, as the lab's roles have it"
        )
    if found[0]["PingStatus"] != "Online":
        raise LabError(
            f"Session Manager has lost the agent of instance {instance_id} ({found[0]['PingStatus']}); "
            "./deploy.sh stop and ./deploy.sh start bring it back"
        )


def local_port(wish: int | None) -> int:
    """The port to listen on here: the one asked for, 9901 where it is free, or any.

    Raises:
        LabError: where the one asked for is taken.
    """
    for port in [wish] if wish else [ADMIN_PORT, 0]:
        if found := _free(port):
            return found
    raise LabError(f"port {wish} is taken; choose another, or leave --port out", USAGE)


def any_port() -> int:
    """A port of this machine that nobody has."""
    return _free(0)


def _free(port: int) -> int:
    """The port, or any for 0; 0 where it is taken."""
    try:
        with closing(socket.create_server(("127.0.0.1", port))) as listening:
            return listening.getsockname()[1]
    except OSError:
        return 0
