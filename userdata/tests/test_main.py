"""The application of a target."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest

ENVIRONMENT = {
    "LEADLINE_NUMBER": "3",
    "LEADLINE_INSTANCE_ID": "i-0123",
    "LEADLINE_CLUSTER": "cluster1",
    "LEADLINE_CLUSTER_PATHS": "/cluster1,/mixed",
}
SLOW = ENVIRONMENT | {"LEADLINE_SERVICE_MILLIS": "20", "LEADLINE_SERVICE_CONCURRENCY": "2"}


def client_of(main: ModuleType, environment: dict[str, str]) -> httpx.AsyncClient:
    """A client that speaks to the application without a network."""
    app = main.create_app(main.Settings.of(environment))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://target")


def get(main: ModuleType, path: str, environment: dict[str, str] = ENVIRONMENT) -> httpx.Response:
    """One GET of a fresh application."""

    async def once() -> httpx.Response:
        async with client_of(main, environment) as client:
            return await client.get(path)

    return asyncio.run(once())


@pytest.mark.parametrize(
    "path", ["/cluster1", "/cluster1/", "/cluster1/a/b?c=d", "/mixed", "/mixed/x"]
)
def test_says_which_instance_answers(main: ModuleType, path: str) -> None:
    answer = get(main, path)
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Instance number 3 is responding now!",
        "number": 3,
        "instance_id": "i-0123",
        "cluster": "cluster1",
    }


PATHS = ["/cluster1", "/mixed", "/health"]


@pytest.mark.parametrize(
    "path", ["/cluster2", "/cluster11", "/Cluster1", "/docs", "/openapi.json", "/health/x"]
)
def test_anything_else_is_not_found(main: ModuleType, path: str) -> None:
    answer = get(main, path)
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found", "paths": PATHS}


def test_what_people_and_browsers_send_is_no_error(main: ModuleType) -> None:
    for path in ("/", "/favicon.ico", "/robots.txt"):
        index = get(main, path)
        assert index.status_code == 200
        assert index.json() == {
            "number": 3,
            "instance_id": "i-0123",
            "cluster": "cluster1",
            "paths": PATHS,
        }


def ask(main: ModuleType, method: str, path: str, **client: object) -> httpx.Response:
    """One request of any method to a fresh application."""

    async def once() -> httpx.Response:
        app = main.create_app(main.Settings.of(ENVIRONMENT))
        transport = httpx.ASGITransport(app, **client)
        async with httpx.AsyncClient(transport=transport, base_url="http://target") as caller:
            return await caller.request(method, path)

    return asyncio.run(once())


@pytest.mark.parametrize("path", ["/", "/cluster1", "/mixed/x", "/health", "/robots.txt"])
def test_head_is_answered_as_get(main: ModuleType, path: str) -> None:
    assert ask(main, "HEAD", path).status_code == 200


def test_every_error_is_json(main: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a client that calls .json() on whatever comes, and meets text."""
    wrong_method = ask(main, "POST", "/cluster1")
    assert (wrong_method.status_code, wrong_method.json()) == (
        405,
        {"detail": "Method Not Allowed"},
    )

    async def broken(_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(main.Work, "of_a_request", broken)
    failed = ask(main, "GET", "/cluster1", raise_app_exceptions=False)
    assert (failed.status_code, failed.json()) == (500, {"detail": "Internal Server Error"})


def test_the_path_of_the_root_is_every_path(main: ModuleType) -> None:
    """Catches a target that refuses what a rule of the balancers sends it."""
    every = ENVIRONMENT | {"LEADLINE_CLUSTER_PATHS": "/"}
    for path in ["/", "/a", "/a/b?c=d", "/cluster9/"]:
        assert get(main, path, every).json()["number"] == 3
    assert get(main, "/health", every).json()["status"] == "ok"

    async def put() -> int:
        async with client_of(main, every) as client:
            return (await client.put("/a", content=b"x")).status_code

    assert asyncio.run(put()) == 200


def test_without_a_cluster_only_health_answers(main: ModuleType) -> None:
    alone = ENVIRONMENT | {"LEADLINE_CLUSTER": "", "LEADLINE_CLUSTER_PATHS": ""}
    assert get(main, "/health", alone).status_code == 200
    assert get(main, "/cluster1", alone).status_code == 404
    assert get(main, "/", alone).json()["paths"] == ["/health"]


def test_health_counts_requests_for_pages_and_nothing_else(main: ModuleType) -> None:
    """Catches a machine that never stops by itself because it is checked, or stops while it is used."""

    async def counts() -> list[int]:
        async with client_of(main, ENVIRONMENT) as client:
            found = []
            for path in ["/health", "/cluster1", "/mixed/x", "/elsewhere", "/health"]:
                await client.get(path)
                found.append((await client.get("/health")).json()["requests"])
        return found

    assert asyncio.run(counts()) == [0, 1, 2, 2, 2]


class AsyncioWith:
    """The module asyncio with another sleep, for the application alone."""

    Semaphore = asyncio.Semaphore

    def __init__(self, sleep: object) -> None:
        self.sleep = sleep


def test_as_many_requests_as_concurrency_are_served_at_a_time(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a semaphore of another size, none, or one that is not given back."""
    active = most = 0
    slept = []

    async def fake_sleep(seconds: float) -> None:
        nonlocal active, most
        active += 1
        most = max(most, active)
        slept.append(seconds)
        for _ in range(5):
            await asyncio.sleep(0)
        active -= 1

    async def burst() -> list[int]:
        async with client_of(main, SLOW) as client:
            answers = await asyncio.gather(*(client.get("/cluster1") for _ in range(20)))
        return [answer.status_code for answer in answers]

    monkeypatch.setattr(main, "asyncio", AsyncioWith(fake_sleep))
    assert asyncio.run(burst()) == [200] * 20
    assert most == 2
    assert slept == [0.02] * 20


def test_health_answers_while_every_place_is_taken(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> tuple[bool, int]:
        let_go = asyncio.Event()
        taken = asyncio.Semaphore(0)

        async def held(_: float) -> None:
            taken.release()
            await let_go.wait()

        monkeypatch.setattr(main, "asyncio", AsyncioWith(held))
        async with client_of(main, SLOW) as client:
            busy = [asyncio.create_task(client.get("/cluster1")) for _ in range(3)]
            await taken.acquire()
            await taken.acquire()
            health = await asyncio.wait_for(client.get("/health"), 5)
            unanswered = not any(request.done() for request in busy)
            let_go.set()
            await asyncio.gather(*busy)
        return unanswered, health.status_code

    assert asyncio.run(scenario()) == (True, 200)


def test_who_asks_is_told_how_many_requests_are_in_flight(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches requests that are counted after their end, or only while they are worked on."""

    async def yields(_: float) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def burst() -> list[str | None]:
        async with client_of(main, SLOW) as client:
            wanted: list[dict[str, str]] = [{"endpoint-load-metrics-format": "TEXT"}] * 4 + [{}]
            answers = [client.get("/cluster1", headers=headers) for headers in wanted]
            answers = await asyncio.gather(*answers)
            await client.get("/health", headers=wanted[0])
            answers.append(await client.get("/cluster1", headers=wanted[0]))
        return [answer.headers.get("endpoint-load-metrics") for answer in answers]

    monkeypatch.setattr(main, "asyncio", AsyncioWith(yields))
    told = asyncio.run(burst())
    said = [f"TEXT named_metrics.requests_in_flight={count}" for count in (5, 4, 3, 2)]
    assert told[:4] == said
    assert told[4:] == [None, "TEXT named_metrics.requests_in_flight=1"]


def test_nothing_is_done_where_no_work_is_set(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: float) -> None:
        raise AssertionError("slept")

    monkeypatch.setattr(main, "asyncio", AsyncioWith(never))
    monkeypatch.setattr(main, "hashing", lambda _: pytest.fail("worked"))
    assert get(main, "/cluster1").status_code == 200


WORKING = ENVIRONMENT | {"LEADLINE_WORK_MILLIS": "5"}


def test_two_vcpus_work_at_once_and_health_answers_meanwhile(
    main: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a t2.large that works as a t2.micro, and an instance that fails its checks because it is busy."""
    both = threading.Barrier(3)
    rounds = []

    def hashing(count: int) -> None:
        rounds.append(count)
        if len(rounds) <= 2:
            both.wait(20)  # passes only when two are worked on, and health was answered

    monkeypatch.setattr(main, "hashing", hashing)

    async def scenario() -> tuple[list[int], int]:
        two = WORKING | {"LEADLINE_SERVICE_CONCURRENCY": "2"}
        async with client_of(main, two) as client:
            busy = [asyncio.create_task(client.get("/cluster1")) for _ in range(3)]
            while len(rounds) < 2:
                await asyncio.sleep(0.001)
            health = await client.get("/health")
            assert len(rounds) == 2  # the third one waits for a vCPU
            await asyncio.to_thread(both.wait, 20)
            answers = await asyncio.gather(*busy)
        return [answer.status_code for answer in answers], health.json()["requests"]

    assert asyncio.run(scenario()) == ([200, 200, 200], 3)
    assert rounds == [5 * main.ROUNDS_OF_A_MILLISECOND] * 3


def test_the_work_lets_other_threads_run(main: ModuleType) -> None:
    """Catches work that holds Python's lock, so that a second vCPU idles."""
    thread = threading.Thread(target=main.hashing, args=(200_000,))
    thread.start()
    steps = 0
    while thread.is_alive():
        steps += 1
    assert steps > 1000


def test_the_time_that_stands_for_work_is_added_up_where_cpu_time_is_read(
    main: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "busy-seconds"
    file.write_bytes(b"left by an earlier process")

    async def no_sleep(_: float) -> None:
        pass

    monkeypatch.setattr(main, "asyncio", AsyncioWith(no_sleep))

    async def three() -> None:
        async with client_of(main, SLOW | {"LEADLINE_BUSY_FILE": str(file)}) as client:
            await asyncio.gather(*(client.get("/cluster1") for _ in range(3)))

    asyncio.run(three())
    assert struct.unpack("d", file.read_bytes()) == (pytest.approx(0.06),)


NOT_A_PATH = "allowed: paths such as /cluster1, not /health"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LEADLINE_NUMBER", "-1", "is '-1'; allowed: a whole number from 0"),
        ("LEADLINE_NUMBER", "three", "is 'three'; allowed: a whole number from 0"),
        ("LEADLINE_NUMBER", None, "is None; allowed: a whole number from 0"),
        ("LEADLINE_INSTANCE_ID", "", "is not set; allowed: the id of this instance"),
        ("LEADLINE_CLUSTER_PATHS", "/a,b", f"has 'b'; {NOT_A_PATH}"),
        ("LEADLINE_CLUSTER_PATHS", "/a/", f"has '/a/'; {NOT_A_PATH}"),
        ("LEADLINE_CLUSTER_PATHS", "/health", f"has '/health'; {NOT_A_PATH}"),
        (
            "LEADLINE_SERVICE_MILLIS",
            "-5",
            "is '-5'; allowed: milliseconds from 0, absent for none",
        ),
        (
            "LEADLINE_SERVICE_MILLIS",
            "nan",
            "is 'nan'; allowed: milliseconds from 0, absent for none",
        ),
        ("LEADLINE_WORK_MILLIS", "-1", "is '-1'; allowed: milliseconds from 0, absent for none"),
        ("LEADLINE_SERVICE_CONCURRENCY", "0", "is '0'; allowed: a whole number from 1"),
        ("LEADLINE_SERVICE_CONCURRENCY", "1.5", "is '1.5'; allowed: a whole number from 1"),
    ],
)
def test_a_wrong_setting_is_named(
    main: ModuleType, name: str, value: str | None, message: str
) -> None:
    environment = dict(ENVIRONMENT)
    environment.pop(name, None)
    if value is not None:
        environment[name] = value
    with pytest.raises(main.SettingsError) as problem:
        main.Settings.of(environment)
    assert str(problem.value) == f"{name} {message}"


@contextmanager
def served(main_file: Path, port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """The application under uvicorn, as the scripts start it."""
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(main_file.parent)]
    command += ["--factory", "main:application", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def await_health(process: subprocess.Popen, port: int) -> None:
    """Until the application answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=10, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)  # between two looks at the condition
        else:
            return
    pytest.fail("the application did not start")


def test_a_request_in_flight_is_answered_when_the_application_is_stopped(
    main_file: Path, free_port: Callable[[str], int]
) -> None:
    port = free_port("127.0.0.1")
    slow = ENVIRONMENT | {"LEADLINE_SERVICE_MILLIS": "1500"}
    with served(main_file, port, slow) as process:
        await_health(process, port)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"GET /cluster1 HTTP/1.1\r\nHost: target\r\n\r\n")
            await_health(process, port)  # what was sent later is answered: the request has arrived
            process.send_signal(signal.SIGTERM)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        process.wait(timeout=30)


def test_a_wrong_setting_ends_the_process_with_one_sentence(
    main_file: Path, free_port: Callable[[str], int]
) -> None:
    wrong = ENVIRONMENT | {"LEADLINE_NUMBER": "x"}
    with served(main_file, free_port("127.0.0.1"), wrong) as process:
        output, _ = process.communicate(timeout=60)
    assert output == "main.py: LEADLINE_NUMBER is 'x'; allowed: a whole number from 0\n"
    assert process.returncode == 1
