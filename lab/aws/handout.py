"""Hands the lab's AWS credentials to the programs that it starts, as long as it runs.

Programs differ in the logins they can use: bench's SDK has no SSO, none but this process has a code for MFA. But every
SDK asks an endpoint for credentials that is named in its environment, as a container does on ECS, and asks again
before they end. Neither arguments, logs nor files have a secret of it.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer

from botocore.credentials import ReadOnlyCredentials, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from lab.loopback import Answers

RENEW_SECONDS = 30
REQUEST_SECONDS = 5
# What botocore's sources of credentials raise, one or the other.
FAILURES = (BotoCoreError, ClientError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class _Keys:
    """Credentials as they were handed out last."""

    keys: ReadOnlyCredentials
    end: datetime

    def as_json(self) -> dict[str, str]:
        """As https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html has it."""
        return {
            "AccessKeyId": self.keys.access_key,
            "SecretAccessKey": self.keys.secret_key,
            "Token": self.keys.token,
            "Expiration": self.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class Handout:
    """Credentials at an endpoint of this machine that only its own children can ask. Thread-safe."""

    def __init__(
        self,
        credentials: RefreshableCredentials,
        failed: Callable[[Exception, datetime], None],
        renew_seconds: float = RENEW_SECONDS,
    ) -> None:
        """Starts answering.

        Args:
            credentials: what is handed out; they are renewed before they end.
            failed: called with the reason and the end of the credentials when renewing fails, once for each reason.
            renew_seconds: how often it is looked whether they have to be renewed.

        Raises:
            BotoCoreError, ClientError: where there are none to begin with.
        """
        self._credentials = credentials
        self._failed = failed
        self._lock = threading.Lock()
        self._reason = ""
        self._last = self._renewed()
        self._token = secrets.token_urlsafe(32)
        self._closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="handout", daemon=True).start()
        threading.Thread(
            target=self._keep_renewed, args=(renew_seconds,), name="renew", daemon=True
        ).start()

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to ask for the credentials."""
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self._server.server_port}/",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._token,
        }

    def close(self) -> None:
        """Stops answering."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def _keep_renewed(self, seconds: float) -> None:
        # Ahead of time, because the SDKs wait a second for an answer, and a renewal may take longer.
        while not self._closed.wait(seconds):
            self._current()

    def _renewed(self) -> _Keys:
        end = self._credentials._expiry_time  # botocore has no other way to say it
        keys = self._credentials.get_frozen_credentials()
        return _Keys(keys, end or self._credentials._expiry_time)

    def _current(self) -> _Keys | None:
        """The credentials, renewed where that is due and possible; None once they have ended."""
        try:
            found = self._renewed()
        except FAILURES as problem:
            with self._lock:
                last = self._last
                is_new = self._reason != (reason := f"{type(problem).__name__}: {problem}")
                self._reason = reason
            if is_new:
                self._failed(problem, last.end)
            return last if last.end > datetime.now(UTC) else None
        with self._lock:
            self._last, self._reason = found, ""
        return found

    def _handler(self) -> type[Answers]:
        handout = self

        class Handler(Answers):
            timeout = REQUEST_SECONDS

            def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
                given = self.headers.get("Authorization", "")
                if not hmac.compare_digest(given.encode(), handout._token.encode()):
                    self._refuse(401, "Unauthorized", "the token is missing or wrong")
                elif found := handout._current():
                    self._give(200, found.as_json())
                else:  # bench's AwsException knows these words
                    said = "the AWS credentials have expired and could not be renewed"
                    self._refuse(400, "ExpiredToken", said)

            def _refuse(self, status: int, code: str, said: str) -> None:
                # some SDKs read the names with capitals, some without
                content = {"Code": code, "Message": said, "code": code, "message": said}
                self._give(status, content)

            def _give(self, status: int, content: dict[str, str]) -> None:
                self.answer(status, "application/json", json.dumps(content))

        return Handler
