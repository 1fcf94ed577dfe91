"""Faults on demand: the emulator refuses the calls that a file lists, with AWS's error messages.

``faults.json`` in the state directory is looked at with every call, so that it can be changed while the emulator runs:

    {"calls":     [{"service": "cloudformation", "action": "DescribeStacks", "code": "Throttling", "times": 2}],
     "resources": [{"type": "AWS::EC2::Instance", "operation": "create", "code": "InsufficientInstanceCapacity"}],
     "stacks":    [{"name": "Leadline", "status": "UPDATE_IN_PROGRESS", "looks": 3, "then": "UPDATE_COMPLETE"}],
     "account":   {"plan": "FREE"}}

A call is refused by the name its service signs with (``sts``, ``elasticloadbalancing``, ``monitoring``) and its action,
for S3 the HTTP method; ``*``, or nothing, is any. A resource is refused inside CloudFormation, when a stack creates,
updates or deletes one. A stack is put into a status; where ``looks`` is given until it was described so often, and then
into ``then``, or back. ``times`` is 1 unless said; "always" is as long as the file stays as it is. ``code`` is one of
SAYINGS, or any other with a ``message``. Another content of the file, or none, counts anew. ``account`` is in
restrictions.py. A file in which something is not allowed is ignored, and the emulator says what (fault_file.py).
"""

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from moto.cloudformation.models import cloudformation_backends

from emulator import fault_file
from emulator.cbor import WsgiApplication
from emulator.requests import action_of, read_body, service_of
from emulator.sayings import SAYINGS, Saying

_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 500: "Internal Server Error"}
_WORDS |= {503: "Service Unavailable"}


class RefusedError(Exception):
    """What a CloudFormation handler says of a resource that was refused."""


@dataclass
class _Planned:
    """The file as it is now, and how often each of its entries was played."""

    content: dict[str, Any] = field(default_factory=dict)
    played: dict[int, int] = field(default_factory=dict)
    before: dict[int, str] = field(default_factory=dict)


class Faults:
    """What is to be refused. Thread-safe."""

    def __init__(self, file: Path, say: Callable[[str], None]) -> None:
        """Plays what ``file`` says; it may come, change and go at any time."""
        self.file = file
        self._say = say
        self._lock = threading.Lock()
        self._text: str | None = None
        self._planned = _Planned()

    def middleware(self, application: WsgiApplication) -> WsgiApplication:
        """Puts the faults before an application."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            service, action = service_of(environ), action_of(environ)
            if not service:  # not a call to AWS
                return application(environ, start_response)
            if service == "cloudformation":
                self._set_statuses(environ, action)
            refusal = self._next("calls", service=service, action=action)
            if refusal is None:
                return application(environ, start_response)
            self._say(f"faults: {service} {action} is refused with {refusal['code']}")
            return refuse(environ, service, action, refusal, start_response)

        return answer

    def refuse_resource(self, operation: str, resource_type: str) -> None:
        """Raises RefusedError where the next such resource is to be refused."""
        refusal = self._next("resources", operation=operation, type=resource_type)
        if refusal is None:
            return
        code = refusal["code"]
        self._say(f"faults: to {operation} {resource_type} is refused with {code}")
        _, service, kind = resource_type.split("::")
        verb = {"create": "Create", "update": "Modify", "delete": "Delete"}[operation]
        status, message = _wording(refusal, f"{service.lower()}:{verb}{kind}")
        handler = SAYINGS[code].handler if code in SAYINGS else "GeneralServiceException"
        raise RefusedError(
            f'Resource handler returned message: "{message} (Service: {service.capitalize()}, Status Code: {status}, '
            f'Request ID: {_REQUEST_ID})" (RequestToken: {_REQUEST_ID}, HandlerErrorCode: {handler})'
        )

    def _next(self, kind: str, **wanted: str) -> dict[str, Any] | None:
        """The first entry that fits and has not been played often enough; it counts as played."""
        with self._lock:
            for entry in self._entries(kind):
                defaults = {"operation": "create", "service": "*", "action": "*"}
                if any(
                    entry.get(key, defaults.get(key)) not in ("*", value)
                    for key, value in wanted.items()
                ):
                    continue
                played = self._planned.played.get(id(entry), 0)
                times = entry.get("times", 1)
                if times == "always" or played < times:
                    self._planned.played[id(entry)] = played + 1
                    return entry
        return None

    def account(self) -> dict[str, Any]:
        """What the account is restricted to now; nothing without a file, or with one that is ignored."""
        with self._lock:
            self._read()
            return self._planned.content.get("account", {})

    def _entries(self, kind: str) -> list[dict[str, Any]]:
        self._read()
        return self._planned.content.get(kind, [])

    def _read(self) -> None:
        try:
            text = self.file.read_text()
        except (OSError, UnicodeDecodeError):
            text = None
        if text != self._text:
            self._text = text
            self._planned = _Planned(self._parsed(text) if text else {})

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return fault_file.parsed(text)
        except fault_file.FaultFileError as error:
            self._say(f"error: all of {self.file} is ignored: {error}")
            return {}

    def _set_statuses(self, environ: dict[str, Any], action: str) -> None:
        """Puts stacks into their statuses, and out of those that were looked at often enough."""
        body = urllib.parse.parse_qs(read_body(environ).decode(errors="replace"))
        asked = body.get("StackName", [""])[0]
        with self._lock:
            for entry in self._entries("stacks"):
                for stack in _stacks(entry["name"]):
                    self._set_status(stack, entry, action == "DescribeStacks" and asked)

    def _set_status(self, stack: Any, entry: dict[str, Any], looked_at: str | bool) -> None:
        plan = self._planned
        if id(entry) not in plan.before:
            plan.before[id(entry)] = stack.status
            _reach(stack, entry["status"])
            self._say(f"faults: the stack {stack.name} is in status {stack.status}")
        if looked_at not in (stack.name, stack.stack_id) or "looks" not in entry:
            return
        played = plan.played[id(entry)] = plan.played.get(id(entry), 0) + 1
        if played == entry["looks"] + 1:
            _reach(stack, entry.get("then", plan.before[id(entry)]))


_REQUEST_ID = "00000000-0000-0000-0000-000000000000"


def _reach(stack: Any, status: str) -> None:
    stack._add_stack_event(status)
    stack.status = status


def _stacks(name: str) -> list[Any]:
    return [
        stack
        for _, _, backend in list(cloudformation_backends.iter_backends())
        for stack in list(backend.stacks.values())
        if stack.name == name
    ]


def _wording(refusal: dict[str, Any], what: str) -> tuple[int, str]:
    saying = SAYINGS.get(refusal["code"], Saying(400, ""))
    message = refusal.get("message", saying.message)
    return saying.status, message.replace("{what}", what)


def refuse(
    environ: dict[str, Any],
    service: str,
    action: str,
    refusal: dict[str, Any],
    start_response: Callable[..., Any],
) -> Iterable[bytes]:
    """The refusal in the protocol of the call."""
    status, message = _wording(refusal, f"{service}:{action}")
    code, kind = refusal["code"], "text/xml"
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if "HTTP_X_AMZ_TARGET" in environ:
        kind = "application/x-amz-json-1.1"
        body = json.dumps({"__type": code, "message": message})
    elif service == "s3":
        body = f"<Error>{error}<RequestId>{_REQUEST_ID}</RequestId></Error>"
    elif service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{_REQUEST_ID}</RequestID></Response>"
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>"
            f"<RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>"
        )
    sent = b"" if environ["REQUEST_METHOD"] == "HEAD" else body.encode()
    start_response(
        f"{status} {_WORDS.get(status, 'Error')}",
        [("Content-Type", kind), ("Content-Length", str(len(sent)))],
    )
    return [sent]
