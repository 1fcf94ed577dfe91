"""The budget's stack. It is not the lab's: many users may deploy a lab but not a budget."""

import json

from lab import console
from lab.aws import stack
from lab.errors import LabError
from lab.profile import BUDGET_STACK, Profile


def is_asked_for(profile: Profile) -> bool:
    """Whether the templates that were just made have a budget's stack among them.

    An earlier template may lie beside them; the manifest names only what belongs together.
    """
    manifest = json.loads((profile.state / "cdk.out" / "manifest.json").read_text())
    return BUDGET_STACK in manifest["artifacts"]


def settle(profile: Profile) -> None:
    """Deploys the budget of the options, or removes the one that they no longer have.

    Called before the lab is deployed: where the account refuses, nothing that costs was created.

    Raises:
        LabError: when the stack does not end in a good status.
    """
    if not is_asked_for(profile):
        if stack.status(profile, BUDGET_STACK) is not None:
            with console.step(
                "Deleting the budget, as no monthlyBudget is said", "the budget is gone"
            ):
                remove(profile)
        return
    with console.step("Deploying the budget", f"stack {BUDGET_STACK}"):
        if stack.status(profile, BUDGET_STACK) in stack.FAILED_BEFORE_IT_SERVED:
            remove(profile)
        try:
            stack.deploy(profile, BUDGET_STACK)
        except LabError as problem:
            raise LabError(
                f"{problem}\n  The lab was not touched. Without -c monthlyBudget=... it needs no right to make budgets."
            ) from None


def remove(profile: Profile) -> None:
    """Deletes the budget's stack where there is one."""
    stack.destroy(profile, BUDGET_STACK)
