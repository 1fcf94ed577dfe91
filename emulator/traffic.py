"""NetworkIn and NetworkOut of every machine: what went over the TCP connections of its address.

Machines share one loopback device, so the kernel is asked for its TCP sockets (sock_diag(7)): each has the bytes that
it received and that the other side acknowledged. What a connection carried after the last look before its end is
missing.
"""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emulator.account import Instance

_SOCK_DIAG = 4
_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_DONE, _ERROR = 3, 2
_INFO = 2
_STATES_WITH_BYTES = sum(1 << state for state in (1, 4, 5, 8, 9, 11))
"""ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING."""
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_BEFORE_ATTRIBUTES = 72
_BYTES_ACKED_AND_RECEIVED = struct.Struct("=QQ")
_THEIR_OFFSET = 120
"""In struct tcp_info."""


@dataclass(frozen=True)
class Connection:
    """A TCP socket: its address, a number that no other one ever has, and its bytes so far."""

    address: str
    cookie: bytes
    received: int
    sent: int


@dataclass(frozen=True)
class Traffic:
    """What an instance received and sent since the last look, in bytes."""

    instance: Instance
    received: int
    sent: int


class TrafficMeter:
    """Turns bytes that only grow into those between one look and the next. Not thread-safe."""

    def __init__(self, look: Callable[[], Iterable[Connection]] | None = None) -> None:
        """Creates a meter; ``look`` returns the connections that there are, by default this machine's."""
        self._look = look or connections
        self._before: dict[bytes, Connection] | None = None

    def read(self, instances: Iterable[Instance]) -> list[Traffic]:
        """The traffic of each since the last call; nothing at the first, or where the kernel does not say."""
        try:
            now = {connection.cookie: connection for connection in self._look()}
        except OSError:
            return []
        before, self._before = self._before, now
        if before is None:
            return []
        received: dict[str, int] = {}
        sent: dict[str, int] = {}
        for cookie, it in now.items():
            known = before.get(cookie)
            received[it.address] = (
                received.get(it.address, 0) + it.received - (known.received if known else 0)
            )
            sent[it.address] = sent.get(it.address, 0) + it.sent - (known.sent if known else 0)
        return [
            Traffic(instance, received.get(instance.address, 0), sent.get(instance.address, 0))
            for instance in instances
        ]


def connections() -> Iterator[Connection]:
    """Every TCP connection over IPv4 of this machine.

    Raises:
        OSError: where the kernel does not answer.
    """
    family = struct.pack(
        "=BBBxI48x", socket.AF_INET, socket.IPPROTO_TCP, 1 << (_INFO - 1), _STATES_WITH_BYTES
    )
    request = _HEADER.pack(_HEADER.size + len(family), _BY_FAMILY, _REQUEST_DUMP, 1, 0) + family
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(5)
        kernel.sendall(request)
        while True:
            part = kernel.recv(1 << 20)
            at = 0
            while at + _HEADER.size <= len(part):
                length, kind, *_ = _HEADER.unpack_from(part, at)
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    raise OSError("the kernel does not tell its sockets")
                with contextlib.suppress(ValueError):
                    yield _connection(part[at + _HEADER.size : at + length])
                at += (length + 3) & ~3


def _connection(message: bytes) -> Connection:
    address = str(ipaddress.IPv4Address(message[8:12]))
    cookie = message[44:52]
    at = _BEFORE_ATTRIBUTES
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        end = at + _ATTRIBUTE.size + _THEIR_OFFSET + _BYTES_ACKED_AND_RECEIVED.size
        if kind == _INFO and end <= at + length:
            acked, received = _BYTES_ACKED_AND_RECEIVED.unpack_from(
                message, at + _ATTRIBUTE.size + _THEIR_OFFSET
            )
            return Connection(address, cookie, received, acked)
        at += max(4, (length + 3) & ~3)
    raise ValueError("no byte counts")
