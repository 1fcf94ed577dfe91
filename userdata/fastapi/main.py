"""The application on every instance. Its answer names the instance.

GET and HEAD on the paths of the instance's cluster, and below them, answer 200 with number, instance id and cluster,
once the request's work is done, and with `endpoint-load-metrics-format: TEXT` how many such requests are in flight;
/health answers 200 at once, with the number of those requests until then; / says who answers and which paths there
are. Anything else is 404; errors are JSON too. The path / among the cluster's stands for every path and every method.
Started by uvicorn as the factory main:application; settings come from the environment.
"""

import asyncio
import contextlib
import hashlib
import mmap
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

ROUNDS_OF_A_MILLISECOND = 1200
"""Rounds of PBKDF2 with SHA-512: 0.6 ms on an AMD EPYC, meant for the older processors of t2, where nobody measured."""


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names it, its value and what is allowed."""


@dataclass(frozen=True)
class Settings:
    """LEADLINE_NUMBER, _INSTANCE_ID, _CLUSTER, _CLUSTER_PATHS, _WORK_MILLIS, _BUSY_FILE, _SERVICE_MILLIS,
    _SERVICE_CONCURRENCY.

    A request costs about `work_millis` of a vCPU; `concurrency` requests are worked on at a time, one for each vCPU.
    Where many instances share one computer, a request waits for `service_millis` instead, and the seconds waited are
    added up in `busy_file` (one double), as CPU time is elsewhere.
    """

    number: int
    instance_id: str
    cluster: str
    paths: tuple[str, ...]
    work_millis: float = 0
    service_millis: float = 0
    concurrency: int = 1
    busy_file: str = ""

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
        millis = "milliseconds from 0, absent for none"
        vcpus = str(os.cpu_count() or 1)
        return cls(
            number("LEADLINE_NUMBER", None, 0, int, "a whole number from 0"),
            instance_id,
            environment.get("LEADLINE_CLUSTER", ""),
            paths,
            number("LEADLINE_WORK_MILLIS", "0", 0, float, millis),
            number("LEADLINE_SERVICE_MILLIS", "0", 0, float, millis),
            number("LEADLINE_SERVICE_CONCURRENCY", vcpus, 1, int, "a whole number from 1"),
            environment.get("LEADLINE_BUSY_FILE", ""),
        )


class Work:
    """What a request costs its instance. At most `concurrency` are worked on at a time, first come, first served."""

    def __init__(self, settings: Settings) -> None:
        self._rounds = round(settings.work_millis * ROUNDS_OF_A_MILLISECOND)
        self._threads = ThreadPoolExecutor(settings.concurrency)
        self._waits_seconds = settings.service_millis / 1000
        self._places = asyncio.Semaphore(settings.concurrency)
        self._busy_seconds = memoryview(bytearray(8)).cast("d")
        if settings.busy_file:
            with open(settings.busy_file, "w+b") as file:  # noqa: PTH123 - mmap needs the descriptor
                file.truncate(8)
                self._busy_seconds = memoryview(mmap.mmap(file.fileno(), 8)).cast("d")

    async def of_a_request(self) -> None:
        """Returns once it is done."""
        if self._waits_seconds:
            async with self._places:
                await asyncio.sleep(self._waits_seconds)
                self._busy_seconds[0] += self._waits_seconds
        elif self._rounds:
            # Hashing lets go of Python's lock: a thread for each vCPU keeps all busy, and /health answers meanwhile.
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, hashing, self._rounds)


def hashing(rounds: int) -> None:
    """The work itself, as it is done to check a password."""
    hashlib.pbkdf2_hmac("sha512", b"password", b"salt", rounds)


def create_app(settings: Settings) -> FastAPI:
    """The application of one instance."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    work = Work(settings)
    requests = in_flight = 0
    instance = {
        "number": settings.number,
        "instance_id": settings.instance_id,
        "cluster": settings.cluster,
    }
    body = {"message": f"Instance number {settings.number} is responding now!", **instance}
    paths = [*settings.paths, "/health"]

    async def respond(request: Request) -> JSONResponse:
        nonlocal requests, in_flight
        requests += 1
        in_flight += 1
        try:
            await work.of_a_request()
            # Open Request Cost Aggregation (ORCA): a balancer that asks learns what others have in flight here.
            asked = request.headers.get("endpoint-load-metrics-format") == "TEXT"
            load = f"TEXT named_metrics.requests_in_flight={in_flight}"
            return JSONResponse(body, headers={"endpoint-load-metrics": load} if asked else None)
        finally:
            in_flight -= 1

    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "requests": requests})

    async def index() -> JSONResponse:
        return JSONResponse({**instance, "paths": paths})

    async def not_found(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"detail": "Not Found", "paths": paths}, 404)

    async def failed(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"detail": "Internal Server Error"}, 500)

    def route(path: str, answer: Callable, *methods: str) -> None:
        app.add_api_route(path, answer, methods=["GET", "HEAD", *methods])

    route("/health", health)
    for path in settings.paths:
        others = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] if path == "/" else []
        route(path, respond, *others)
        route(path.rstrip("/") + "/{rest:path}", respond, *others)
    for path in ("/", "/favicon.ico", "/robots.txt"):
        route(path, index)
    app.add_exception_handler(404, not_found)
    app.add_exception_handler(Exception, failed)
    return app


def application() -> FastAPI:
    """What uvicorn starts; ends the process with one sentence where a setting is wrong."""
    try:
        return create_app(Settings.of(os.environ))
    except SettingsError as problem:
        sys.exit(f"main.py: {problem}")
