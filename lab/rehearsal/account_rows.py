"""Rows of the table about the account: what AWS's services say, and what this machine can reach."""

import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from lab.aws import stack
from lab.console import Step
from lab.machine.prerequisites import Finding
from lab.profile import STACK, Profile
from lab.rehearsal.instance_rows import NOT_LOCAL
from lab.running import fleet

# An Application Load Balancer delivers its log every five minutes, and its figures a minute or two late.
DELIVERY_SECONDS = {"local": 60, "aws": 12 * 60, "academy": 12 * 60}
POLL_SECONDS = {"local": 1, "aws": 10, "academy": 10}
CLOSED_PORTS = (8000, 9901)  # infra's Network and BalancerYaml; balancers alone may reach them
SSH_PORT = 22
CONNECT_SECONDS = 3
SIGNAL = re.compile(r"Received (\w+) signal with UniqueId (i-\w+)")


def signals(profile: Profile) -> Finding:
    """Whether each instance told CloudFormation that it serves."""
    pages = stack.client(profile, "cloudformation").get_paginator("describe_stack_events")
    said = {
        found[2]: found[1]
        for page in pages.paginate(StackName=STACK)
        for event in page["StackEvents"]
        if (found := SIGNAL.search(event.get("ResourceStatusReason", "")))
    }
    ids = [it["InstanceId"] for it in fleet.instances(profile)]
    good = sum(said.get(id_) == "SUCCESS" for id_ in ids)
    return Finding(
        "signals to CloudFormation", f"SUCCESS of {good} of {len(ids)}", good == len(ids)
    )


def target_health(profile: Profile) -> Finding:
    """The targets' health, where it is the worst that one of AWS's load balancers says."""
    states = Counter(it.state for it in fleet.targets(profile))
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    return Finding("targets, as AWS has them", said or "none", set(states) == {"healthy"})


def disks(profile: Profile, template: dict[str, Any]) -> Finding:
    """Whether every disk is encrypted that the template wants so."""
    what = "encrypted disks"
    if profile.is_local:
        return Finding(what, NOT_LOCAL, None)
    ids = [
        disk["Ebs"]["VolumeId"]
        for instance in fleet.instances(profile)
        for disk in instance["BlockDeviceMappings"]
    ]
    volumes = stack.client(profile, "ec2").describe_volumes(VolumeIds=ids)["Volumes"]
    encrypted = sum(it["Encrypted"] for it in volumes)
    wanted = sum(
        disk["Ebs"].get("Encrypted", False)
        for instance in _of_type(template, "AWS::EC2::Instance")
        for disk in instance.get("BlockDeviceMappings", [])
    )
    return Finding(what, f"{encrypted} of {len(volumes)}", encrypted >= wanted)


def _of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [it["Properties"] for it in template["Resources"].values() if it["Type"] == kind]


def closed_ports(profile: Profile) -> Finding:
    """Whether this machine cannot reach what only the balancers, or nobody, should."""
    what = "closed ports"
    if profile.is_local:
        return Finding(what, NOT_LOCAL, None)
    found = fleet.instances(profile)
    ports = [*CLOSED_PORTS, *([] if any("KeyName" in it for it in found) else [SSH_PORT])]
    pairs = [*product((it["PublicIpAddress"] for it in found if "PublicIpAddress" in it), ports)]
    with ThreadPoolExecutor(max(1, len(pairs))) as pool:
        opened = [
            port for (_, port), yes in zip(pairs, pool.map(_connects, pairs), strict=True) if yes
        ]
    said = f"{', '.join(map(str, sorted(set(opened))))} can be reached" if opened else "closed: "
    return Finding(what, said if opened else said + ", ".join(map(str, ports)), not opened)


def _connects(address: tuple[str, int]) -> bool:
    try:
        with closing(socket.create_connection(address, CONNECT_SECONDS)):
            return True
    except OSError:
        return False


def alarms(profile: Profile, template: dict[str, Any]) -> Finding:
    """Whether the template's alarms are there and none is raised."""
    what = "alarms"
    if profile.is_local:
        return Finding(what, NOT_LOCAL, None)
    pages = stack.client(profile, "cloudwatch").get_paginator("describe_alarms")
    found = [
        it
        for page in pages.paginate(AlarmNamePrefix=f"{STACK}-", AlarmTypes=["MetricAlarm"])
        for it in page["MetricAlarms"]
    ]
    wanted = len(_of_type(template, "AWS::CloudWatch::Alarm"))
    raised = [it["AlarmName"] for it in found if it["StateValue"] == "ALARM"]
    states = Counter(it["StateValue"] for it in found)
    said = [f"{len(found)} of {wanted}", *(f"{count} {state}" for state, count in states.items())]
    return Finding(what, ", ".join([*said, *raised]), len(found) == wanted and not raised)


def requests(balancer: dict[str, Any], paths: list[dict[str, Any]], count: int) -> Finding:
    """Whether each path is answered through a balancer, by the targets that belong to it."""
    wrong: Counter[str] = Counter()
    seen = set()
    for path in paths:
        for _ in range(count):
            url = balancer.get("urls", {}).get(path["path"], balancer["url"])
            status, instance_id = fleet.ask(url + path["path"])
            if status != 200:
                wrong[f"{path['path']} answered {status or 'nothing'}"] += 1
            elif instance_id not in path["targets"]:
                wrong[f"{path['path']} was answered by {instance_id}"] += 1
            seen.add(instance_id)
    sent = count * len(paths)
    said = f"{sent - wrong.total()} of {sent} answered with 200, by {len(seen)} targets"
    problems = [f"{how} ({times}x)" for how, times in wrong.items()]
    return Finding(f"requests through {balancer['title']}", "; ".join([said, *problems]), not wrong)


def counted(profile: Profile, balancer: dict[str, Any], since: datetime, sent: int) -> Finding:
    """Whether CloudWatch has counted the requests that were sent through a balancer."""
    where = balancer["cloudwatch"]
    # A balancer for each path has figures for each.
    scopes = [where["dimensions"]] if "dimensions" in where else [*where["paths"].values()]
    queries = [
        {
            "Id": f"sent{n}",
            "MetricStat": {
                "Metric": {
                    "Namespace": where["namespace"],
                    # Each of the requests had a connection of its own.
                    "MetricName": "NewFlowCount" if by_connection(balancer) else "RequestCount",
                    "Dimensions": [{"Name": name, "Value": it} for name, it in scope.items()],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for n, scope in enumerate(scopes)
    ]
    found = stack.client(profile, "cloudwatch").get_metric_data(
        MetricDataQueries=queries,
        StartTime=since.replace(second=0, microsecond=0),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )["MetricDataResults"]
    total = int(sum(value for it in found for value in it["Values"]))
    what = f"CloudWatch's count of {balancer['title']}"
    return Finding(what, f"{total} of the {sent} requests sent", total >= sent)


def by_connection(balancer: dict[str, Any]) -> bool:
    """Whether it counts connections and no requests."""
    return balancer["cloudwatch"]["namespace"] == "AWS/NetworkELB"


def access_log(profile: Profile) -> Finding:
    """Whether the Application Load Balancer has delivered its log; its test of the bucket does not count."""
    what = "access log of the ALB"
    if profile.is_local:
        return Finding(what, NOT_LOCAL, None)
    pages = stack.client(profile, "cloudformation").get_paginator("list_stack_resources")
    bucket = next(
        it["PhysicalResourceId"]
        for page in pages.paginate(StackName=STACK)
        for it in page["StackResourceSummaries"]
        if it["ResourceType"] == "AWS::S3::Bucket" and it["LogicalResourceId"].startswith("Alb")
    )
    objects = stack.client(profile, "s3").list_objects_v2(Bucket=bucket, Prefix="AWSLogs/")
    files = sum(it["Key"].endswith(".log.gz") for it in objects.get("Contents", []))
    return Finding(what, f"{files} files delivered", files > 0)


def awaited(
    profile: Profile, looks: Iterable[Callable[[], Finding]], progress: Step
) -> list[Finding]:
    """The last result of each look: repeated until all are good, or delivery has had its time."""
    looks = [*looks]
    deadline = time.monotonic() + DELIVERY_SECONDS[profile.name]
    found = [look() for look in looks]
    while any(it.ok is False for it in found) and time.monotonic() < deadline:
        progress.detail = "; ".join(it.what for it in found if it.ok is False)
        time.sleep(POLL_SECONDS[profile.name])
        found = [
            look() if before.ok is False else before
            for look, before in zip(looks, found, strict=True)
        ]
    return found
