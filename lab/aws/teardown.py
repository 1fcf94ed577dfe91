"""A stack with buckets that fill by themselves, removed: CloudFormation deletes a bucket only while it is empty."""

import json
from collections.abc import Collection

from botocore.exceptions import ClientError

from lab.aws import buckets, stack
from lab.errors import LabError
from lab.profile import STACK, Profile

# A load balancer delivers its log minutes late, so a bucket that was emptied may fill again until the load balancer is
# gone. CloudFormation deletes the load balancer and its right to write before the bucket, so nothing writes after the
# first attempt; the third attempt is for logs that were on their way.
ATTEMPTS = 3

BUCKET = "AWS::S3::Bucket"
GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")


def delete_stack(profile: Profile, name: str = STACK) -> None:
    """Empties the stack's own buckets and deletes it; does both again where a bucket had filled meanwhile.

    Raises:
        LabError: when CloudFormation could not delete something; the message names it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        _empty_buckets(profile, name)
        try:
            stack.destroy(profile, name)
        except LabError:
            if attempt == ATTEMPTS or not _bucket_is_in_the_way(profile, name):
                raise
        else:
            return


def empty_what_goes(profile: Profile) -> None:
    """Empties the buckets that the stack has and the templates made last have not.

    An update tries three times to delete what is in the template no more, and then leaves it to itself: a bucket that
    is not empty would stay, in no stack.
    """
    if stack.status(profile) not in stack.WHOLE:
        return
    made = json.loads((stack.templates(profile) / f"{STACK}.template.json").read_text())
    _empty_buckets(profile, STACK, but=made["Resources"].keys())


def _empty_buckets(profile: Profile, name: str, but: Collection[str] = ()) -> None:
    kept = [
        it["PhysicalResourceId"]
        for it in _resources(profile, name)
        if it["ResourceType"] == BUCKET
        and it["ResourceStatus"] not in GONE
        and it.get("PhysicalResourceId")
        and it.get("LogicalResourceId") not in but
    ]
    if kept:
        account, _ = stack.identity(profile)
        for bucket in kept:
            buckets.empty(profile, bucket, account)


def _bucket_is_in_the_way(profile: Profile, name: str) -> bool:
    return any(
        it["ResourceType"] == BUCKET and it["ResourceStatus"] == "DELETE_FAILED"
        for it in _resources(profile, name)
    )


def _resources(profile: Profile, name: str) -> list[dict[str, str]]:
    """The stack's resources; none where there is no such stack."""
    pages = stack.client(profile, "cloudformation").get_paginator("list_stack_resources")
    try:
        return [
            it for page in pages.paginate(StackName=name) for it in page["StackResourceSummaries"]
        ]
    except ClientError as error:
        if "does not exist" in str(error):
            return []
        raise
