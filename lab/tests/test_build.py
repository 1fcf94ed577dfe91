"""Jars are built when they must be, and only then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.machine import jars


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Sources and jars as they stand after a build that was remembered."""
    (tmp_path / "pom.xml").write_text("<project/>")
    (tmp_path / "userdata").mkdir()
    (tmp_path / "userdata" / "target.sh").write_text("true")
    for module in jars.MODULES:
        (tmp_path / module / "src").mkdir(parents=True)
        (tmp_path / module / "target").mkdir()
        (tmp_path / module / "pom.xml").write_text("<project/>")
        (tmp_path / module / "src" / "A.java").write_text("class A {}")
        (tmp_path / module / "target" / f"{module}.jar").write_text("jar")
    jars.remember(tmp_path, tmp_path / "record", jars.fingerprint(tmp_path))
    return tmp_path


def is_built(checkout: Path) -> bool:
    return jars.is_built(checkout, checkout / "record", jars.fingerprint(checkout))


def test_nothing_changed_is_built(checkout: Path) -> None:
    assert is_built(checkout)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "pom.xml").write_text("<project>2</project>"),
        lambda root: (root / "routing" / "src" / "A.java").write_text("class B {}"),
        lambda root: (root / "routing" / "src" / "New.java").write_text(""),
        lambda root: (root / "bench" / "src" / "A.java").unlink(),
        lambda root: (root / "userdata" / "target.sh").write_text("false"),  # it is in infra's jar
        lambda root: (root / "balancer" / "target" / "balancer.jar").unlink(),
        lambda root: (root / "infra" / "target" / "infra.jar").write_text("another"),
        lambda root: (root / "record").unlink(),
        lambda root: (root / "record").write_text("{"),
    ],
)
def test_any_change_is_a_reason_to_build(checkout: Path, change: Callable[[Path], None]) -> None:
    change(checkout)
    assert not is_built(checkout)
