"""Reads what a request asks for, and leaves its body to be read again."""

import io
import re
import urllib.parse
from typing import Any


def read_body(environ: dict[str, Any]) -> bytes:
    """The body of a request that says how long it is; empty otherwise. It stays readable."""
    if not environ.get("CONTENT_LENGTH"):
        return b""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def query_action(environ: dict[str, Any]) -> str:
    """The Action of a query-protocol request, or nothing."""
    encoded = [environ.get("QUERY_STRING", "")]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        encoded.insert(0, read_body(environ).decode(errors="replace"))
    for field in "&".join(encoded).split("&"):
        if field.startswith("Action="):
            return urllib.parse.unquote_plus(field.removeprefix("Action="))
    return ""


def action_of(environ: dict[str, Any]) -> str:
    """The operation: the query protocol's Action, the JSON protocols' target, of others the HTTP method."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rsplit(".", 1)[-1]
    return query_action(environ) or environ["REQUEST_METHOD"]


def service_of(environ: dict[str, Any]) -> str:
    """The service a call was signed for; empty for what is not a call to AWS."""
    query = urllib.parse.unquote(environ.get("QUERY_STRING", ""))
    found = re.search(
        r"/\d{8}/[^/]*/([^/]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", "") + query
    )
    return found.group(1) if found else ""
