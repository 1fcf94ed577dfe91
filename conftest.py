"""Each run of pytest keeps its temporary files in a folder of its own and removes it at the end.

Pytest would share one folder between all runs of a user and remove there what earlier ones left. But they may run at
the same time, and e2e in a user namespace of its own, in which it cannot remove what belongs to another user.
To look at what a failed test left, give a folder: `--basetemp FOLDER`.
"""

import os
from tempfile import TemporaryDirectory

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.basetemp is None:
        folder = TemporaryDirectory(prefix="leadline-tests-", ignore_cleanup_errors=True)
        config.option.basetemp = folder.name + "/pytest"
        config.add_cleanup(folder.cleanup)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the long tests, or with LEADLINE_TESTS=full those that .ci/run replaces."""
    others = "short" if os.environ.get("LEADLINE_TESTS") == "full" else "full"
    left_out = [item for item in items if item.get_closest_marker(others)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
