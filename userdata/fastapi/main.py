"""The application on every instance. Its answer names the instance.

GET on the paths of the instance's cluster, and below them, answers 200 with number, instance id and cluster; /health
answers 200 at once, with the number of those requests until then; anything else is 404. The path / stands for every
path and every method. Started by uvicorn as the factory main:application; settings come from the environment, see
Settings.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import JSONResponse


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names it, its value and what is allowed."""


@dataclass(frozen=True)
class Settings:
    """LEADLINE_NUMBER, _INSTANCE_ID, _CLUSTER, _CLUSTER_PATHS, _SERVICE_MILLIS, _SERVICE_CONCURRENCY.

    The last two make small machines slow where all run on one computer: each request then holds one of `concurrency`
    places for `service_millis`. Absent, as on EC2, requests are answered as fast as they can be.
    """

    number: int
    instance_id: str
    cluster: str
    paths: tuple[str, ...]
    service_millis: float = 0
    concurrency: int = 1

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads and checks the environment; raises SettingsError."""

        def number(name: str, default: str | None, least: float, kind: type, allowed: str) -> float:
            text = environment.get(name, default)
            with contextlib.suppress(TypeError, ValueError):
                if least <= kind(text) < 1e6:
                    return kind(text)
            raise SettingsError(f"{name} is {text!r}; allowed: {allowed}")

        instance_id = environment.get("LEADLINE_INSTANCE_ID", "")
        if not instance_id:
            raise SettingsError("LEADLINE_INSTANCE_ID is not set; allowed: the id of this instance")
        paths = tuple(filter(None, environment.get("LEADLINE_CLUSTER_PATHS", "").split(",")))
        for path in paths:
            if path != "/" and (path[0] != "/" or path[-1] == "/" or path == "/health"):
                raise SettingsError(
                    f"LEADLINE_CLUSTER_PATHS has {path!r}; allowed: paths such as /cluster1, not /health"
                )
        return cls(
            number("LEADLINE_NUMBER", None, 0, int, "a whole number from 0"),
            instance_id,
            environment.get("LEADLINE_CLUSTER", ""),
            paths,
            number(
                "LEADLINE_SERVICE_MILLIS", "0", 0, float, "milliseconds from 0, absent for none"
            ),
            number("LEADLINE_SERVICE_CONCURRENCY", "1", 1, int, "a whole number from 1"),
        )


def create_app(settings: Settings) -> FastAPI:
    """The application of one instance."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    places = asyncio.Semaphore(settings.concurrency)
    requests = 0
    body = {
        "message": f"Instance number {settings.number} is responding now!",
        "number": settings.number,
        "instance_id": settings.instance_id,
        "cluster": settings.cluster,
    }

    async def respond() -> JSONResponse:
        nonlocal requests
        requests += 1
        if settings.service_millis:
            async with places:
                await asyncio.sleep(settings.service_millis / 1000)
        return JSONResponse(body)

    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "requests": requests})

    app.add_api_route("/health", health)
    for path in settings.paths:
        every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        methods = every if path == "/" else None
        app.add_api_route(path, respond, methods=methods)
        app.add_api_route(path.rstrip("/") + "/{rest:path}", respond, methods=methods)
    return app


def application() -> FastAPI:
    """What uvicorn starts; ends the process with one sentence where a setting is wrong."""
    try:
        return create_app(Settings.of(os.environ))
    except SettingsError as problem:
        sys.exit(f"main.py: {problem}")
