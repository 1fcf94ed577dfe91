"""Removal of everything that the lab created, and a list of what is left."""

from botocore.exceptions import BotoCoreError, ClientError

from lab import console, places, topology
from lab.aws import buckets, stack, teardown
from lab.deployment import budget
from lab.errors import USAGE, LabError
from lab.machine import emulator, prerequisites, processes
from lab.profile import BUDGET_STACK, STACK, TOOLKIT_STACK, Profile
from lab.removal import leftovers

NOT_CONFIRMED = "nothing was removed; say yes at the question, or add --yes"


def remove_local(profile: Profile) -> None:
    """Deletes the emulated stack as on AWS, then ends the emulator with all that runs in it.

    Raises:
        LabError: when something of it still runs, or where there can be none.
    """
    prerequisites.require_local_lab()
    console.heading("Removing the lab on this machine")
    if emulator.process_id(profile) is not None:
        try:
            _delete_stack(profile)
        except (LabError, ClientError, BotoCoreError) as problem:
            # An emulated account that is half made or does not answer is no reason to leave it running.
            console.warn(f"{problem}; it ends with the emulator")
    with console.step("Ending the emulator", "the emulator has ended"):
        emulator.stop(profile)
    emulator.clear(profile)
    left = processes.of_lab(profile)
    if left:
        raise LabError(f"still running: {', '.join(left)}; ./deploy.sh destroy tries again")
    for listener in processes.listeners():
        console.warn(f"something that is not this lab's listens on {listener}")
    profile.lab_file.unlink(missing_ok=True)
    profile.deployment_file.unlink(missing_ok=True)
    console.say("  Nothing is left: no process, port, stack or instance.")


def remove_from_account(profile: Profile, *, yes: bool) -> leftovers.Leftovers:
    """Deletes the stacks and what they were deployed with, says what is left in the account, and returns it.

    Raises:
        LabError: when the user does not agree, or a stack cannot be deleted.
    """
    account, region = stack.identity(profile)
    here = places.Place(account, region)
    require_something_here(profile, here)
    question = f"Remove the stack {STACK} and all in it from account {account}, region {region}?"
    if not yes and not console.ask(question):
        raise LabError(NOT_CONFIRMED, USAGE)
    console.heading(f"Removing the lab of account {account}, region {region}")
    _delete_stack(profile)
    if stack.status(profile, BUDGET_STACK) is not None:  # before the role that may delete it goes
        with console.step("Deleting the budget", "the budget is gone"):
            stack.wait_while_busy(profile, BUDGET_STACK)
            budget.remove(profile)
    _remove_preparation(profile, account, region)
    with console.step(
        "Waiting until the account lists nothing of the lab", "asked what the account still lists"
    ) as progress:
        left = leftovers.wait_until_none(profile, progress)
    _show(left)
    if not left.paid:
        profile.lab_file.unlink(missing_ok=True)
        places.forget(profile, here)
    for other in places.elsewhere(profile, here):
        console.warn(places.reminder(profile, other, here))
    return left


def require_something_here(profile: Profile, here: places.Place) -> None:
    """Raises LabError where labs were deployed to other places only, and this one has none.

    A lab is in one region: in another one nothing would be found, and "nothing is left" would be said of it.
    """
    others = places.elsewhere(profile, here)
    if not others or here in places.of(profile):
        return
    if any(stack.status(profile, it) for it in (STACK, BUDGET_STACK, TOOLKIT_STACK)):
        return
    raise LabError(
        f"there is no lab in {here}; one was deployed to {others[-1]}: {places.way_to(profile, others[-1], here)}, "
        "then repeat the command",
        USAGE,
    )


def _show(left: leftovers.Leftovers) -> None:
    for name in left.free:
        console.warn(f"still listed, without cost: {name}")
    for what in left.not_asked:
        console.warn(f"{what} did not answer whether something is left")
    if not left.paid:
        beyond = " that costs" if left.free else ""
        beyond += " as far as could be asked" if left.not_asked else ""
        console.say(f"  Nothing of the lab is left{beyond}.")


def _remove_preparation(profile: Profile, account: str, region: str) -> None:
    """What was made to deploy with: the CDK's stack and bucket of our own qualifier, or the Academy's bucket."""
    if stack.status(profile, TOOLKIT_STACK) is not None:
        with console.step("Deleting the CDK's stack", f"the stack {TOOLKIT_STACK} is gone"):
            stack.wait_while_busy(profile, TOOLKIT_STACK)
            stack.destroy(profile, TOOLKIT_STACK)
    names = [stack.toolkit_bucket(account, region)]
    asset_bucket = stack.asset_bucket(
        topology.read(profile.last_context()).asset_bucket, account, region
    )
    if buckets.is_ours(profile, asset_bucket, account):
        names.append(asset_bucket)
    for name in names:
        if buckets.remove(profile, name, account):
            console.say(f"  ok  the bucket {name} is gone")


def _delete_stack(profile: Profile) -> None:
    with console.step("Deleting the stack", "the stack is gone"):
        stack.wait_while_busy(profile)
        teardown.delete_stack(profile)
