"""What the tests of user data share: the scripts as instances get them, and the application's module."""

import importlib.util
import shlex
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

USERDATA = Path(__file__).parents[1]
PLATFORMS = {
    "amazon": ["systemd.sh", "amazon.sh"],
    "debian": ["systemd.sh", "debian.sh"],
    "local": ["local.sh"],
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
    """Makes a script as infra does (its UserDataTest compares the parts and their order with these files)."""

    def script(platform: str, role: str, settings: dict[str, str], **files: str) -> str:
        embedded = {
            "main.py": main_file.read_text(),
            "requirements.txt": (USERDATA / "fastapi" / "requirements-ec2.txt").read_text(),
            **{name.replace("_", "."): text for name, text in files.items()},
        }
        parts = ["#!/bin/bash\n"]
        parts += [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
        parts += [(USERDATA / "common.sh").read_text()]
        parts += [(USERDATA / "platform" / name).read_text() for name in PLATFORMS[platform]]
        parts += [
            f"write_file {name} <<'END_OF_FILE'\n{text}END_OF_FILE\n"
            for name, text in embedded.items()
        ]
        parts += [(USERDATA / role).read_text()]
        return "".join(parts)

    return script


@pytest.fixture
def free_port() -> Callable[[str], int]:
    """Finds a port of an address on which nothing listens."""

    def port(address: str) -> int:
        with closing(socket.create_server((address, 0))) as server:
            return server.getsockname()[1]

    return port
