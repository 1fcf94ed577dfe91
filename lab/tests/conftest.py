"""An account that moto plays in this process, and a state directory of the test's own."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from moto import mock_aws

from lab import plan, profile
from lab.account import own_address, preflight
from lab.aws import access

# Most of the tests' time went into these two. Every new account of moto's has 1,300 images, unless a file lists others.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("images.json"))
# Every session of boto3 reads the descriptions of services again, EC2's with 1.7 MB.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)


@pytest.fixture(autouse=True)
def own_address_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the internet for this machine's address."""
    monkeypatch.setattr(own_address, "own_ranges", list)


@pytest.fixture(autouse=True)
def account_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks before a deployment have tests of their own."""
    monkeypatch.setattr(preflight, "require", lambda *_: None)
    monkeypatch.setattr(preflight, "zones_for", lambda *_: {})


PLAN = plan.Plan(
    instance_counts={"t2.large": 4, "t2.micro": 5, "t3.small": 1},
    alarm_metrics=21,
    paths={"cluster1": "/cluster1", "cluster2": "/cluster2"},
    mixed_path="/mixed",
    policy="leadline",
    allowed_cidr="203.0.113.7/32",
)


@pytest.fixture(autouse=True)
def whole_lab(monkeypatch: pytest.MonkeyPatch) -> plan.Plan:
    """What every template has in a test that does not make one: the lab of cdk.json."""
    monkeypatch.setattr(plan, "synthesized", lambda _profile: PLAN)
    monkeypatch.setattr(plan, "deployed", lambda _profile: PLAN)
    return PLAN


@pytest.fixture(autouse=True)
def new_clients() -> None:
    """No test gets a client that another one changed, or another one's login."""
    for cached in (access._client, access._session, access._credentials):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def worthless_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the login of whoever runs it."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty emulated account, reached by the profile ``aws``."""
    for name in ("AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that stands for .leadline."""
    monkeypatch.setattr(profile, "STATE", tmp_path)
    return tmp_path
