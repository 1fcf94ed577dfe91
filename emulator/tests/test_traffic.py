"""NetworkIn and NetworkOut from the kernel's own counts."""

import socket

import pytest

from emulator.account import Instance
from emulator.traffic import Connection, Traffic, TrafficMeter

ADDRESS = "127.98.0.4"


def instance(address: str = ADDRESS) -> Instance:
    return Instance("i-1", "123456789012", "us-east-1", "t2.micro", address, True, "", {})


def test_what_goes_over_a_machines_connections_is_its_traffic() -> None:
    meter = TrafficMeter()
    machine = instance()
    assert meter.read([machine]) == []
    with (
        socket.create_server((ADDRESS, 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        target, _ = server.accept()
        with target:
            client.sendall(bytes(100_000))
            left = 100_000
            while left:
                left -= len(target.recv(left))
            target.sendall(bytes(50_000))
            left = 50_000
            while left:
                left -= len(client.recv(left))
            client.sendall(b"acknowledges what was received")
            target.recv(100)
            (traffic,) = meter.read([machine])
            assert traffic.received == pytest.approx(100_030, abs=2)
            assert traffic.sent == pytest.approx(50_000, abs=2)
            assert meter.read([machine]) == [Traffic(machine, 0, 0)]


def test_connections_are_told_apart_and_addresses_too() -> None:
    looks = iter(
        [
            [Connection(ADDRESS, b"1", 10, 20)],
            [Connection(ADDRESS, b"1", 15, 20), Connection(ADDRESS, b"2", 1, 2)],
            [Connection(ADDRESS, b"2", 1, 5), Connection("127.98.0.5", b"3", 7, 7)],
        ]
    )
    meter = TrafficMeter(lambda: next(looks))
    machine = instance()
    meter.read([machine])
    assert meter.read([machine]) == [Traffic(machine, 6, 2)]
    assert meter.read([machine]) == [Traffic(machine, 0, 3)]  # one that ended takes nothing back


def test_where_the_kernel_does_not_answer_there_are_no_figures() -> None:
    def refuse() -> list[Connection]:
        raise PermissionError

    meter = TrafficMeter(refuse)
    assert meter.read([instance()]) == []
    assert meter.read([instance()]) == []
