"""What is set on the lab's balancers while they run: the policy of Leadline, the algorithm of the load balancer.

No instance is replaced or restarted for it. Systems Manager runs userdata/policy.sh on Leadline's instance, which
changes its configuration and has it read again. The load balancer gets an attribute of its target groups. What was in
force before is written down first, so that it is put back also after a crash: by the next verb that needs it.
"""

import contextlib
import json
import shlex
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from lab import console
from lab.aws import stack
from lab.errors import LabError
from lab.profile import ROOT, Profile
from lab.running import fleet, groups

SCRIPT = ROOT / "userdata" / "policy.sh"
ALGORITHM = "load_balancing.algorithm.type"
DOCUMENT = "AWS-RunShellScript"
UNFINISHED = ("Pending", "InProgress", "Delayed", "Cancelling")
DELIVERY_SECONDS = 30  # the least that Systems Manager takes
COMMAND_SECONDS = 60
POLL_SECONDS = {"local": 0.05, "aws": 1, "academy": 1}
# A policy begins with a probe or a metric of each target; a load balancer takes a change over a little later. How much
# later AWS does not document: ten seconds are a guess.
SETTLE_SECONDS = {"local": 0.5, "aws": 2, "academy": 2}
ALGORITHM_SECONDS = {"local": 1.2, "aws": 10, "academy": 10}


class Switches:
    """Sets what is in force on the balancers of a lab that is up. Not thread-safe."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        outputs = stack.complete_outputs(profile)
        self._group = outputs.get("BalancerGroup")
        self.balancer = self._group or outputs["BalancerInstanceId"]
        self._load_balancer = outputs.get("AlbArn")

    def set_policy(self, policy: object) -> None:
        """Sets the policy of every target group of every balancer: a name, or an object with name and settings.

        Raises:
            LabError: when the command cannot be run, or a balancer does not take the policy or says that another is in
                force.
        """
        text = policy if isinstance(policy, str) else json.dumps(policy)
        # Systems Manager runs it with sh, whatever that is
        command = f"bash -s -- {shlex.quote(text)} <<'END'\n{SCRIPT.read_text()}END"
        if self._group:
            groups.set_policy_of_the_next(self._profile, self._group, text)
        in_force: dict[str, list[str]] = {}
        try:
            # again: what the group launched in the meantime may have read the tag before
            while missing := [it for it in self._instances() if it not in in_force]:
                for instance in missing:
                    in_force[instance] = _run(self._profile, instance, command).split()
            _require_it_everywhere(policy, in_force)
        except LabError as problem:
            raise LabError(f"the policy cannot be set to {text}: {problem}") from None
        time.sleep(SETTLE_SECONDS[self._profile.name])

    def _instances(self) -> list[str]:
        """Every balancer that serves, once as many do as the group is to have: one that boots has the former policy.

        Those that the group launches later begin with the policy of its tag.
        """
        if not self._group:
            return [self.balancer]
        deadline = time.monotonic() + fleet.WAIT_SECONDS[self._profile.name]
        while True:
            serving, wanted = fleet.serving_balancers(self._profile)
            if serving and len(serving) >= wanted:
                return serving
            if not wanted:
                raise LabError("the group of balancers is empty; ./deploy.sh start fills it")
            if time.monotonic() > deadline:
                raise LabError(
                    f"{len(serving)} of {wanted} balancers serve; ./deploy.sh status says more"
                )
            time.sleep(fleet.POLL_SECONDS[self._profile.name])

    def algorithms(self) -> dict[str, str]:
        """The algorithm of each of the Application Load Balancer's target groups, by ARN; none where there is none."""
        if self._load_balancer is None:
            return {}
        client = stack.client(self._profile, "elbv2")
        groups = client.describe_target_groups(LoadBalancerArn=self._load_balancer)["TargetGroups"]
        found = {}
        for group in groups:
            arn = group["TargetGroupArn"]
            answer = client.describe_target_group_attributes(TargetGroupArn=arn)
            attributes = {it["Key"]: it["Value"] for it in answer["Attributes"]}
            found[arn] = attributes.get(ALGORITHM, "round_robin")
        return found

    def set_algorithms(self, wanted: dict[str, str]) -> None:
        """Sets the algorithm of target groups, by ARN."""
        client = stack.client(self._profile, "elbv2")
        for arn, algorithm in wanted.items():
            client.modify_target_group_attributes(
                TargetGroupArn=arn, Attributes=[{"Key": ALGORITHM, "Value": algorithm}]
            )
        time.sleep(ALGORITHM_SECONDS[self._profile.name])


def _require_it_everywhere(policy: object, in_force: dict[str, list[str]]) -> None:
    """Raises LabError where a balancer, in its /status, names another policy than the one that was set."""
    wanted = policy if isinstance(policy, str) else dict(policy)["name"]
    for instance, names in in_force.items():
        if names != [wanted]:
            raise LabError(f"{instance} says that it uses {' and '.join(names) or 'none'}")


def _run(profile: Profile, instance: str, command: str) -> str:
    """Runs a command on an instance, as root, and waits for its end; what it printed."""
    ssm = stack.client(profile, "ssm")
    try:
        sent = ssm.send_command(
            InstanceIds=[instance],
            DocumentName=DOCUMENT,
            TimeoutSeconds=DELIVERY_SECONDS,
            Comment="policy of Leadline",
            Parameters={"commands": [command], "executionTimeout": [str(COMMAND_SECONDS)]},
        )["Command"]["CommandId"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidInstanceId":
            raise
        raise LabError(
            f"the balancer's instance {instance} is not connected to Systems Manager; its agent connects some minutes "
            "after the instance has started, if its role allows it"
        ) from None
    deadline = time.monotonic() + DELIVERY_SECONDS + COMMAND_SECONDS
    while True:
        answer = {"Status": "Pending"}
        with contextlib.suppress(ssm.exceptions.InvocationDoesNotExist):  # yet
            answer = ssm.get_command_invocation(CommandId=sent, InstanceId=instance)
        if answer["Status"] == "Success":
            return answer.get("StandardOutputContent", "")
        if answer["Status"] not in UNFINISHED:
            raise LabError(_last_words(answer))
        if time.monotonic() > deadline:
            raise LabError(f"the command on {instance} did not end in time ({answer['Status']})")
        time.sleep(POLL_SECONDS[profile.name])


def _last_words(answer: dict[str, Any]) -> str:
    said = [
        line
        for line in answer.get("StandardErrorContent", "").splitlines()
        if line.strip() and not line.startswith("failed to run commands")
    ]
    return said[-1] if said else f"its command ended with status {answer['Status']}"


def _note(profile: Profile) -> Path:
    return profile.state / "switched.json"


@contextlib.contextmanager
def put_back_at_the_end(profile: Profile, switches: Switches, policy: object) -> Any:
    """Within it anything may be set; at its end, however that comes, what was in force before is so again.

    Args:
        profile: of the lab.
        switches: of the lab.
        policy: the one that the lab was deployed with.

    Raises:
        LabError: when it cannot be put back.
    """
    before = {
        "instance": switches.balancer,
        "policy": policy,
        "algorithms": switches.algorithms(),
    }
    _note(profile).write_text(json.dumps(before, indent=2) + "\n")
    try:
        yield
    finally:
        put_back(profile, switches)


def follow(profile: Profile, policy: object, *, changed: bool) -> None:
    """After an update of the lab: sets the policy that it was deployed with, without another instance.

    Args:
        profile: of the lab.
        policy: the one that it has now.
        changed: whether it had another one before.

    Raises:
        LabError: when it cannot be set.
    """
    note = _note(profile)
    if note.exists():
        note.write_text(json.dumps({**json.loads(note.read_text()), "policy": policy}) + "\n")
        put_back(profile)
    elif changed:
        with console.step("Setting the policy of the balancer that runs", f"policy {policy}"):
            Switches(profile).set_policy(policy)


def put_back(profile: Profile, switches: Switches | None = None) -> None:
    """Puts back what a run has set and not put back; does nothing where there is none such.

    Raises:
        LabError: when it cannot be put back; the next call tries again.
    """
    note = _note(profile)
    try:
        before = json.loads(note.read_text())
    except FileNotFoundError:
        return
    now = switches or Switches(profile)
    existing = now.algorithms()
    algorithms = {
        arn: algorithm
        for arn, algorithm in before["algorithms"].items()
        if existing.get(arn, algorithm) != algorithm
    }
    with console.step(
        "Putting back the policy and the load balancer's algorithm",
        "policy and algorithm as before",
    ):
        try:
            if algorithms:
                now.set_algorithms(algorithms)
            if before["instance"] == now.balancer:  # another one has what it was deployed with
                now.set_policy(before["policy"])
        except (LabError, ClientError) as problem:
            raise LabError(
                f"what was measured last is still in force: {problem}\n"
                "The next ./deploy.sh bench puts it back before it measures."
            ) from None
    note.unlink()
