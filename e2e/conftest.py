"""One lab for all end-to-end tests: deployed once from a second checkout, destroyed at the end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.checkout import Checkout, copy_to


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in a folder with a space and a letter that ASCII has not, with no lab up."""
    return Checkout(copy_to(tmp_path_factory.mktemp("lead liné")))


@pytest.fixture(scope="session")
def lab(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Checkout]:
    """A checkout with its local lab up: the one in the folder LEADLINE_LAB, which .ci/run has brought up.

    Without that variable, the second checkout's, destroyed after the last test, whatever happened. Its user's own
    settings of the CDK CLI name a profile, which is not for the lab.
    """
    if "LEADLINE_LAB" in os.environ:
        yield Checkout(Path(os.environ["LEADLINE_LAB"]))
        return
    checkout: Checkout = request.getfixturevalue("checkout")
    home = tmp_path_factory.mktemp("home")
    (home / ".cdk.json").write_text('{"profile": "work"}')
    up = checkout.deploy("local", "--yes", "--no-bench", environment={"HOME": str(home)})
    try:
        assert up.returncode == 0, up.stdout
        yield checkout
    finally:
        checkout.deploy("destroy", "--yes")


@pytest.fixture
def results(lab: Checkout) -> Path:
    """Where the newest run's files are."""
    return lab.folder / "results" / "latest"
