"""From nothing, or from a lab that is already up, to a lab that serves: the path that `up` and `local` share."""

import json
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from lab import console, cost, places, topology
from lab import plan as plans
from lab.account import academy, lab_role, own_address, preflight
from lab.aws import access, buckets, stack, teardown
from lab.deployment import budget, duration, replacement
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.machine import build, emulator, prerequisites
from lab.plan import Plan
from lab.profile import DEFAULT_PORT, STACK, TOOLKIT_STACK, Profile
from lab.running import fleet, groups, instance_log, labfile, switching

HOW_TO_ENTER = "allowedCidr=$(curl -s https://checkip.amazonaws.com)/32"


def deploy(name: str, options: Options) -> Profile:
    """Brings the lab up, waits until it serves, writes its lab file, and returns the profile as it runs.

    Checks that cost nothing run before the question. Without a terminal to ask at, nothing is done at all.
    """
    if name == "local":
        prerequisites.require_local_lab()
    prerequisites.require_tools()
    declared = topology.read(options.context, flags=options.flags)
    if name == "local":
        require_ports(options)
    else:
        is_first = not (declared.allowed_cidr or Profile(name).last_context().get("allowedCidr"))
        options, declared = decide_who_may_enter(name, options, declared)
        require_answer(options)
        account, region = stack.identity(Profile(name))
        stack.require_takes_update(Profile(name))
        if stack.status(Profile(name)) in stack.WHOLE:
            fleet.require_none_lost(Profile(name))
            if is_first:
                options, declared = shut_nobody_out(Profile(name), options)
        if name == "academy":
            academy.require_room(Profile(name), declared, region)
            bucket = stack.asset_bucket(declared.asset_bucket, account, region)
            context = lab_role.settle(Profile(name), options.context, account, bucket)
            options = replace(options, context=context)
        if options.checks:
            preflight.require(Profile(name), declared, options.burst)
        options = replace(
            options, context=options.context | preflight.zones_for(Profile(name), declared)
        )
    build.build()

    profile = start_emulator(options) if name == "local" else Profile(name)
    account, region = stack.identity(profile)
    profile.state.mkdir(parents=True, exist_ok=True)
    with console.step("Making the templates", "templates"):
        stack.synthesize(profile, options.context, account, region)
    await_earlier_operation(profile)
    require_no_replacement(profile, declared)
    plan = plans.synthesized(profile)
    agree(profile, options, plan, account, region)
    remember(profile, options, places.Place(account, region))
    prepare_account(profile, declared.asset_bucket, account, region)
    budget.settle(profile)
    if stack.status(profile) in stack.FAILED_BEFORE_IT_SERVED:
        remove_failed(profile)
    if stack.status(profile) in stack.WHOLE:
        groups.require_none_empty(profile, stack.outputs(profile))
    former = former_policy(profile)
    teardown.empty_what_goes(profile)
    create(profile)
    settle(profile, plan, region)
    if former is not None:
        switching.follow(profile, plan.policy, changed=former != plan.policy)
    return profile


def former_policy(profile: Profile) -> object | None:
    """The policy of the lab that is up; None where none is, or one of an earlier version of this program."""
    if stack.status(profile) not in stack.WHOLE:
        return None
    try:
        return plans.deployed(profile).policy
    except LabError:
        return None


def await_earlier_operation(profile: Profile) -> None:
    """Waits for what a run that was interrupted left under way: what it ends in decides how to go on."""
    reached = stack.status(profile)
    if not profile.is_local and stack.is_busy(reached):
        with console.step(
            f"Waiting for CloudFormation ({reached})", "what was under way has ended"
        ):
            stack.wait_while_busy(profile)


def require_no_replacement(profile: Profile, declared: topology.Topology) -> None:
    """Prints how many instances an update will replace; in a Learner Lab such an update is refused.

    Raises:
        LabError: in the profile `academy`, where instances would be replaced.
    """
    if profile.is_local or stack.status(profile) in (None, *stack.FAILED_BEFORE_IT_SERVED):
        return
    change = replacement.planned(profile)
    if profile.name == "academy":
        replacement.refuse(change, profile.name, declared.command(profile.name))
    if change.count:
        console.say(
            f"  {change.how_many()} of the lab that is up will be replaced ({change.why()}); "
            "until the old end, both cost."
        )
    for group, minutes in change.refresh_minutes.items():
        console.say(
            f"  The members of the group {group} will be replaced one after the other, each new one first: about "
            f"{minutes} minutes for the fewest. Requests are served meanwhile."
        )


def require_ports(options: Options) -> None:
    """Raises LabError where something else listens on what a new local lab needs; a lab that is up has its own."""
    if emulator.process_id(Profile("local")) is not None:
        return
    emulator.clear(Profile("local"))  # a crashed run's machines would hold their ports
    taken = prerequisites.local_ports(options.port or DEFAULT_PORT)
    lines = [f"{it.what}: {it.found}; {it.remedy}" for it in taken if not it.ok]
    if lines:
        raise LabError("\n".join(lines))


def start_emulator(options: Options) -> Profile:
    """The emulator of a local lab: the one that runs, or a new one."""
    running = emulator.port(Profile("local"))
    if running is not None:
        profile = Profile("local", running)
        reason = why_start_afresh(profile, options)
        if reason is None:
            console.say(f"  ok  the emulator runs on port {running}; the lab is updated in place")
            return profile
        with console.step(f"Starting afresh: {reason}", f"ended the lab that was up: {reason}"):
            emulator.stop(profile)
            emulator.clear(profile)
    profile = Profile("local", options.port or running or DEFAULT_PORT)
    profile.lab_file.unlink(missing_ok=True)
    remember(profile, options)
    with console.step("Starting the emulated AWS account", f"AWS emulator on {profile.endpoint}"):
        emulator.start(profile, service_times=options.service_times)
    return profile


def why_start_afresh(profile: Profile, options: Options) -> str | None:
    """Why the local lab that is up cannot be updated in place, or None. It costs nothing to make a new one."""
    if options.port not in (None, profile.port):
        return f"it is on port {profile.port}"
    if profile.last_deployment().get("serviceTimes", True) != options.service_times:
        return f"its service times are {'off' if options.service_times else 'on'}"
    if not emulator.answers(profile):
        return "its emulator does not answer"
    status = stack.status(profile)
    # What was interrupted there goes on never: what is in progress, or half done, stays so.
    if status not in (None, *stack.WHOLE, *stack.FAILED_BEFORE_IT_SERVED):
        return f"an earlier run left its stack in status {status}"
    gone = [] if status is None else fleet.lost(profile)
    return f"{', '.join(map(str, gone))} was terminated" if gone else None


def remember(profile: Profile, options: Options, here: places.Place | None = None) -> None:
    """Notes, before anything is created, that there will be something to destroy, and where; None: on this machine."""
    profile.state.mkdir(parents=True, exist_ok=True)
    note = {
        "port": profile.port,
        "context": options.context,
        "serviceTimes": options.service_times,
        **({"places": places.noted(profile, here)} if here else {}),
    }
    profile.deployment_file.write_text(json.dumps(note) + "\n")


def decide_who_may_enter(
    name: str, options: Options, declared: topology.Topology
) -> tuple[Options, topology.Topology]:
    """Makes sure that this machine's benchmark can reach the balancers.

    The ranges are the option's, those of the last deployment, this machine alone, or the user's answer.

    Raises:
        LabError: without ranges and without a terminal.
    """
    if declared.allowed_cidr:
        return options, declared
    answer = Profile(name).last_context().get("allowedCidr")
    own = own_address.own_ranges()
    if answer:
        console.say(f"  allowedCidr={answer}, as last time")
        _warn_unless_in(answer, own)
    elif own:
        answer = ",".join(own)
        console.say(f"  allowedCidr={answer}: only this machine may reach the balancers")
        if len(own) > 1:
            console.warn(
                f"this network leaves through {len(own)} addresses and may have more; if requests of the benchmark "
                f"time out, allow the whole pool, for example -c allowedCidr={own_address.pool(own)}"
            )
    elif not options.yes and console.can_ask():
        console.say(
            "Which addresses may reach the balancers? This machine's must, for the benchmark; it is what"
        )
        console.say("`curl https://checkip.amazonaws.com` prints.")
        answer = console.question("allowedCidr, such as 203.0.113.7/32:")
    if not answer:
        raise LabError(
            f"no address could reach the balancers; allow a range, for example -c {HOW_TO_ENTER}",
            USAGE,
        )
    options = replace(options, context={**options.context, "allowedCidr": answer})
    return options, replace(declared, allowed_cidr=answer)  # what the user asked for stays as it is


def shut_nobody_out(profile: Profile, options: Options) -> tuple[Options, topology.Topology]:
    """Adds who may enter the lab that is up to this machine: another one deployed it, perhaps a team mate's."""
    theirs = (plans.deployed(profile).allowed_cidr or "").split(",")
    own = options.context["allowedCidr"].split(",")
    ranges = ",".join(dict.fromkeys(it for it in (*theirs, *own) if it))
    if set(theirs) - {*own, ""}:
        console.say(f"  allowedCidr={ranges}: who may enter the lab that is up still may")
    options = replace(options, context={**options.context, "allowedCidr": ranges})
    return options, topology.read(options.context)


def _warn_unless_in(allowed: str, own: list[str]) -> None:
    """Warns of each address that this machine was seen with now and that is not let in."""
    new = [it for it in own if not own_address.includes(allowed, it)]
    if new:
        # The pool that was seen before may be seen again; another network will not.
        wanted = [allowed, *new] if len(new) < len(own) else new
        console.warn(
            f"this machine's address is {', '.join(new)} now: -c allowedCidr={','.join(wanted)} lets it in"
        )


def warn_if_shut_out(profile: Profile) -> None:
    """Warns if this machine's address has changed, so that the balancers of a lab that is up do not answer it."""
    if profile.is_local:
        return
    if allowed := plans.deployed(profile).allowed_cidr:
        _warn_unless_in(allowed, own_address.own_ranges())


def require_answer(options: Options) -> None:
    """Raises LabError, before any work is done, where the question about costs could not be answered."""
    if not options.yes and not console.can_ask():
        raise LabError(
            "this costs money and there is no terminal to ask; nothing was done (--yes agrees beforehand)",
            USAGE,
        )


def agree(
    profile: Profile,
    options: Options,
    plan: Plan,
    account: str,
    region: str,
) -> None:
    """Prints what will be created and what it costs, and asks. Without costs there is no question."""
    if profile.is_local:
        return
    parts = cost.of_plan(plan)
    console.heading(f"Account {account}, region {region}, profile {profile.name}")
    for part in parts:
        price = "price not known" if part.per_hour is None else f"{part.per_hour:.4f} $/h"
        console.say(f"  {part.what:<58}{price:>16}")
    console.say(f"  In all {cost.total(parts)}, until ./deploy.sh destroy.")
    if grown := cost.grown(plan):
        console.say(f"  {grown}")
    if surplus := cost.surplus(plan.instance_counts):
        console.say(f"  {surplus}")
    if reading := cost.reading(plan):
        console.say(f"  {reading}")
    console.say(f"  {cost.source(region)}")
    console.say(f"  The balancers may be reached from {plan.allowed_cidr}.")
    console.say(f"  {duration.of(plan, options.rounds)}")
    access.warn_unless_lasting(profile, duration.longest(plan, options.rounds))
    if plan.auto_stop_minutes:
        console.say(f"  {cost.forgotten(plan)}")
    elif profile.name == "aws":  # the end of a Learner Lab's session stops the instances
        console.say(f"  {cost.left_running(parts)}")
    here = places.Place(account, region)
    for other in places.elsewhere(profile, here):
        console.warn(places.reminder(profile, other, here))
    if not options.yes and not console.ask("Create this?"):
        raise LabError("nothing was created", USAGE)


def prepare_account(profile: Profile, asset_bucket: str | None, account: str, region: str) -> None:
    """Makes the place that templates and jar are uploaded to, where it is missing."""
    if profile.name == "academy":  # bootstrapping makes roles, which may not be made there
        bucket = stack.asset_bucket(asset_bucket, account, region)
        with console.step("Preparing the account", f"bucket {bucket}"):
            made = stack.make_bucket(profile, bucket, account, region)
            # One of our own name too: an interrupted run may have made it, and `destroy` removes only what is marked.
            if made or asset_bucket is None:
                buckets.mark(profile, bucket)
    elif not stack.is_bootstrapped(profile):
        with console.step("Preparing the account for the CDK", f"stack {TOOLKIT_STACK}"):
            clear_failed_preparation(profile, account, region)
            stack.bootstrap(profile, account, region)


def clear_failed_preparation(profile: Profile, account: str, region: str) -> None:
    """Removes what an interrupted or failed bootstrap left; its bucket outlives its stack and would be in the way."""
    if stack.status(profile, TOOLKIT_STACK) is not None:
        stack.destroy(profile, TOOLKIT_STACK)
    buckets.remove(profile, stack.toolkit_bucket(account, region), account)


def remove_failed(profile: Profile) -> None:
    """Clears away a stack of which nothing ever served."""
    with console.step("Removing what a failed deployment left", "clean start"):
        teardown.delete_stack(profile)


def create(profile: Profile) -> None:
    """Creates or updates the stack.

    Raises:
        LabError: with what failed, the log of the instance that did, and what became of what was left.
    """
    with console.step(f"Deploying the stack {STACK}", f"stack {STACK}"):
        try:
            stack.deploy(profile)
        except LabError as problem:
            log = instance_log.of_failed(profile)  # before the instances are gone
            raise LabError(
                f"{problem}{log}{clear_failed_creation(profile)}", problem.exit_code
            ) from None


def clear_failed_creation(profile: Profile) -> str:
    """Removes what CloudFormation could not take back of a failed creation; a sentence that says so, or nothing.

    The load balancer's first log file is written as soon as there is a load balancer. So a roll-back ends with a bucket
    that is not empty, which would stay, and cost.
    """
    try:
        if stack.status(profile) != "ROLLBACK_FAILED":
            return ""
        with console.step("Removing what the roll-back left", "nothing of it is left"):
            teardown.delete_stack(profile)
    except (LabError, ClientError, BotoCoreError) as problem:
        return f"\n\nWhat the roll-back left could not be removed: {problem}"
    return "\n\nWhat the roll-back left has been removed; nothing of it costs."


def settle(profile: Profile, plan: Plan, region: str) -> None:
    """Waits until everything serves and writes the lab file."""
    with console.step(
        "Waiting until every target is healthy", "every target healthy, every balancer answers"
    ) as progress:
        fleet.wait_until_serving(profile, labfile.balancer_urls(profile), progress)
    labfile.write(profile, labfile.describe(profile, plan, region))
