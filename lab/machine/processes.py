"""Processes and listeners of the local lab that its end may have left."""

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path

from lab.profile import Profile

# Every process of a machine has it in its environment (docs/lab.md).
MACHINE_VARIABLE = b"LEADLINE_MACHINE="
LOCAL_NETWORKS = (ipaddress.ip_network("127.1.0.0/16"), ipaddress.ip_network("127.2.0.0/24"))
TCP_LISTEN = "0A"  # net/tcp_states.h


def of_lab(profile: Profile) -> list[str]:
    """Processes of the local lab: its emulator, and whatever a machine of it started."""
    return [found for pid in _process_ids() if (found := _if_of_lab(pid, profile.state))]


def _process_ids() -> Iterator[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208 - only names are needed


def _if_of_lab(pid: int, state: Path) -> str | None:
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


def listeners(table: str | None = None) -> list[str]:
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
