"""Logins that end: IAM Identity Center (SSO) as AWS's SDKs use it, and keys that AWS takes for a while only.

``logins.json`` in the state directory says which access tokens of SSO are good, what a refresh token is exchanged for,
and for how long the keys are good that are given for a token. It is looked at with every call:

    {"tokens": ["one"], "refreshTokens": {"again": "two"}, "keySeconds": 20}

A key's end is a part of its id, so that it is refused after it as AWS does.
"""

import json
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

from emulator.cbor import WsgiApplication
from emulator.faults import refuse, service_of
from emulator.requests import action_of, read_body

PREFIX = "LEADLINEEMULATOR"
_KEY = re.compile(rf"Credential={PREFIX}([0-9A-F]{{8}})/")
_TOKEN = "emulator.sso_token"  # noqa: S105 - a name
_TOKEN_SECONDS = 8 * 3600
# How services say that a key has ended; the others as the query protocol does.
_EXPIRED = {"ec2": "RequestExpired"}


class RequestHandler(MotoRequestHandler):
    """Takes over the token of SSO: its header has a name with underscores, and werkzeug leaves such headers out."""

    def make_environ(self) -> dict[str, Any]:
        """Makes the WSGI environment of a request."""
        return {**super().make_environ(), _TOKEN: self.headers.get("x-amz-sso_bearer_token")}


class Logins:
    """WSGI middleware: gives keys and tokens, refuses keys that have ended, and hands on every other call."""

    def __init__(self, application: WsgiApplication, file: Path) -> None:
        self._application = application
        self._file = file

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Handles one request."""
        asked = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if asked == ("GET", "/federation/credentials"):
            return _answer(start_response, *self._keys(environ))
        if asked == ("POST", "/token"):
            return _answer(start_response, *self._token(environ))
        end = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        if end and int(end[1], 16) <= time.time():
            service = service_of(environ)
            json_ = "HTTP_X_AMZ_TARGET" in environ
            code = "ExpiredTokenException" if json_ else _EXPIRED.get(service, "ExpiredToken")
            return refuse(environ, service, action_of(environ), {"code": code}, start_response)
        return self._application(environ, start_response)

    def _settings(self) -> dict[str, Any]:
        try:
            return json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}

    def _keys(self, environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        settings = self._settings()
        if environ[_TOKEN] not in settings.get("tokens", []):
            return 401, {
                "__type": "UnauthorizedException",
                "message": "Session token not found or invalid",
            }
        end = int(time.time()) + settings.get("keySeconds", 3600)
        return 200, {
            "roleCredentials": {
                "accessKeyId": f"{PREFIX}{end:08X}",
                "secretAccessKey": "emulator",
                "sessionToken": "emulator",
                "expiration": end * 1000,
            }
        }

    def _token(self, environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        try:
            given = json.loads(read_body(environ) or b"{}").get("refreshToken")
        except ValueError:
            given = None
        token = self._settings().get("refreshTokens", {}).get(given)
        if token is None:
            return 400, {
                "__type": "InvalidGrantException",
                "error": "invalid_grant",
                "error_description": "Invalid refresh token provided",
            }
        return 200, {
            "accessToken": token,
            "expiresIn": _TOKEN_SECONDS,
            "refreshToken": given,
            "tokenType": "Bearer",
        }


def _answer(
    start_response: Callable[..., Any], status: int, content: dict[str, Any]
) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if "__type" in content:
        headers.append(("x-amzn-ErrorType", content["__type"]))
    start_response(f"{status} {'OK' if status == 200 else 'Refused'}", headers)
    return [body]
