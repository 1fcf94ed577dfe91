"""Health as an Application Load Balancer judges it."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from emulator.account import Account, HealthCheck, Target, TargetGroup
from emulator.health import HealthChecker, _Watch, is_expected, probe

CHECK = HealthCheck("/health", 5, 1, 3, 2, "200")
BAD = ("unhealthy", "Target.Timeout", "Request timed out")


def target(port: int = 1, *, running: bool = True) -> Target:
    return Target("i-1", "127.0.0.1", port, port, running)


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ("", "initial"),
        ("+", "healthy"),  # a new target needs one success, not healthyThreshold
        ("+-", "healthy"),
        ("+--", "unhealthy"),
        ("+-+-", "healthy"),  # not in a row
        ("+--++", "unhealthy"),
        ("+--+++", "healthy"),
        ("+--++-++", "unhealthy"),
        ("---------", "initial"),  # checked each second at first: 2 x 5 s
        ("----------", "unhealthy"),
    ],
)
def test_thresholds(results: str, state: str) -> None:
    watch = _Watch(CHECK, target())
    for result in results:
        watch.judge(None if result == "+" else BAD)
    assert watch.verdict[0] == state


@pytest.mark.parametrize(
    ("codes", "status", "expected"),
    [("200", 200, True), ("200", 201, False), ("200-299,404", 250, True), ("200, 404", 404, True)],
)
def test_matcher(codes: str, status: int, expected: bool) -> None:
    assert is_expected(status, codes) is expected


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_probe_says_what_was_wrong(port: int) -> None:
    assert probe(target(port), CHECK) is None
    wrong = probe(target(port), HealthCheck("/other", 5, 1, 2, 2, "200"))
    assert wrong == (
        "unhealthy",
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [500]",
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert probe(target(silent.getsockname()[1]), CHECK) == BAD
        free = silent.getsockname()[1]
    assert probe(target(free), CHECK)[1] == "Target.FailedHealthChecks"


def test_a_probe_of_a_network_load_balancer_begins_with_a_header_that_names_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found: list[bytes] = []

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                found.append(connection.recv(4096))
                while b"\r\n\r\n" not in found[-1][16:]:
                    found.append(found.pop() + connection.recv(4096))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        check = HealthCheck("/ready", 5, 5, 2, 2, "200", proxy_protocol=True)
        assert probe(target(server.getsockname()[1]), check) is None
        thread.join()
    assert found[0].startswith(b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00GET /ready ")


def account(*targets: Target, in_use: bool = True) -> Account:
    return Account((), (), {"arn": TargetGroup("arn", in_use, CHECK, targets)})


def test_a_target_that_was_stopped_must_pass_its_threshold_again() -> None:
    # catches: one success making it healthy, while the data plane still sends nothing to it
    checker = HealthChecker()
    checker.apply(account(target()))
    watch = checker._watches["arn", "i-1", 1]
    watch.judge(None)
    assert checker.health_of("arn", "i-1", 1)[0] == "healthy"
    checker.apply(account(target(running=False)))
    checker.apply(account(target()))
    watch.judge(None)
    assert checker.health_of("arn", "i-1", 1)[0] == "unhealthy"
    checker.stop()


def test_a_group_that_no_listener_uses_is_not_checked() -> None:
    checker = HealthChecker()
    checker.apply(account(target(), in_use=False))
    assert checker.health_of("arn", "i-1", 1)[:2] == ("unused", "Target.NotInUse")
    assert not checker._watches
    checker.stop()
