"""Only an address that is one becomes allowedCidr."""

import http.server
import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

from lab.account.own_address import includes, own_ranges, pool


@pytest.fixture
def service() -> Iterator[Callable[..., str]]:
    servers = []

    def start(*answers: str) -> str:
        turns = itertools.cycle(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(next(turns).encode())

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("203.0.113.7\n", ["203.0.113.7/32"]),
        ("0.0.0.0/0", []),
        ("2001:db8::1", []),
        ("<html>log in to the hotel's network</html>", []),
        ("", []),
    ],
)
def test_the_answer_is_an_address_or_nothing(
    service: Callable[..., str], answer: str, expected: list[str]
) -> None:
    assert own_ranges(service(answer)) == expected


def test_a_campus_with_four_addresses(service: Callable[..., str]) -> None:
    found = own_ranges(service("203.0.113.10", "203.0.113.9", "203.0.113.12", "203.0.113.11"))
    assert found == [f"203.0.113.{last}/32" for last in (9, 10, 11, 12)]
    assert pool(found) == "203.0.113.0/24"
    assert pool([*found, "203.0.112.7/32"]) == "203.0.112.0/23"


def test_no_service_is_no_address() -> None:
    assert own_ranges("http://127.0.0.1:1") == []


def test_the_address_of_a_proxy_counts_only_where_no_other_way_leads_out(
    service: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark uses no proxy: a lab that lets the proxy's address in would not answer it."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", service("198.51.100.1"))
    assert own_ranges(service("203.0.113.7")) == ["203.0.113.7/32"]
    assert own_ranges("http://no-such-host.invalid/") == ["198.51.100.1/32"]


def test_an_account_that_is_not_amazons_is_asked_itself(
    service: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", service("203.0.113.7"))
    assert own_ranges() == ["203.0.113.7/32"]


def test_who_is_let_in() -> None:
    assert includes("203.0.113.0/24", "203.0.113.7/32")
    assert not includes("203.0.113.8/32", "203.0.113.7/32")
    assert not includes("nonsense", "203.0.113.7/32")
    assert includes("198.51.100.1/32, 203.0.113.0/24", "203.0.113.7/32")
    assert not includes("198.51.100.1/32,203.0.113.8/32", "203.0.113.7/32")
