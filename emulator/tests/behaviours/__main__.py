"""Runs all behaviours against plain moto and prints the names of those that pass, as JSON; -v says why others fail."""

import io
import json
import logging
import sys
from contextlib import redirect_stderr

import pytest
from moto.server import ThreadedMotoServer

from emulator.tests.api import Api
from emulator.tests.behaviours import BEHAVIOURS


def _passing_on_plain_moto() -> list[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    passing = []
    for name, check in BEHAVIOURS.items():
        try:
            check(Api(f"http://{host}:{port}"))
        except (Exception, pytest.fail.Exception) as gap:  # noqa: BLE001 - any failure is the gap
            print(f"{name}: {type(gap).__name__}: {str(gap)[:200]}", file=sys.stderr)
        else:
            passing.append(name)
    return passing


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    noise = io.StringIO()
    if "-v" in sys.argv:
        noise = sys.stderr
    with redirect_stderr(noise):
        found = _passing_on_plain_moto()
    print(json.dumps(found))
