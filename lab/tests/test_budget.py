"""The budget's stack comes before anything that costs, and goes when it is no longer asked for."""

import json
from pathlib import Path

import boto3
import pytest

from lab import console
from lab.aws import stack
from lab.deployment import budget
from lab.errors import LabError
from lab.profile import BUDGET_STACK, Profile
from lab.removal import leftovers, removal

AWS = Profile("aws")
# A topic stands for the budget, a resource that the emulated CloudFormation lacks.
TEMPLATE = json.dumps({"Resources": {"Budget": {"Type": "AWS::SNS::Topic"}}})


def create() -> None:
    boto3.client("cloudformation").create_stack(StackName=BUDGET_STACK, TemplateBody=TEMPLATE)


def templates(state: Path, *stacks: str) -> None:
    folder = state / "aws" / "cdk.out"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {name: {} for name in stacks}}))
    (folder / f"{BUDGET_STACK}.template.json").write_text(TEMPLATE)  # of an earlier time, perhaps


@pytest.mark.usefixtures("account")
def test_a_budget_is_deployed_where_one_is_asked_for(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates(state, "Leadline", BUDGET_STACK)
    deployed = []
    monkeypatch.setattr(stack, "deploy", lambda _profile, name: deployed.append(name))
    budget.settle(AWS)
    assert deployed == [BUDGET_STACK]


@pytest.mark.usefixtures("account")
def test_a_template_of_an_earlier_time_asks_for_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates(state, "Leadline")
    monkeypatch.setattr(stack, "deploy", lambda *_: pytest.fail("deployed"))
    budget.settle(AWS)


@pytest.mark.usefixtures("account")
def test_a_budget_that_is_no_longer_asked_for_is_removed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    templates(state, "Leadline")
    create()
    budget.settle(AWS)
    assert stack.status(AWS, BUDGET_STACK) is None
    assert "the budget is gone" in capsys.readouterr().out


@pytest.mark.usefixtures("account")
def test_an_account_that_allows_none_is_told_how_to_go_on(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates(state, "Leadline", BUDGET_STACK)

    def refuse(_profile: Profile, _name: str) -> None:
        raise LabError("not authorized to perform: budgets:ModifyBudget")

    monkeypatch.setattr(stack, "deploy", refuse)
    with pytest.raises(LabError, match=r"ModifyBudget\n  The lab was not touched.*monthlyBudget"):
        budget.settle(AWS)


@pytest.mark.usefixtures("account", "state")
def test_destroy_takes_the_budget_along(monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    monkeypatch.setattr(console, "ask", lambda _question: pytest.fail("asked"))
    removal.remove_from_account(AWS, yes=True)
    assert stack.status(AWS, BUDGET_STACK) is None


@pytest.mark.usefixtures("account", "state")
def test_the_budget_goes_before_the_role_that_may_delete_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = []
    create()
    boto3.client("cloudformation").create_stack(StackName="LeadlineToolkit", TemplateBody=TEMPLATE)
    monkeypatch.setattr(stack, "destroy", lambda _profile, name="Leadline": gone.append(name))
    monkeypatch.setattr(leftovers, "wait_until_none", lambda *_: leftovers.Leftovers())
    removal.remove_from_account(AWS, yes=True)
    assert gone == ["Leadline", BUDGET_STACK, "LeadlineToolkit"]
