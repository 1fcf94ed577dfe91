"""Every patch does what it says, and plain moto does not."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from emulator.aws import Aws
from emulator.patches import (
    autoscaling,
    change_sets,
    classic,
    cloudformation,
    cloudwatch,
    ec2,
    elbv2,
    lifecycle,
    refreshes,
    scaling_stacks,
    secrets,
    target_groups,
    updates,
)
from emulator.tests.api import Api
from emulator.tests.behaviours import BEHAVIOURS

MODULES: list[ModuleType] = [
    *(ec2, elbv2, target_groups, classic, updates),
    *(cloudformation, cloudwatch, change_sets),
    *(autoscaling, lifecycle, refreshes, scaling_stacks, secrets),
]
NOT_A_PATCH = {
    "apply",
    "store_of",
    "nobody_checked",
    "checked_health",
    "group_of",
    *(
        "tell_time_with",
        "now",
        "advance",
        "advance_all",
        "complete",
        "end_all",
        "maintenance",
        "drain_seconds",
    ),
    *("begin", "cancel", "is_refreshed", "wait", "settle"),
    "answer_target_health_with",
    "nothing_is_refused",
    "refuse_resources_with",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    aws = Aws(0, changed=lambda: None)
    aws.start()
    yield aws.endpoint
    aws.stop()


@pytest.fixture(scope="module")
def passing_on_plain_moto() -> list[str]:
    plain = subprocess.run(
        [sys.executable, "-m", "emulator.tests.behaviours"],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return json.loads(plain.stdout)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_with_patches(name: str, endpoint: str) -> None:
    BEHAVIOURS[name](Api(endpoint))


@pytest.mark.full  # the answer changes only with moto's version
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_plain_moto_still_needs_the_patch(name: str, passing_on_plain_moto: list[str]) -> None:
    assert name not in passing_on_plain_moto, f"moto has it now: remove the patch {name}"


def test_every_patch_has_its_behaviour() -> None:
    patches = {
        name
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert patches - NOT_A_PATCH == BEHAVIOURS.keys() - {"cbor", "replacement_by_parameter"}
