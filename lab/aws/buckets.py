"""Buckets of the lab: emptied, with every version of every object, and removed. No other bucket is touched."""

from typing import Any

from botocore.exceptions import ClientError

from lab.aws import stack
from lab.profile import STACK, Profile

TAG = {"Key": "leadline:lab", "Value": STACK}
MISSING = ("404", "NoSuchBucket", "NoSuchTagSet")


def mark(profile: Profile, bucket: str) -> None:
    """Tags the bucket as made by the lab, which may then remove it."""
    stack.client(profile, "s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [TAG]})


def is_ours(profile: Profile, bucket: str, account: str) -> bool:
    """Whether there is such a bucket of this account, and the lab made it."""
    try:
        found = stack.client(profile, "s3").get_bucket_tagging(
            Bucket=bucket, ExpectedBucketOwner=account
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in (*MISSING, "403", "AccessDenied"):
            return False
        raise
    return TAG in found["TagSet"]


def remove(profile: Profile, bucket: str, account: str) -> bool:
    """Empties and removes a bucket of this account; whether there was one."""
    s3 = stack.client(profile, "s3")
    try:
        _empty(s3, bucket, account)
        s3.delete_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return False
        raise
    return True


def empty(profile: Profile, bucket: str, account: str) -> None:
    """Empties a bucket of this account; one that is not there is empty."""
    try:
        _empty(stack.client(profile, "s3"), bucket, account)
    except ClientError as error:
        if error.response["Error"]["Code"] not in MISSING:
            raise


def _empty(s3: Any, bucket: str, account: str) -> None:
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, ExpectedBucketOwner=account
    )
    # All pages are read first: a page begins after the last object of the one before, which must still be there.
    for page in list(pages):  # a page has a thousand at most, as many as one call removes
        objects = [
            {"Key": it["Key"], "VersionId": it["VersionId"]}
            for it in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if objects:
            s3.delete_objects(
                Bucket=bucket,
                ExpectedBucketOwner=account,
                Delete={"Objects": objects, "Quiet": True},
            )
