"""The assignment's second method on real parts: CPU in CloudWatch crosses a limit, and requests shift."""

import json
import math
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.tests.api import NETWORK
from emulator.tests.conftest import Running, answers, clear, free_port, wait_for
from emulator.tests.test_load_balancers import JAR

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not JAR.is_file(), reason=f"{JAR} is not built"),
]

APPLICATION = Path(__file__).resolve().parents[2] / "userdata" / "fastapi"
SCRIPT = f"""#!/bin/bash
WORK_MILLIS='20'
export LEADLINE_NUMBER=1 LEADLINE_CLUSTER=c LEADLINE_CLUSTER_PATHS=/c LEADLINE_WORK_MILLIS=$WORK_MILLIS
"$LEADLINE_PYTHON" -m uvicorn --app-dir '{APPLICATION}' --factory main:application \\
  --host "$LEADLINE_PRIVATE_ADDRESS" --port 8000 --log-level warning >app.log 2>&1 &
"""
REQUESTS_PER_SECOND = 40
SECONDS = 45


def machine(kind: str) -> dict:
    return {
        "Type": "AWS::EC2::Instance",
        "Properties": {
            "ImageId": "ami-12345678",
            "InstanceType": kind,
            "SubnetId": {"Ref": "SubnetA"},
            "Tags": [{"Key": "leadline:role", "Value": "target"}],
            "UserData": {"Fn::Base64": SCRIPT},
        },
    }


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Running]:
    state = tmp_path / "state"
    running = Running(state, "--cpu-seconds", "2")
    yield running
    running.process.kill()
    running.process.wait()
    clear(state)


@pytest.fixture
def url(emulator: Running, tmp_path: Path) -> Iterator[str]:
    """A balancer that decides by CPU, before a small and a large instance; the small one is called Small."""
    network = json.loads(json.dumps(NETWORK).replace("127.1.", "127.99."))
    emulator.api.create({**network, "Small": machine("t2.micro"), "Large": machine("t2.large")})
    # Both, before the first request: otherwise the small one has no part in the first second.
    for it in emulator.api.instances("running"):
        address = it["PrivateIpAddress"]
        wait_for(lambda at=address: answers(f"http://{at}:8000/health"))
    port = free_port("127.0.0.1")
    configuration = {
        "listener": {"host": "127.0.0.1", "port": port},
        "targetGroups": [
            {
                "name": "g",
                "policy": {
                    "name": "cloudwatch",
                    "limit": 50,
                    "period": "5s",
                    "refresh": "1s",
                    "maxAge": "30s",
                },
                "healthCheck": {"path": "/health", "interval": "1s", "timeout": "900ms"},
                "targets": [
                    {"id": it["InstanceId"], "address": it["PrivateIpAddress"], "port": 8000}
                    for it in emulator.api.instances("running")
                ],
            }
        ],
        "rules": [{"paths": ["*"], "forward": "g"}],
    }
    file = tmp_path / "balancer.yaml"
    file.write_text(json.dumps(configuration))
    environment = {
        "AWS_ENDPOINT_URL": emulator.api.endpoint,
        "AWS_ACCESS_KEY_ID": "LEADLINEBALANCER",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with (tmp_path / "balancer.log").open("wb") as log:
        balancer = subprocess.Popen(
            [
                shutil.which("java") or "java",
                "-Xmx128m",
                "-jar",
                str(JAR),
                "serve",
                "--config",
                str(file),
            ],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/c"))
        yield f"http://127.0.0.1:{port}/c"
    finally:
        balancer.kill()
        balancer.wait()


class Load:
    """Requests at a steady rate in the background, and who answered in each second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._seconds: dict[int, Counter[str]] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(i,)) for i in range(REQUESTS_PER_SECOND // 4)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _run(self, place: int) -> None:
        """Four requests a second, by the clock."""
        count = 0
        while not self._end.wait(max(0.0, self._began + count / 4 + place / 40 - time.monotonic())):
            count += 1
            with urllib.request.urlopen(self._url, timeout=10) as answer:  # noqa: S310 - loopback
                answered = json.loads(answer.read())["instance_id"]
            with self._lock:
                second = int(time.monotonic() - self._began)
                self._seconds.setdefault(second, Counter())[answered] += 1

    def share(self, instance: str, second: int) -> float | None:
        """What part of a second's requests an instance answered; None before it is over, NaN if none was."""
        with self._lock:
            if max(self._seconds, default=0) <= second:
                return None
            counts = self._seconds.get(second, Counter())
        return counts[instance] / counts.total() if counts else math.nan


def test_requests_shift_away_from_a_target_whose_cpu_is_above_the_limit_and_back(
    emulator: Running, url: str
) -> None:
    small = emulator.api.physical_id("Small")
    shares: list[float] = []

    def followed(load: Load) -> bool:
        while (share := load.share(small, len(shares))) is not None:
            shares.append(share)
        left = next((i for i, share in enumerate(shares) if i > 0 and share == 0), None)
        return left is not None and any(share > 0.2 for share in shares[left:])

    with Load(url) as load:
        wait_for(lambda: followed(load), SECONDS)
    assert shares[0] > 0.2, shares  # while nothing is known, the fewest requests in flight
    listed = emulator.api.cloudwatch.list_metrics(
        Namespace="AWS/EC2", Dimensions=[{"Name": "InstanceId", "Value": small}]
    )["Metrics"]
    names = {"CPUUtilization", "NetworkIn", "NetworkOut", "CPUCreditUsage", "CPUCreditBalance"}
    assert {metric["MetricName"] for metric in listed} == names
