"""What a lab that was destroyed may have left: looked for, not assumed."""

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path

from lab.aws import stack
from lab.profile import STACK, Profile
from lab.removal import tagged
from lab.running import fleet

# Every process of a machine has it in its environment (docs/architecture.md).
MACHINE_VARIABLE = b"LEADLINE_MACHINE="
LOCAL_NETWORKS = (ipaddress.ip_network("127.1.0.0/16"), ipaddress.ip_network("127.2.0.0/24"))
TCP_LISTEN = "0A"  # net/tcp_states.h


def local_processes(profile: Profile) -> list[str]:
    """Processes of the local lab: its emulator, and whatever a machine of it started."""
    return [found for pid in _process_ids() if (found := _of_lab(pid, profile.state))]


def _process_ids() -> Iterator[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208 - only names are needed


def _of_lab(pid: int, state: Path) -> str | None:
    process = Path(f"/proc/{pid}")
    try:
        if ") Z " in (process / "stat").read_text():
            return None
        command = (process / "cmdline").read_bytes().split(b"\0")
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return None  # gone meanwhile, or another user's
    marker = MACHINE_VARIABLE + os.fsencode(state) + b"/"
    is_emulator = b"emulator" in command and os.fsencode(state) in command
    if not is_emulator and not any(variable.startswith(marker) for variable in environment):
        return None
    return f"process {pid} ({os.fsdecode(b' '.join(command)).strip()[:60]})"


def local_listeners(table: str | None = None) -> list[str]:
    """Addresses and ports of the local lab's networks on which anything listens (proc_net_tcp(5))."""
    found = []
    text = Path("/proc/net/tcp").read_text() if table is None else table
    for line in text.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, port = local.split(":")
        parsed = ipaddress.ip_address(bytes.fromhex(address)[::-1])
        if state == TCP_LISTEN and any(parsed in network for network in LOCAL_NETWORKS):
            found.append(f"{parsed}:{int(port, 16)}")
    return found


def of_account(profile: Profile) -> tagged.Leftovers:
    """Everything of the lab that the account still has, asked of every service that can have some."""
    left = tagged.Leftovers(certain=in_account(profile))
    tagged.add_named(profile, left)
    tagged.add_listed(profile, left)
    return left


def in_account(profile: Profile) -> list[str]:
    """What costs money and still has the lab's tag, whatever CloudFormation says."""
    ec2 = stack.client(profile, "ec2")
    tagged = [{"Name": "tag:leadline:lab", "Values": [STACK]}]
    found = [f"instance {it['InstanceId']}" for it in fleet.instances(profile)]
    found += [f"disk {it['VolumeId']}" for it in ec2.describe_volumes(Filters=tagged)["Volumes"]]
    found += [
        f"address {it['PublicIp']}" for it in ec2.describe_addresses(Filters=tagged)["Addresses"]
    ]
    found += [
        f"network interface {it['NetworkInterfaceId']}"
        for it in ec2.describe_network_interfaces(Filters=tagged)["NetworkInterfaces"]
    ]
    found += [
        f"security group {it['GroupId']}"
        for it in ec2.describe_security_groups(Filters=tagged)["SecurityGroups"]
    ]
    found += [f"network {it['VpcId']}" for it in ec2.describe_vpcs(Filters=tagged)["Vpcs"]]
    return found + [f"load balancer {arn}" for arn in _load_balancers(profile)]


def _load_balancers(profile: Profile) -> Iterator[str]:
    balancing = stack.client(profile, "elbv2")
    for page in balancing.get_paginator("describe_load_balancers").paginate(PageSize=20):
        arns = [balancer["LoadBalancerArn"] for balancer in page["LoadBalancers"]]
        if not arns:
            continue
        for entry in balancing.describe_tags(ResourceArns=arns)["TagDescriptions"]:
            if {"Key": "leadline:lab", "Value": STACK} in entry["Tags"]:
                yield entry["ResourceArn"]
