"""Whether this network lets a burst through: many routers and companies limit the connections of one machine."""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

from lab import topology
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

WHAT = "connections at once"
WANTED = 200
SECONDS = 10


def check(profile: Profile, plan: topology.Topology, burst: int) -> Finding:
    """Opens connections to AWS's API in the lab's region, all at once, as the benchmark will to the balancers.

    Nothing is sent over them. The benchmark uses no proxy, and neither does this.

    Args:
        profile: whose region it is.
        plan: what is to be deployed.
        burst: how many connections the benchmark opens at once; no more than ``WANTED`` are tried.
    """
    wanted = min(WANTED, burst)
    address = urlsplit(stack.client(profile, "ec2").meta.endpoint_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    opened = asyncio.run(_opened(address.hostname or "", port, wanted, SECONDS))
    if opened == wanted:
        return Finding(WHAT, f"{wanted} of {wanted} opened", True)
    fewer = {"requests": str(opened)} if opened else {"no-bench": None}
    return Finding(
        WHAT,
        f"this network opened {opened} of {wanted}, so a burst would measure the network",
        False,
        f"{plan.command(profile.name, fewer)}, or another network (AWS CloudShell)",
    )


async def _opened(host: str, port: int, wanted: int, seconds: float) -> int:
    """How many connections are open at the same time, of so many begun at once."""
    writers: list[asyncio.StreamWriter] = []

    async def one() -> None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
            writers.append(writer)

    tasks = [asyncio.create_task(one()) for _ in range(wanted)]
    await asyncio.wait(tasks, timeout=seconds)
    for it in tasks:
        it.cancel()
    opened = len(writers)
    for it in writers:
        it.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)
    return opened
