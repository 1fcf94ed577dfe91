"""The way out: everything the lab created is removed, and what is left is looked for and said."""

from botocore.exceptions import BotoCoreError, ClientError

from lab import buckets, console, deployment, emulator, leftovers, stack, topology
from lab.errors import USAGE, LabError
from lab.profile import STACK, TOOLKIT_STACK, Profile

NOT_CONFIRMED = "nothing was removed; say yes at the question, or add --yes"


def remove_local(profile: Profile) -> None:
    """Deletes the emulated stack as on AWS, then ends the emulator with all that runs in it.

    Raises:
        LabError: when something of it still runs.
    """
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
    left = leftovers.local_processes(profile)
    if left:
        raise LabError(f"still running: {', '.join(left)}; ./deploy.sh destroy tries again")
    for listener in leftovers.local_listeners():
        console.warn(f"something that is not this lab's listens on {listener}")
    _forget(profile)
    console.say("  Nothing is left: no process, port, stack or instance.")


def remove_from_account(profile: Profile, *, yes: bool) -> None:
    """Deletes the stack and what it was deployed with, and says what is left in the account.

    Raises:
        LabError: when the user does not agree, or something that costs is left.
    """
    account, region = stack.identity(profile)
    question = f"Remove the stack {STACK} and all in it from account {account}, region {region}?"
    if not yes and not console.ask(question):
        raise LabError(NOT_CONFIRMED, USAGE)
    console.heading(f"Removing the lab of account {account}, region {region}")
    _delete_stack(profile)
    _remove_preparation(profile, account, region)
    left = leftovers.in_account(profile)
    if left:
        raise LabError(
            "the stack is gone, but these have its tag and may cost: "
            f"{', '.join(left)}; look at them in the AWS console"
        )
    console.say("  Nothing of the lab is left: no stack, instance, disk, address, network,")
    console.say("  load balancer or bucket.")
    _forget(profile)


def _remove_preparation(profile: Profile, account: str, region: str) -> None:
    """What was made to deploy with: the CDK's stack and bucket of our own qualifier, or the Academy's bucket."""
    if stack.status(profile, TOOLKIT_STACK) is not None:
        with console.step("Deleting the CDK's stack", f"the stack {TOOLKIT_STACK} is gone"):
            stack.wait_while_busy(profile, TOOLKIT_STACK)
            stack.destroy(profile, TOOLKIT_STACK)
    plan = topology.read(deployment.saved_context(profile))
    names = [stack.toolkit_bucket(account, region)]
    asset_bucket = stack.asset_bucket(plan, account, region)
    if buckets.is_ours(profile, asset_bucket, account):
        names.append(asset_bucket)
    for name in names:
        if buckets.remove(profile, name, account):
            console.say(f"  ok  the bucket {name} is gone")


def _delete_stack(profile: Profile) -> None:
    with console.step("Deleting the stack", "the stack is gone"):
        stack.wait_while_busy(profile)
        stack.destroy(profile)


def _forget(profile: Profile) -> None:
    profile.lab_file.unlink(missing_ok=True)
    profile.deployment_file.unlink(missing_ok=True)
