"""The balancer's admin port, which is never public, on a port of this machine."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing

from lab import console
from lab.aws import access, stack
from lab.commands import end_group, last_lines, wait
from lab.errors import USAGE, LabError
from lab.profile import Profile
from lab.running import fleet

ADMIN_PORT = 9901  # infra's BalancerYaml
DOCUMENT = "AWS-StartPortForwardingSession"
OPEN_SECONDS = 60
POLL_SECONDS = 0.2
REQUEST_SECONDS = 5
PAGES = (
    ("/", "the dashboard"),
    ("/status", "targets, their health and load"),
    ("/explain?group=NAME", "the last choices of a target group, with the reason of each"),
    ("/metrics", "everything counted, for Prometheus"),
)
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


def show(profile: Profile, port: int | None) -> None:
    """Says where the admin pages are; in an account, forwards them to this machine until Ctrl-C.

    Raises:
        LabError: where a program is missing, the instance does not run or cannot be reached, or the port is taken.
    """
    found = fleet.balancers(profile)
    running = [it for it in found if it["state"] == fleet.RUNNING]
    if not running:
        state = f"is {found[0]['state']}" if found else "is no more"
        raise LabError(
            f"the balancer's instance {state}; ./deploy.sh start starts what was stopped"
        )
    health = fleet.behind_the_front(profile)
    balancer = max(running, key=lambda it: health.get(it["id"]) == fleet.HEALTHY)
    if len(found) > 1:
        console.say(
            f"  {len(found)} balancers; this is {balancer['id']}, and /status names its peers"
        )
    if profile.is_local:
        url = f"http://{balancer['address']}:{ADMIN_PORT}"
        if not _answers(url):
            raise LabError(f"{url} does not answer; {profile.state / 'machines'} has its log")
        _say(url)
    else:
        _forward(profile, balancer["id"], port)


def _say(url: str) -> None:
    console.heading("The balancer's admin pages")
    for path, what in PAGES:
        console.say(f"  {url + path:<46} {what}")


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + "/status", timeout=REQUEST_SECONDS):
            return True
    except urllib.error.HTTPError as refused:
        with refused:
            return False
    except OSError:
        return False


def _forward(profile: Profile, instance_id: str, wish: int | None) -> None:
    missing = [how for name, how in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise LabError("install what is missing on this machine:\n  " + "\n  ".join(missing))
    require_agent(profile, instance_id)
    port = local_port(wish)
    region = stack.client(profile, "ssm").meta.region_name
    parameters = {"portNumber": [str(ADMIN_PORT)], "localPortNumber": [str(port)]}
    command = ["aws", "ssm", "start-session", "--region", region, "--target", instance_id]
    command += ["--document-name", DOCUMENT, "--parameters", json.dumps(parameters)]
    log = profile.state / "dashboard.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=access.environment(profile),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # the AWS CLI starts the plugin, and is deaf to Ctrl-C while that runs
        )
    url = f"http://127.0.0.1:{port}"
    try:
        with console.step("Opening a session", f"forwarding port {port} to {instance_id}"):
            _await_open(process, url)
        _say(url)
        console.say("  Until Ctrl-C.")
        wait(process)
        raise LabError(
            f"Session Manager ended the session (it does after 20 minutes without use):\n\n{last_lines(log)}\n\n"
            f"./deploy.sh dashboard --profile {profile.name} opens it again"
        )
    except _ClosedError as closed:
        raise LabError(f"{closed}:\n\n{last_lines(log)}") from None
    except KeyboardInterrupt:
        console.say("\n  closed")
    finally:
        end_group(process)


class _ClosedError(Exception):
    """The session did not come about."""


def _await_open(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + OPEN_SECONDS
    while not _answers(url):
        if process.poll() is not None:
            raise _ClosedError("no session could be opened")
        if time.monotonic() > deadline:
            raise _ClosedError(f"the balancer's admin port has not answered for {OPEN_SECONDS} s")
        time.sleep(POLL_SECONDS)


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
        try:
            with closing(socket.create_server(("127.0.0.1", port))) as listening:
                return listening.getsockname()[1]
        except OSError:
            continue
    raise LabError(f"port {wish} is taken; choose another, or leave --port out", USAGE)
