"""The page is made of the table, and a call that the table does not know is said with what to add."""

import json

import pytest

from e2e.iam_actions import needed
from e2e.permission_coverage import NotCoveredError, require_covered
from lab.documents import permissions, permissions_document, resource_types
from lab.documents.permissions_document import FILE, actions_of_types, text
from lab.profile import EMULATOR_KEY

MOST_CHARACTERS = 6144  # of a managed policy, white space not counted


def test_the_document_is_made_of_the_table() -> None:
    """Catches a table that is changed without the page: python -m lab.documents.permissions_document renews it."""
    assert FILE.read_text() == text()


@pytest.mark.parametrize("profile", permissions.GROUPS)
def test_no_group_is_for_nothing_and_none_is_missing(profile: str) -> None:
    used = {group for groups in permissions.VERBS[profile].values() for group in groups}
    assert used == permissions.GROUPS[profile].keys()


@pytest.mark.parametrize("profile", permissions.GROUPS)
def test_a_reason_is_for_an_action_that_is_asked_for(profile: str) -> None:
    """Catches a reason that outlives its action."""
    asked = set().union(*(group.actions for group in permissions.GROUPS[profile].values()))
    assert permissions.NOT_EXERCISED[profile].keys() <= asked


@pytest.mark.parametrize(
    "types",
    [
        resource_types.SERVING_TYPES,
        resource_types.WATCHING_TYPES,
        resource_types.AWS_TYPES,
        resource_types.TOOLKIT_TYPES,
    ],
    ids=["serving", "watching", "aws", "toolkit"],
)
def test_what_cloudformation_does_fits_into_one_policy(types: tuple[str, ...]) -> None:
    actions = [*actions_of_types(types), *permissions_document.OF_THE_TEMPLATE]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert len(policy.replace(" ", "")) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("sts", "GetCallerIdentity", ()),
        ("ec2", "DescribeInstances", ("ec2:DescribeInstances",)),
        ("monitoring", "GetMetricData", ("cloudwatch:GetMetricData",)),
        ("s3", "HeadBucket", ("s3:ListBucket",)),
        ("s3", "DeleteObjects", ("s3:DeleteObject", "s3:DeleteObjectVersion")),
    ],
)
def test_a_call_needs_what_iam_calls_it(
    service: str, operation: str, expected: tuple[str, ...]
) -> None:
    assert needed(service, operation) == expected


def test_a_call_that_is_not_asked_for_is_said_with_what_to_add() -> None:
    calls = [f"{EMULATOR_KEY} ec2 DescribeInstances", f"{EMULATOR_KEY} s3 DeleteBucket"]
    with pytest.raises(NotCoveredError) as said:
        require_covered("status", "aws", calls)
    message = str(said.value)
    assert "`status` of profile aws" in message
    assert "'s3:DeleteBucket' (called: s3 DeleteBucket)" in message
    assert "DescribeInstances" not in message
    assert "Add each to 'look' in lab/documents/permissions.py" in message


def test_the_calls_of_others_are_not_the_persons() -> None:
    calls = ["LEADLINEBALANCER s3 GetObject", "cdk-leadline-deploy-role-1-x ec2 DescribeVpcs"]
    assert require_covered("status", "aws", calls) == set()
