"""The data plane of a Network Load Balancer: relays TCP connections, each to the target that a hash of it names.

``python -m emulator.relay FILE`` runs until SIGTERM. FILE is what ``load_balancers.relay`` makes; targets and their
health are read again when the file changes. It knows nothing of moto, which takes seconds to import.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 0.5
_PUBLISH_SECONDS = 10
_BACKLOG = 4096
_CHUNK = 65536

Flow = tuple[str, int, str, int]
"""Client's address and port, the load balancer's address and port."""


@dataclass(frozen=True)
class Target:
    """A registered target and whether checks call it healthy."""

    address: str
    port: int
    healthy: bool


def chosen(flow: Flow, targets: list[Target]) -> Target | None:
    """The target of a flow: always the same for the same healthy targets. Of all targets where none is healthy."""
    usable = [it for it in targets if it.healthy] or targets
    if not usable:
        return None
    digest = hashlib.blake2b(repr(flow).encode(), digest_size=8).digest()
    return usable[int.from_bytes(digest) % len(usable)]


@dataclass
class Counts:
    """What a Network Load Balancer publishes, since the last time."""

    flows: int = 0
    bytes: int = 0
    client_resets: int = 0
    target_resets: int = 0
    own_resets: int = 0


@dataclass(eq=False)  # each is itself alone
class _Connection:
    target: Target
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    def reset(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Relay:
    """The connections of one listener. Belongs to one event loop."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = 0
        self.config: dict[str, Any] = {}
        self._targets: list[Target] = []
        self._open: set[_Connection] = set()
        self._counts = Counts()
        self.look()

    def look(self) -> None:
        """Takes over targets and health, and resets what is idle for too long or led to a target that is unhealthy."""
        changed = self._file.stat().st_mtime_ns
        if changed != self._read_at:
            self._read_at = changed
            self.config = json.loads(self._file.read_text())
            self._targets = [
                Target(it["address"], it["port"], it["healthy"]) for it in self.config["targets"]
            ]
        unhealthy = {(it.address, it.port) for it in self._targets if not it.healthy}
        idle = time.monotonic() - self.config["idleSeconds"]
        for it in list(self._open):
            if it.last < idle or (it.target.address, it.target.port) in unhealthy:
                self._counts.own_resets += 1
                it.reset()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relays one client's connection until both sides have ended."""
        self._counts.flows += 1
        target = chosen(
            (*writer.get_extra_info("peername"), *writer.get_extra_info("sockname")), self._targets
        )
        connection = None
        try:
            if target is None:
                raise ConnectionRefusedError
            there = await asyncio.open_connection(target.address, target.port)
            connection = _Connection(target, [writer, there[1]])
            self._open.add(connection)
            await asyncio.gather(
                self._pump(connection, reader, there[1], "client_resets"),
                self._pump(connection, there[0], writer, "target_resets"),
            )
        except OSError:
            self._counts.own_resets += 1
            writer.transport.abort()
        finally:
            if connection:
                self._open.discard(connection)
                connection.reset()

    async def _pump(
        self,
        connection: _Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        resets: str,
    ) -> None:
        """One direction; its end is passed on, the other direction goes on."""
        try:
            while data := await reader.read(_CHUNK):
                connection.last = time.monotonic()
                self._counts.bytes += len(data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
            await writer.drain()
        except ConnectionResetError:
            setattr(self._counts, resets, getattr(self._counts, resets) + 1)
            connection.reset()
        except OSError:
            connection.reset()

    def figures(self) -> list[dict[str, Any]]:
        """The metrics since the last call, by the names of AWS/NetworkELB."""
        counts, self._counts = self._counts, Counts()
        whole = self.config["cloudwatch"]["dimensions"]
        group = {**whole, **self.config["cloudwatch"]["group"]}
        healthy = sum(it.healthy for it in self._targets)
        values = [
            ("NewFlowCount", counts.flows, whole),
            ("ActiveFlowCount", len(self._open), whole),
            ("ProcessedBytes", counts.bytes, whole),
            ("TCP_Client_Reset_Count", counts.client_resets, whole),
            ("TCP_Target_Reset_Count", counts.target_resets, whole),
            ("TCP_ELB_Reset_Count", counts.own_resets, whole),
            ("HealthyHostCount", healthy, group),
            ("UnHealthyHostCount", len(self._targets) - healthy, group),
        ]
        return [
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": it} for key, it in dimensions.items()],
                "Value": float(value),
            }
            for name, value, dimensions in values
        ]


def _publisher(namespace: str) -> Any:
    import boto3  # noqa: PLC0415 - the relay listens before

    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    client = boto3.client("cloudwatch", endpoint_url=endpoint, region_name=region)
    return lambda data: client.put_metric_data(Namespace=namespace, MetricData=data)


async def _run(file: Path) -> None:
    relay = Relay(file)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    where = relay.config["listener"]
    server = await asyncio.start_server(relay.serve, where["host"], where["port"], backlog=_BACKLOG)
    put = await loop.run_in_executor(None, _publisher, relay.config["cloudwatch"]["namespace"])
    due = loop.time() + _PUBLISH_SECONDS
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS)
        relay.look()
        if loop.time() >= due or stopping.is_set():
            due = loop.time() + _PUBLISH_SECONDS
            try:
                await loop.run_in_executor(None, put, relay.figures())
            except Exception as error:  # noqa: BLE001 - figures are lost, connections are not
                print(f"CloudWatch: {error}", flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1])))
