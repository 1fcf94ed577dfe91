"""What the tests of user data share: the scripts as instances get them, the application's module, and a machine."""

import base64
import gzip
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from userdata.tests import machine as machines
from userdata.tests import template
from userdata.tests.box import Box
from userdata.tests.machine import Machine
from userdata.tests.template import Lab
from userdata.tests.world import Network, World

USERDATA = Path(__file__).parents[1]
PLATFORMS = {
    "amazon": ["systemd.sh", "amazon.sh"],
    "debian": ["systemd.sh", "debian.sh"],
    "local": ["local.sh"],
}
# More where the instance is a member of a group: it has no number.
OF_A_GROUP = {
    "amazon": ["group.sh", "group-systemd.sh"],
    "debian": ["group.sh", "group-systemd.sh"],
    "local": ["group.sh", "group-local.sh"],
}


@pytest.fixture(scope="session")
def main_file() -> Path:
    """The application's file."""
    return USERDATA / "fastapi" / "main.py"


@pytest.fixture(scope="session")
def main(main_file: Path) -> ModuleType:
    """The application's module, loaded by path: its folder is called fastapi, so it cannot be on the module path."""
    spec = importlib.util.spec_from_file_location("leadline_main", main_file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["leadline_main"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def render(main_file: Path) -> Callable[..., str]:
    """Makes a script as infra does, from settings of a test's own; test_rendering.py compares the two."""

    def commands(name: str) -> str:
        lines = [line.lstrip() for line in (USERDATA / name).read_text().splitlines(True)]
        return "".join(line for line in lines if line and not line.startswith("#"))

    def python(program: str) -> str:
        without_comments = re.sub(r"^ *#.*\n", "", program, flags=re.MULTILINE)
        return re.sub(r'^( *)""".*?"""$', r'\1""', without_comments, flags=re.MULTILINE | re.DOTALL)

    def packed(text: str) -> str:
        return base64.encodebytes(gzip.compress(text.encode())).decode()

    def unpack(name: str, text: str) -> str:
        content = packed(text)
        return (
            f"base64 --decode <<'END_OF_FILE' | gunzip | write_file {name}\n{content}END_OF_FILE\n"
        )

    def plain(name: str, text: str) -> str:
        return f"write_file {name} <<'END_OF_FILE'\n{text}END_OF_FILE\n"

    def script(platform: str, role: str, settings: dict[str, str], **files: str) -> str:
        application = {
            "main.py": python(main_file.read_text()),
            "requirements.txt": (USERDATA / "fastapi" / "requirements-ec2.txt").read_text(),
        }
        parts = ["#!/bin/bash\n"]
        parts += [f"{name}='{value}'\n" for name, value in settings.items()]
        files_of = PLATFORMS[platform] + ([] if settings["NUMBER"] else OF_A_GROUP[platform])
        functions = "".join(
            commands(name) for name in ["common.sh", *(f"platform/{it}" for it in files_of)]
        )
        functions += f"run_role() {{\n{commands(role)}}}\n"
        parts += [commands("start.sh").replace("FUNCTIONS\n", packed(functions))]
        parts += [unpack(name, text) for name, text in application.items()]
        parts += [plain(name.replace("_", "."), text) for name, text in files.items()]
        parts += ["run_role\n"]
        return "".join(parts)

    return script


@pytest.fixture
def box(tmp_path: Path, render: Callable[..., str]) -> Box:
    return Box(tmp_path, render)


def go_without(reason: str) -> None:
    """Skips, except where .ci/run has said that nothing may be missing."""
    if os.environ.get("LEADLINE_MACHINE_TEST") == "required":
        pytest.fail(f"no machine test: {reason}")
    pytest.skip(f"no machine test: {reason}")


@pytest.fixture(scope="session")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The lab whose scripts the machine runs."""
    if reason := template.missing():
        go_without(reason)
    return template.synthesize(tmp_path_factory.mktemp("lab"), os="debian", autoStopMinutes=30)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    if reason := machines.missing():
        go_without(reason)
    made = Network(f"leadline-{os.getpid()}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(
    network: Network, debian: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    made = World(network, tmp_path_factory.mktemp("world"), dict(debian.assets))
    yield made
    made.close()


@pytest.fixture(scope="module")
def machine(network: Network, world: World) -> Iterator[Machine]:
    """Booted, and nothing more."""
    made = Machine(network, world)
    try:
        made.boot()
        yield made
    finally:
        made.close()


@pytest.fixture
def free_port() -> Callable[[str], int]:
    """Finds a port of an address on which nothing listens."""

    def port(address: str) -> int:
        with closing(socket.create_server((address, 0))) as server:
            return server.getsockname()[1]

    return port
