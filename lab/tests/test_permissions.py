"""The page has the table, a verb's policies are printed, and a call that no policy covers is an error."""

import json

import pytest

from e2e.iam_actions import needed
from e2e.permission_coverage import NOT_EXERCISED, NotCoveredError, require_covered
from lab import cli
from lab.documents import permissions, policies
from lab.profile import EMULATOR_KEY, ROOT

FILE = ROOT / "docs" / "permissions.md"
MOST_CHARACTERS = 6144  # of a managed policy, white space not counted


@pytest.mark.parametrize("profile", permissions.GROUPS)
def test_the_document_has_the_table(profile: str) -> None:
    """Catches a permission that is changed without the page: ./deploy.sh permissions prints the table."""
    assert policies.table(profile) in FILE.read_text()


@pytest.mark.parametrize("profile", permissions.GROUPS)
@pytest.mark.parametrize("verb", [*permissions.VERBS["aws"], policies.CLOUDFORMATION])
def test_a_verbs_policies_are_printed_and_iam_takes_them(
    profile: str, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["permissions", verb, "--profile", profile]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(permissions.VERBS[profile].get(verb, ("roles",))) <= printed.keys()
    for policy in printed.values():
        assert policy["Statement"]
        assert len(json.dumps(policy).replace(" ", "")) <= MOST_CHARACTERS


@pytest.mark.parametrize("profile", permissions.GROUPS)
def test_no_group_is_for_nothing_and_none_is_missing(profile: str) -> None:
    used = {group for groups in permissions.VERBS[profile].values() for group in groups}
    assert used == permissions.GROUPS[profile].keys()


@pytest.mark.parametrize("profile", permissions.GROUPS)
def test_a_reason_is_for_an_action_that_is_asked_for(profile: str) -> None:
    """Catches a reason that outlives its action."""
    asked = set().union(*(group.actions for group in permissions.GROUPS[profile].values()))
    assert NOT_EXERCISED[profile].keys() <= asked


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
    assert "Add each to 'look' or 'compare' or 'groups' in lab/documents/permissions.py" in message


def test_the_calls_of_others_are_not_the_persons() -> None:
    calls = ["LEADLINEBALANCER s3 GetObject", "cdk-leadline-deploy-role-1-x ec2 DescribeVpcs"]
    assert require_covered("status", "aws", calls) == set()
