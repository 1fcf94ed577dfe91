"""Only an address that is one becomes allowedCidr."""

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from lab.account.own_address import includes, own_range


@pytest.fixture
def service() -> Iterator[Callable[[str], str]]:
    servers = []

    def start(answer: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
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
        ("203.0.113.7\n", "203.0.113.7/32"),
        ("0.0.0.0/0", None),
        ("2001:db8::1", None),
        ("<html>log in to the hotel's network</html>", None),
        ("", None),
    ],
)
def test_the_answer_is_an_address_or_nothing(
    service: Callable[[str], str], answer: str, expected: str | None
) -> None:
    assert own_range(service(answer)) == expected


def test_no_service_is_no_address() -> None:
    assert own_range("http://127.0.0.1:1") is None


def test_who_is_let_in() -> None:
    assert includes("203.0.113.0/24", "203.0.113.7/32")
    assert not includes("203.0.113.8/32", "203.0.113.7/32")
    assert not includes("nonsense", "203.0.113.7/32")
