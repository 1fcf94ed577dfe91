"""Destroy takes the buckets along that the lab made, and no other."""

import boto3
import pytest

from lab.aws import buckets, stack
from lab.deployment import deployment
from lab.profile import Profile
from lab.removal import removal

AWS = Profile("aws")
ACCOUNT = "123456789012"
pytestmark = pytest.mark.usefixtures("account", "state")


@pytest.fixture
def s3() -> object:
    return boto3.client("s3")


def names(s3: object) -> list[str]:
    return [it["Name"] for it in s3.list_buckets()["Buckets"]]


def test_every_version_goes_with_its_bucket(s3: object) -> None:
    """Catches a removal that forgets old versions or delete markers: S3 refuses to delete such a bucket."""
    s3.create_bucket(Bucket="old-files")
    s3.put_bucket_versioning(Bucket="old-files", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b"):
        s3.put_object(Bucket="old-files", Key=key, Body=b"1")
        s3.put_object(Bucket="old-files", Key=key, Body=b"2")
    s3.delete_object(Bucket="old-files", Key="a")
    assert buckets.remove(AWS, "old-files", ACCOUNT) is True
    assert names(s3) == []
    assert buckets.remove(AWS, "old-files", ACCOUNT) is False


def test_destroy_takes_the_bootstraps_bucket_along_and_leaves_others(s3: object) -> None:
    ours = stack.toolkit_bucket(ACCOUNT, "us-east-1")
    others = ["cdk-hnb659fds-assets-123456789012-us-east-1", "photos"]
    for name in [ours, *others]:
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="file", Body=b"1")
    removal.remove_from_account(AWS, yes=True)
    assert names(s3) == sorted(others)


@pytest.mark.parametrize("made_by_the_lab", [True, False])
def test_a_bucket_that_the_user_had_before_is_kept(s3: object, made_by_the_lab: bool) -> None:
    """Catches a destroy that deletes a user's own files because -c assetBucket names their bucket."""
    name = stack.asset_bucket(None, ACCOUNT, "us-east-1")
    s3.create_bucket(Bucket=name)
    if made_by_the_lab:
        buckets.mark(AWS, name)
    removal.remove_from_account(Profile("academy"), yes=True)
    assert names(s3) == ([] if made_by_the_lab else [name])


@pytest.mark.parametrize("chosen", [None, "of-the-user"])
def test_a_bucket_that_an_interrupted_run_made_is_removed_all_the_same(
    s3: object, chosen: str | None
) -> None:
    """Catches a bucket that is made, and not marked before the machine is switched off: it would stay for ever."""
    academy, where = Profile("academy"), (ACCOUNT, "us-east-1")
    name = stack.asset_bucket(chosen, *where)
    s3.create_bucket(Bucket=name)
    deployment.prepare_account(academy, chosen, *where)
    assert buckets.is_ours(academy, name, ACCOUNT) is (chosen is None)
