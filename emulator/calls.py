"""A record of every call to the API: the caller, the service and the action.

Tests compare the record with docs/permissions.md, so it names actions as the service's model does. The
name comes from the query protocol's Action, X-Amz-Target, the CBOR path, or the method and address of a REST call.
"""

import re
import threading
import urllib.parse
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel
from moto.sts.models import sts_backends

from emulator.cbor import WsgiApplication
from emulator.requests import query_action

UNKNOWN = "?"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]+/[^/]+/([^/]+)/aws4_request")
_CBOR = re.compile(r"^/service/[^/]+/operation/([^/]+)$")


class CallLog:
    """WSGI middleware: a line ``caller service action`` for each signed call, written before it is answered.

    The caller is the access key's id, or the name of the role that the key was given for.
    """

    def __init__(self, application: WsgiApplication, file: Path) -> None:
        self._application = application
        self._file = file
        self._lock = threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Notes one request and hands it on."""
        signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed:
            key, service = signed.groups()
            line = f"{caller(key)} {service} {action(environ, service)}\n"
            with self._lock, self._file.open("a") as file:
                file.write(line)
        return self._application(environ, start_response)


def caller(key: str) -> str:
    """The caller of an access key: the role that it was issued for, or else the key itself."""
    for _, _, backend in sts_backends.iter_backends():
        role = backend.get_assumed_role_from_access_key(key)
        if role:
            return role.role_arn.rsplit("/", 1)[-1]
    return key


def action(environ: dict[str, Any], service: str) -> str:
    """What a request asks for, in any protocol; ``?`` where nothing fits."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rsplit(".", 1)[-1]
    if match := _CBOR.match(environ.get("PATH_INFO", "")):
        return match[1]
    return query_action(environ) or rest_action(environ, service)


def rest_action(environ: dict[str, Any], service: str) -> str:
    """The operation whose method and address fit a REST request best: the one that demands most of it."""
    query = set(urllib.parse.parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    path = environ.get("PATH_INFO", "/")
    bucket, _, _ = environ.get("HTTP_HOST", "").partition(".localhost")
    if service == "s3" and bucket != environ.get("HTTP_HOST", ""):
        path = f"/{bucket}{path}"
    best = (-1, UNKNOWN)
    for operation in _operations(service):
        demanded = operation.query | operation.headers
        fits = (
            operation.method == environ["REQUEST_METHOD"]
            and operation.path.fullmatch(path.rstrip("/") or "/")
            and operation.query <= query
            and all(name in environ for name in operation.headers)
        )
        if fits and len(demanded) > best[0]:
            best = (len(demanded), operation.name)
    return best[1]


class _Rest:
    """What a REST operation demands of a request."""

    def __init__(self, model: OperationModel) -> None:
        self.name = model.name
        self.method = model.http["method"]
        path, _, query = model.http["requestUri"].partition("?")
        pattern = re.sub(r"\\\{[^}]+\\\+\\\}", ".+", re.escape(path))
        self.path = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", pattern))
        self.query = {field.partition("=")[0] for field in query.split("&") if field}
        self.headers: set[str] = set()
        shape = model.input_shape
        for member in shape.required_members if shape else ():
            at = shape.members[member].serialization
            if at.get("location") == "querystring":
                self.query.add(at["name"])
            elif at.get("location") == "header":
                self.headers.add("HTTP_" + at["name"].upper().replace("-", "_"))


@cache
def _operations(service: str) -> tuple[_Rest, ...]:
    try:
        model = botocore.session.Session().get_service_model(service)
    except UnknownServiceError:
        return ()
    operations = [model.operation_model(name) for name in model.operation_names]
    # Of two with the same address the older one is the one that botocore calls deprecated.
    return tuple(_Rest(it) for it in operations if "requestUri" in it.http and not it.deprecated)
