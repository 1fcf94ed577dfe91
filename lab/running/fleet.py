"""The lab's instances and their health, as the account's API has them."""

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lab.aws import stack
from lab.console import Step
from lab.errors import LabError
from lab.profile import STACK, Profile
from lab.running import balancers as kinds_of_balancers
from lab.running import groups, instance_log

POLL_SECONDS = {"local": 1, "aws": 5, "academy": 5}
# How often logs are looked at for a script that failed; the first look leaves time for the log of an earlier boot to
# be written on.
LOG_POLL_SECONDS = {"local": 5, "aws": 60, "academy": 60}
INSTANCE_POLL_SECONDS = 2
WAIT_SECONDS = {"local": 180, "aws": 15 * 60, "academy": 15 * 60}
REQUEST_SECONDS = 5

RUNNING = "running"
HEALTHY = "healthy"
DRAINING = "draining"
# A Classic Load Balancer's words in those of the others.
CLASSIC_STATES = {"InService": HEALTHY, "Unknown": "initial"}
GONE = ("terminated", "shutting-down")


@dataclass(frozen=True)
class Target:
    """One instance behind the balancers; ``state`` is its health, or its instance state while it does not run."""

    id: str
    number: int
    cluster: str
    type: str
    address: str
    state: str


def instances(profile: Profile) -> list[dict[str, Any]]:
    """Every instance of the lab that exists, the balancer's too, as EC2 describes them."""
    pages = stack.client(profile, "ec2").get_paginator("describe_instances")
    filters = [{"Name": "tag:leadline:lab", "Values": [STACK]}]
    return [
        instance
        for page in pages.paginate(Filters=filters)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in GONE
    ]


def _tags(instance: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}


def _in_a_group(instance: dict[str, Any]) -> bool:
    return "aws:autoscaling:groupName" in _tags(instance)


def name(instance: dict[str, Any]) -> str:
    """What an instance is called: its Name tag, or its id where it has none."""
    return _tags(instance).get("Name", instance["InstanceId"])


def _health(profile: Profile) -> dict[str, str]:
    """Health of every registered target by instance id: healthy is what every load balancer of AWS's calls so."""
    outputs = stack.outputs(profile)
    health: dict[str, str] = {}
    for instance_id, state in [
        *_in_target_groups(profile, kinds_of_balancers.with_target_groups(outputs)),
        *_behind_classic(profile, [*kinds_of_balancers.classic(outputs).values()]),
    ]:
        if health.get(instance_id, HEALTHY) == HEALTHY:
            health[instance_id] = state
    return health


def _in_target_groups(profile: Profile, load_balancers: list[str]) -> Iterator[tuple[str, str]]:
    balancing = stack.client(profile, "elbv2")
    for load_balancer in load_balancers:
        try:
            groups = balancing.describe_target_groups(LoadBalancerArn=load_balancer)["TargetGroups"]
        except balancing.exceptions.LoadBalancerNotFoundException:
            continue  # a removal that did not come to its end
        for group in groups:
            arn = group["TargetGroupArn"]
            described = balancing.describe_target_health(TargetGroupArn=arn)
            for entry in described["TargetHealthDescriptions"]:
                yield entry["Target"]["Id"], entry["TargetHealth"]["State"]


def _behind_classic(profile: Profile, names: list[str]) -> Iterator[tuple[str, str]]:
    if not names:
        return
    balancing = stack.client(profile, "elb")
    for name in names:
        try:
            described = balancing.describe_instance_health(LoadBalancerName=name)
        except balancing.exceptions.AccessPointNotFoundException:
            continue
        for entry in described["InstanceStates"]:
            yield entry["InstanceId"], CLASSIC_STATES.get(entry["State"], "unhealthy")


def targets(profile: Profile) -> list[Target]:
    """The targets in the order of their numbers."""
    health = _health(profile)
    found = []
    for instance in instances(profile):
        tags = _tags(instance)
        if tags.get("leadline:role") != "target":
            continue
        state = instance["State"]["Name"]
        if state == RUNNING:
            state = health.get(instance["InstanceId"], "unregistered")
        found.append(
            Target(
                id=instance["InstanceId"],
                number=_number(instance),
                cluster=tags["leadline:cluster"],
                type=instance["InstanceType"],
                address=instance.get("PrivateIpAddress", ""),
                state=state,
            )
        )
    return sorted(found, key=lambda target: target.number)


def _number(instance: dict[str, Any]) -> int:
    """That of its tag; a member of a group has the one that its script makes of its address (userdata's group.sh)."""
    written = _tags(instance).get("leadline:number")
    if written is not None:
        return int(written)
    third, fourth = instance["PrivateIpAddress"].split(".")[2:]
    return 1000 + int(third) * 256 + int(fourth)


def balancers(profile: Profile) -> list[dict[str, str]]:
    """The instances that are a balancer, in the form of `status --json`, by their addresses."""
    found = [
        {
            "id": it["InstanceId"],
            "type": it["InstanceType"],
            "address": it.get("PrivateIpAddress", ""),
            "state": it["State"]["Name"],
        }
        for it in instances(profile)
        if "balancer" in (_tags(it).get("leadline:role"), _tags(it).get("leadline:hosts"))
    ]
    return sorted(found, key=lambda it: it["address"])


def behind_the_front(profile: Profile) -> dict[str, str]:
    """What the front of a group of balancers says of each, by id; empty where there is no such group."""
    arn = stack.outputs(profile).get("BalancerTargetGroupArn")
    if arn is None:
        return {}
    described = stack.client(profile, "elbv2").describe_target_health(TargetGroupArn=arn)
    return {
        it["Target"]["Id"]: it["TargetHealth"]["State"]
        for it in described["TargetHealthDescriptions"]
    }


def serving_balancers(profile: Profile) -> tuple[list[str], int]:
    """The members of the balancers' group that its front sends to, and how many there are to be."""
    for group in groups.of(profile, stack.outputs(profile)):
        if group.of == groups.BALANCERS:
            return _serving(profile, group), group.desired
    return [], 0


def _serving(profile: Profile, group: groups.Group) -> list[str]:
    """Ids of the members in service; of balancers only those that are healthy behind their front."""
    serving = [it for it, state in group.members.items() if state == "InService"]
    if group.of != groups.BALANCERS:
        return serving
    health = behind_the_front(profile)
    return [it for it in serving if health.get(it) == HEALTHY]


def _missing_of_groups(profile: Profile) -> list[str]:
    """What groups of the lab do not have yet that they are to have."""
    outputs = stack.outputs(profile)
    said = []
    for group in groups.of(profile, outputs):
        serving = _serving(profile, group)
        if len(serving) < group.desired:
            said.append(f"{len(serving)} of {group.desired} {group.title}")
    return said


@dataclass(frozen=True)
class Lost:
    """An instance that the stack has and EC2 has no more."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


def lost(profile: Profile) -> list[Lost]:
    """The instances that were terminated by something else than CloudFormation, which does not notice that."""
    cloudformation = stack.client(profile, "cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    of_the_stack = {
        resource["PhysicalResourceId"]: resource["LogicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::EC2::Instance"
        and resource.get("PhysicalResourceId")
        and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }
    there = {instance["InstanceId"] for instance in instances(profile)}
    missing = {id_: name for id_, name in of_the_stack.items() if id_ not in there}
    if not missing:
        return []
    # EC2 forgets a terminated instance within the hour; the template still has its tags
    declared = cloudformation.get_template(StackName=STACK)["TemplateBody"]["Resources"]
    return [
        Lost(id_, _tags(declared[logical]["Properties"]).get("Name", logical))
        for id_, logical in missing.items()
    ]


def what_helps(gone: list[Lost], profile: Profile) -> str:
    """What it means that instances are lost, and what makes them anew."""
    names = ", ".join(map(str, gone))
    if profile.is_local:
        return f"{names}: terminated; ./deploy.sh local makes the lab anew"
    return (
        f"{names}: terminated, and not by this lab. CloudFormation thinks they are there and makes none anew; "
        f"./deploy.sh destroy --profile {profile.name}, then ./deploy.sh up --profile {profile.name}, makes all anew"
    )


def require_none_lost(profile: Profile) -> None:
    """Raises LabError where instances of the stack are gone."""
    gone = lost(profile)
    if gone:
        raise LabError(what_helps(gone, profile))


def as_json(found: list[Target] | list[Lost]) -> list[dict[str, Any]]:
    """The form of `status --json` and of the lab file."""
    return [asdict(target) for target in found]


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=_any_certificate())
    )


def ask(url: str) -> tuple[int | None, str | None]:
    """Status of one GET, and the id of the instance that answered; None for what there is not."""
    try:
        with _opener().open(url, timeout=REQUEST_SECONDS) as answer:
            return answer.status, json.loads(answer.read())["instance_id"]
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, None
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return None, None


def _answers(url: str) -> bool:
    """Whether a balancer answers there at all.

    The balancer answers that path itself, with its page or with 404, and does not count it as a request: so a benchmark
    need not wait for a clock minute without requests. Certificates are not checked, because no secret is sent: our own
    balancer's may be self-signed, and the load balancer's is for another name than AWS's.
    """
    try:
        with _opener().open(url + "/", timeout=REQUEST_SECONDS):
            return True
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code < 500
    except (OSError, urllib.error.URLError):
        return False


def wait_until_serving(profile: Profile, urls: list[str], progress: Step) -> None:
    """Waits until every target is healthy and every balancer answers.

    Raises:
        LabError: when an instance is gone, its script failed or it takes too long; the message names what is missing
            and ends with the log of one that failed.
    """
    require_none_lost(profile)
    begun = time.monotonic()
    limit = WAIT_SECONDS[profile.name]
    next_look = begun + LOG_POLL_SECONDS[profile.name]
    silent = urls
    while True:
        found = targets(profile)
        # one that a group ends serves what it has and gets nothing new: nobody waits for it
        unhealthy = [target for target in found if target.state not in (HEALTHY, DRAINING)]
        progress.detail = f"{len(found) - len(unhealthy)} of {len(found)} targets healthy"
        few = [] if unhealthy else _missing_of_groups(profile)
        if few:
            progress.detail = few[0]
        elif found and not unhealthy:
            silent = [url for url in silent if not _answers(url)]
            if not silent:
                require_none_lost(profile)  # one that is gone is not among those that were counted
                return
            progress.detail = f"waiting for {silent[0]}"
        if time.monotonic() > next_look:
            _raise_if_failed(profile, unhealthy)
            next_look = time.monotonic() + LOG_POLL_SECONDS[profile.name]
        if time.monotonic() > begun + limit:
            raise LabError(_what_is_missing(profile, limit, unhealthy, few or silent))
        time.sleep(POLL_SECONDS[profile.name])


def _raise_if_failed(profile: Profile, unhealthy: list[Target]) -> None:
    if profile.is_local and (ended := instance_log.load_balancer_that_ended(profile)):
        raise LabError(f"the stand-in of the load balancer has ended by itself: {ended}")
    own = [it["id"] for it in balancers(profile)]
    for instance_id in [target.id for target in unhealthy] + own:
        log = instance_log.end(profile, instance_id)
        if any(instance_log.FAILED_LINE in line for line in log.splitlines()[-1:]):
            raise LabError(
                f"the set-up of instance {instance_id} failed; the end of its log:\n\n{log}"
            )


def _what_is_missing(
    profile: Profile, limit: int, unhealthy: list[Target], silent: list[str]
) -> str:
    if unhealthy:
        worst = unhealthy[0]
        names = ", ".join(f"{target.id} ({target.state})" for target in unhealthy)
        return (
            f"after {limit} s not every target is healthy: {names}\n\n"
            f"the end of the log of {worst.id}:\n{instance_log.end(profile, worst.id)}"
        )
    logs = "".join(
        f"\n\nthe end of the log of the balancer's instance {it['id']}:\n{instance_log.end(profile, it['id'])}"
        for it in balancers(profile)
    )
    return f"after {limit} s there is no answer from, or not enough: {', '.join(silent)}{logs}"


def stop(profile: Profile) -> int:
    """Stops every instance, ends those of groups, and waits until none runs; how many there were."""
    ec2 = stack.client(profile, "ec2")
    found = instances(profile)
    members = [it["InstanceId"] for it in found if _in_a_group(it)]
    groups.empty(profile, groups.of(profile, stack.outputs(profile)))
    ids = [it["InstanceId"] for it in found if not _in_a_group(it)]
    if ids:
        ec2.stop_instances(InstanceIds=ids)
        ec2.get_waiter("instance_stopped").wait(
            InstanceIds=ids, WaiterConfig={"Delay": INSTANCE_POLL_SECONDS, "MaxAttempts": 300}
        )
    if members:  # the group drains them first
        ec2.get_waiter("instance_terminated").wait(
            InstanceIds=members, WaiterConfig={"Delay": INSTANCE_POLL_SECONDS, "MaxAttempts": 300}
        )
    return len(ids) + len(members)


def start(profile: Profile) -> int:
    """Starts every instance and waits until all run; how many there are. Groups that were emptied launch members.

    Some may run already, or be on their way down: a Learner Lab's end stops them all, its next start starts some.
    """
    ec2 = stack.client(profile, "ec2")
    groups.fill(profile, groups.of(profile, stack.outputs(profile)))
    found = [it for it in instances(profile) if not _in_a_group(it)]
    ids = [instance["InstanceId"] for instance in found]
    ending = [it["InstanceId"] for it in found if it["State"]["Name"] == "stopping"]
    waiting = {"Delay": INSTANCE_POLL_SECONDS, "MaxAttempts": 300}
    if ending:  # one that is stopping cannot be started
        ec2.get_waiter("instance_stopped").wait(InstanceIds=ending, WaiterConfig=waiting)
    if ids:
        ec2.start_instances(InstanceIds=ids)
        ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig=waiting)
    return len(ids)
