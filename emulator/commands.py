"""Systems Manager's Run Command: scripts that run on the emulated machines.

On EC2 the agent of Systems Manager fetches a command and runs it as root. Here it runs as a process of the machine: in
its directory and with its environment, so that it ends with the machine at the latest.
"""

import json
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator import processes
from emulator.cbor import WsgiApplication
from emulator.requests import read_body

_PREFIX = "AmazonSSM."
_DOCUMENT = "AWS-RunShellScript"
_MOST_OUTPUT, _MOST_ERRORS = 24_000, 8_000  # what GetCommandInvocation answers at most


class RefusedError(Exception):
    """AWS's code and message of a call that cannot be served."""


@dataclass
class _Invocation:
    """One command on one machine."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    def answer(self) -> dict[str, Any]:
        """How it stands."""
        status = self.process.poll()
        name = "InProgress" if status is None else "Failed" if status else "Success"
        return {
            "Status": name,
            "StatusDetails": name,
            "ResponseCode": -1 if status is None else status,
            "StandardOutputContent": _text(self.output, _MOST_OUTPUT),
            "StandardErrorContent": _text(self.errors, _MOST_ERRORS),
        }


def _text(file: Path, most: int) -> str:
    try:
        return file.read_bytes()[:most].decode(errors="replace")
    except FileNotFoundError:
        return ""  # it went with its machine


class Commands:
    """WSGI middleware: answers SendCommand and GetCommandInvocation, and hands on every other call. Thread-safe."""

    def __init__(self, application: WsgiApplication, machines: Path) -> None:
        """Runs scripts on the machines below a directory."""
        self._application = application
        self._machines = machines
        self._lock = threading.Lock()
        self._invocations: dict[tuple[str, str], _Invocation] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Handles one request."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        serve = {
            f"{_PREFIX}SendCommand": self._send,
            f"{_PREFIX}GetCommandInvocation": self._invocation,
        }.get(target)
        if serve is None:
            return self._application(environ, start_response)
        try:
            if (
                "HTTP_ORIGIN" in environ
            ):  # a page in a browser, and the emulator lets every origin in
                raise RefusedError("AccessDeniedException", "not for web pages")
            with self._lock:
                status, answer = "200 OK", serve(json.loads(read_body(environ) or b"{}"))
        except RefusedError as refusal:
            code, message = refusal.args
            status, answer = "400 Bad Request", {"__type": code, "message": message}
        body = json.dumps(answer).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
        ]
        start_response(status, headers)
        return [body]

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("DocumentName") != _DOCUMENT:
            raise RefusedError(
                "InvalidDocument",
                f"only {_DOCUMENT} is emulated, not {request.get('DocumentName')}",
            )
        ids = request.get("InstanceIds", [])
        leaders = {id_: processes.recorded(self._machines / id_) for id_ in ids}
        missing = [id_ for id_, leader in leaders.items() if not (leader and leader.is_alive())]
        if missing or not ids:
            raise RefusedError("InvalidInstanceId", f"Instances {missing} not in a valid state")
        command = str(uuid.uuid4())
        script = "\n".join(request["Parameters"]["commands"])
        for id_, leader in leaders.items():
            self._invocations[command, id_] = _start(script, self._machines / id_, leader.pid)
        return {"Command": {"CommandId": command, "InstanceIds": ids, "Status": "Pending"}}

    def _invocation(self, request: dict[str, Any]) -> dict[str, Any]:
        key = request.get("CommandId", ""), request.get("InstanceId", "")
        if key not in self._invocations:
            raise RefusedError("InvocationDoesNotExist", "")
        return {
            "CommandId": key[0],
            "InstanceId": key[1],
            "DocumentName": _DOCUMENT,
            **self._invocations[key].answer(),
        }


def _start(script: str, folder: Path, leader: int) -> _Invocation:
    name = uuid.uuid4()
    output, errors = folder / f"command-{name}.out", folder / f"command-{name}.err"
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=folder,
            env=processes.environment(leader),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    return _Invocation(process, output, errors)
