"""h2spec, the conformance tests of HTTP/2, against the built balancer; tools/h2spec/exceptions.txt has what fails."""

import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
H2SPEC = ROOT / ".leadline/h2spec"
EXCEPTIONS = ROOT / "tools/h2spec/exceptions.txt"
JAR = ROOT / "balancer/target/balancer.jar"

pytestmark = [
    pytest.mark.full,
    pytest.mark.account,
    pytest.mark.skipif(
        not H2SPEC.exists(), reason="no h2spec: tools/h2spec/build says why it cannot be built"
    ),
]


def exceptions(over: str) -> set[str]:
    """Section and test of what may fail."""
    lines = EXCEPTIONS.read_text().splitlines()
    found = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    return {test for where, test in found if where in (over, "both")}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def await_open(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None
            assert time.monotonic() < deadline, f"nothing listens on {port}"
            time.sleep(0.1)  # between two looks at the condition
        else:
            return


@pytest.mark.parametrize("over", ["h2c", "tls"])
def test_h2spec_passes_but_for_the_exceptions(over: str, tmp_path: Path) -> None:
    port, target_port = free_port(), free_port()
    tls = ""
    if over == "tls":
        if not shutil.which("openssl"):
            pytest.skip("no openssl to make a certificate with")
        pair = [str(tmp_path / name) for name in ("key.pem", "certificate.pem")]
        make = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
        ]
        subprocess.run(
            [*make, "-keyout", pair[0], "-out", pair[1]], check=True, capture_output=True
        )
        tls = f", tls: {{key: {pair[0]}, certificate: {pair[1]}}}"
    config = tmp_path / "balancer.yaml"
    config.write_text(
        f"listener: {{host: 127.0.0.1, port: {port}{tls}}}\n"
        "targetGroups:\n"
        f"  - {{name: web, targets: [{{id: t, address: 127.0.0.1, port: {target_port}}}]}}\n"
        "rules: [{paths: ['*'], forward: web}]\n"
    )
    report = tmp_path / "h2spec.xml"
    started = []
    with (tmp_path / "log").open("wb") as log:
        for command, listens in (
            ([sys.executable, ROOT / "examples/server.py", str(target_port)], target_port),
            (["java", "-Xmx256m", "-jar", JAR, "serve", "--config", config], port),
        ):
            started.append(subprocess.Popen(command, stdout=log, stderr=log))
            await_open(listens, started[-1])
        try:
            options = ["-h", "127.0.0.1", "-p", str(port), "-o", "3", "-j", str(report)]
            subprocess.run(
                [H2SPEC, *options, *(["-t", "-k"] if tls else [])],
                stdout=log,
                check=False,
                timeout=300,
            )
        finally:
            for process in started:
                process.kill()
                process.wait()
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314 - our own file
    assert len(cases) > 130
    failed = {
        f"{case.get('package')} / {case.get('classname')}"
        for case in cases
        if case.find("error") is not None or case.find("failure") is not None
    }
    log_text = (tmp_path / "log").read_text(errors="replace")
    said = re.sub(r"\x1b\[[0-9;]*m", "", log_text.rpartition("Failures:")[2])
    assert failed - exceptions(over) == set(), said
    assert exceptions(over) - failed == set(), "these pass: remove them from exceptions.txt"
