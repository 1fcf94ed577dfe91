"""The protocol of the AWS SDK for Java for CloudWatch (Smithy RPC v2 CBOR), which moto does not support.

A request is translated into JSON, which moto supports, and the answer is translated back. This covers errors, empty
answers and every operation of moto without a list of operations.
"""

import gzip
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import cbor2
from botocore.model import Shape
from moto.core.utils import get_service_model

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PREFIX = "/service/GraniteServiceVersion20100801/operation/"
_ANSWER_HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


class CborCloudWatch:
    """WSGI middleware: answers CloudWatch's CBOR requests through the application, hands on all others."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Handles one request."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(_PREFIX) or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        operation = path.removeprefix(_PREFIX)
        if operation not in get_service_model("cloudwatch").operation_names:
            answer = {"__type": "UnknownOperationException", "message": f"no operation {operation}"}
            return self._answer("404 Not Found", answer, {}, start_response)
        try:
            request = _decode(environ)
        except (cbor2.CBORDecodeError, OSError, ValueError) as error:
            answer = {"__type": "SerializationException", "message": f"not CBOR: {error}"}
            return self._answer("400 Bad Request", answer, {}, start_response)

        heard: dict[str, Any] = {}

        def hear(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            heard.update(status=status, headers={name.lower(): value for name, value in headers})

        body = b"".join(self._application(_as_json(environ, operation, request), hear))
        answer = json.loads(body) if body.strip() else {}
        if heard["status"].startswith("200"):
            answer = _with_times(answer, _output(operation)) or {}
        else:
            answer = {
                "__type": answer.get("__type", ""),
                "message": answer.get("Message", answer.get("message", "")),
            }
        return self._answer(heard["status"], answer, heard["headers"], start_response)

    @staticmethod
    def _answer(
        status: str, answer: Any, heard: dict[str, str], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        body = cbor2.dumps(answer, datetime_as_timestamp=True, timezone=UTC)
        headers = {**_ANSWER_HEADERS, "Content-Length": str(len(body))}
        for name in ("x-amzn-requestid", "x-amzn-query-error"):
            if name in heard:
                headers[name] = heard[name]
        start_response(status, list(headers.items()))
        return [body]


def _decode(environ: dict[str, Any]) -> dict[str, Any]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    request = cbor2.loads(body) if body else {}
    if not isinstance(request, dict):
        raise ValueError("a request is a map")
    return request


def _as_json(environ: dict[str, Any], operation: str, request: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(request, default=_seconds).encode()
    inner = {
        **environ,
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_AMZ_TARGET": f"GraniteServiceVersion20100801.{operation}",
        "wsgi.input": io.BytesIO(body),
    }
    inner.pop("HTTP_CONTENT_ENCODING", None)
    inner.pop("HTTP_TRANSFER_ENCODING", None)
    return inner


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise ValueError(f"unexpected {type(value).__name__}")


@cache
def _output(operation: str) -> Shape | None:
    return get_service_model("cloudwatch").operation_model(operation).output_shape


def _with_times(value: Any, shape: Shape | None) -> Any:
    """Turns the numbers of JSON into timestamps and floats where the service's model has those."""
    kind = shape.type_name if shape and value is not None else None
    if kind == "structure":
        value = {
            key: _with_times(member, shape.members[key])
            for key, member in value.items()
            if key in shape.members and member is not None
        }
    elif kind == "list":
        value = [_with_times(member, shape.member) for member in value]
    elif kind == "map":
        value = {key: _with_times(member, shape.value) for key, member in value.items()}
    elif kind == "timestamp":
        value = datetime.fromtimestamp(float(value), UTC)
    elif kind in ("double", "float"):
        value = float(value)
    return value
