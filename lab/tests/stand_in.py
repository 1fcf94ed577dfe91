"""A stand-in for everything that AWS's logins talk to, on a port of this machine."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

STS = "https://sts.amazonaws.com/doc/2011-06-15/"


def moment(seconds: float) -> str:
    """The time in so many seconds, as AWS writes it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Logins:
    """What it gives. Every key has a number of its own, so that a new one is seen."""

    def __init__(self) -> None:
        self.url = ""
        self.good_tokens = {"token"}
        self.refresh_tokens: dict[str, str] = {}
        self.key_seconds = 3600.0
        self.given = 0

    def _key(self, kind: str) -> str:
        self.given += 1
        return f"{kind}-{self.given}"

    def answer(
        self, asked: tuple[str, str], headers: dict[str, str], body: str
    ) -> tuple[int, str | dict]:
        """The status and content for one method and path."""
        method, path = asked
        if path.startswith("/federation/credentials"):
            return self._sso(headers.get("x-amz-sso_bearer_token", ""))
        if path == "/token":
            return self._sso_token(json.loads(body)["refreshToken"])
        if path.startswith("/latest/"):
            return 200, "metadata" if method == "PUT" else self._metadata(path)
        if path == "/v1/token":
            return 200, self._login()
        return self._sts(parse_qs(body).get("Action", [""])[0], moment(self.key_seconds))

    def _sso(self, token: str) -> tuple[int, dict]:
        if token not in self.good_tokens:
            return 401, {"__type": "UnauthorizedException", "message": "no"}
        keys = {
            "accessKeyId": self._key("sso"),
            "secretAccessKey": "secret",
            "sessionToken": "session",
            "expiration": int((time.time() + self.key_seconds) * 1000),
        }
        return 200, {"roleCredentials": keys}

    def _sso_token(self, given: str) -> tuple[int, dict]:
        token = self.refresh_tokens.get(given)
        if token is None:
            return 400, {"__type": "InvalidGrantException", "error": "invalid_grant"}
        return 200, {"accessToken": token, "expiresIn": 3600, "refreshToken": "again"}

    def _login(self) -> dict:
        keys = {"accessKeyId": self._key("login"), "secretAccessKey": "secret"}
        keys |= {"sessionToken": "session"}
        return {"accessToken": keys, "expiresIn": 900, "refreshToken": "again"}

    def _metadata(self, path: str) -> str | dict:
        """Of an instance with the role ``role``."""
        if not path.endswith("/role"):
            return "role"
        return {
            "Code": "Success",
            "AccessKeyId": self._key("instance"),
            "SecretAccessKey": "secret",
            "Token": "session",
            "Expiration": moment(self.key_seconds),
        }

    def _sts(self, action: str, end: str) -> tuple[int, str]:
        if action == "AssumeRole":
            inner = (
                f"<Credentials><AccessKeyId>{self._key('role')}</AccessKeyId><SecretAccessKey>secret"
                f"</SecretAccessKey><SessionToken>session</SessionToken><Expiration>{end}</Expiration></Credentials>"
            )
        elif action == "GetCallerIdentity":
            inner = "<Account>123456789012</Account>"
        else:
            code = "AccessDenied"
            return 403, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"
        return (
            200,
            f'<{action}Response xmlns="{STS}"><{action}Result>{inner}</{action}Result></{action}Response>',
        )


@contextmanager
def running() -> Iterator[Logins]:
    """A stand-in that answers."""
    logins = Logins()

    class Handler(BaseHTTPRequestHandler):
        def _act(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = logins.answer((self.command, self.path), headers, body)
            sent = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            if isinstance(content, dict) and "__type" in content:
                self.send_header("x-amzn-ErrorType", content["__type"])
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self._act()

        def do_PUT(self) -> None:
            self._act()

        def do_POST(self) -> None:
            self._act()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        logins.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield logins
        server.shutdown()
