"""The lock file that goes into user data, against the full one it is made of."""

import re
from pathlib import Path

import pytest

FASTAPI = Path(__file__).parents[1] / "fastapi"


def pins(file: str) -> dict[str, set[str]]:
    """Each pinned requirement, without its marker, with its hashes."""
    text = (FASTAPI / file).read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pin, *_ = re.split(r"\s|;", line, maxsplit=1)
            found[pin] = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


@pytest.fixture(scope="module")
def full() -> dict[str, set[str]]:
    return pins("requirements.txt")


@pytest.fixture(scope="module")
def embedded() -> dict[str, set[str]]:
    return pins("requirements-ec2.txt")


def test_the_versions_are_the_locks(
    full: dict[str, set[str]], embedded: dict[str, set[str]]
) -> None:
    """Catches a lock that was renewed without tools/lock. What is only for Windows may be missing."""
    text = (FASTAPI / "requirements.txt").read_text()
    elsewhere = {pin for pin in full if re.search(re.escape(pin) + r" ; .*win32", text)}
    assert set(embedded) == set(full) - elsewhere


def test_the_hashes_are_among_the_locks(
    full: dict[str, set[str]], embedded: dict[str, set[str]]
) -> None:
    for pin, hashes in embedded.items():
        assert hashes, pin
        assert hashes <= full[pin], pin


def test_compiled_packages_have_a_wheel_for_each_python(embedded: dict[str, set[str]]) -> None:
    """pydantic-core is compiled: one wheel for each of CPython 3.11 to 3.14."""
    (compiled,) = [hashes for pin, hashes in embedded.items() if pin.startswith("pydantic-core==")]
    assert len(compiled) == 4


def test_no_address_is_in_it() -> None:
    assert "://" not in (FASTAPI / "requirements-ec2.txt").read_text()
