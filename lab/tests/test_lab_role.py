"""What LabRole lacks is said before anything is created, and a key that may not be used is done without."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.account import lab_role
from lab.aws import stack
from lab.errors import USAGE, LabError
from lab.profile import Profile

ACADEMY = Profile("academy")
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LabRole"


class Iam:
    """Answers as IAM does; ``denied`` says how it decides on some actions, ``refused`` which calls it refuses."""

    def __init__(
        self, denied: dict[str, str] | None = None, refused: str = "", role: str = "LabRole"
    ) -> None:
        self.denied = denied or {}
        self.refused = refused
        self.role = role
        self.resources: dict[str, list[str]] = {}

    def _refuse(self, operation: str, code: str = "AccessDenied") -> None:
        if operation == self.refused:
            raise ClientError({"Error": {"Code": code}}, operation)

    def get_instance_profile(self, InstanceProfileName: str) -> dict:  # noqa: N803 - boto3's name
        assert InstanceProfileName == "LabInstanceProfile"
        self._refuse("GetInstanceProfile")
        if not self.role:
            raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetInstanceProfile")
        return {"InstanceProfile": {"Roles": [{"RoleName": self.role, "Arn": ROLE}]}}

    def simulate_principal_policy(self, **asked: Any) -> dict:
        assert asked["PolicySourceArn"] == ROLE
        self._refuse("SimulatePrincipalPolicy")
        self.resources |= dict.fromkeys(asked["ActionNames"], asked["ResourceArns"])
        return {
            "EvaluationResults": [
                {"EvalActionName": it, "EvalDecision": self.denied.get(it, "allowed")}
                for it in asked["ActionNames"]
            ]
        }


def settle(iam: Iam, monkeypatch: pytest.MonkeyPatch, **context: str) -> dict[str, str]:
    monkeypatch.setattr(stack, "client", lambda *_: iam)
    return lab_role.settle(ACADEMY, context, ACCOUNT, "bucket")


def test_a_role_that_may_do_all_is_passed_over_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    iam = Iam()
    assert settle(iam, monkeypatch) == {}
    assert capsys.readouterr().err == ""
    assert iam.resources["s3:GetObject"] == ["arn:aws:s3:::bucket/*"]
    assert set(iam.resources) == {*lab_role.NEEDED, *lab_role.OF_THE_KEY}
    assert lab_role.finding(ACADEMY, ACCOUNT, "bucket").ok is True


@pytest.mark.parametrize("action", lab_role.NEEDED)
def test_what_it_lacks_is_said_with_what_cannot_work(
    action: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settle(Iam({action: "implicitDeny"}), monkeypatch) == {}
    said = " ".join(capsys.readouterr().err.split())
    assert f"LabRole may not {action}: {lab_role.NEEDED[action]}" in said
    found = lab_role.finding(ACADEMY, ACCOUNT, "bucket")
    # the lab serves without the others: a refusal to create it would lock its user out
    stops = False if action == "s3:GetObject" else None
    assert (found.ok, found.found) == (stops, f"not {action}")


@pytest.mark.parametrize(
    ("decision", "given", "disks"),
    [
        ("explicitDeny", {}, "unencrypted"),
        ("explicitDeny", {"disks": "encrypted"}, "encrypted"),
        # the key's own policy allows what no policy of the role names
        ("implicitDeny", {}, None),
    ],
)
def test_a_key_that_is_denied_is_done_without_unless_it_was_asked_for(
    decision: str, given: dict[str, str], disks: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = settle(Iam({"kms:CreateGrant": decision}), monkeypatch, **given)
    assert context.get("disks") == disks


@pytest.mark.parametrize("call", ["GetInstanceProfile", "SimulatePrincipalPolicy"])
def test_where_iam_does_not_answer_the_result_is_unknown_and_the_lab_goes_on(
    call: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settle(Iam(refused=call), monkeypatch) == {}
    assert f"{call} was refused (AccessDenied)" in capsys.readouterr().err
    assert lab_role.finding(ACADEMY, ACCOUNT, "bucket").ok is None


@pytest.mark.parametrize("role", ["", "SomebodyElses"])
def test_an_account_without_the_role_is_no_learner_lab(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LabError, match="use --profile aws") as refusal:
        settle(Iam(role=role), monkeypatch)
    assert refusal.value.exit_code == USAGE
