"""One function a verb; lab/cli.py says which options each takes. Each returns the exit code."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from lab import console, cost, lock, places, plan, topology
from lab import doctor as lab_doctor
from lab.aws import access, stack
from lab.deployment import deployment, duration
from lab.deployment.options import Options
from lab.documents import package as lab_package
from lab.documents import policies
from lab.errors import USAGE, LabError
from lab.machine import build, emulator, prerequisites
from lab.profile import STACK, Profile, chosen, in_use
from lab.rehearsal import rehearsal
from lab.removal import leftovers, removal
from lab.running import bench, fleet, groups, labfile, load_generator, switching
from lab.running import dashboard as lab_dashboard
from lab.running import policies as running_policies
from lab.running import status as lab_status

# What the benchmark does unless said: requests a burst, and measured bursts a cell on AWS.
BURST = 1000
ROUNDS = 6


def up(options: Namespace) -> int:
    """Deploys, waits, runs the benchmark, and says what to do next; with the topology of a rehearsal, rehearses."""
    asked = Options(
        yes=options.yes,
        context=dict(options.context),
        service_times=options.service_times,
        port=options.port,
        burst=(options.requests or BURST) if options.bench else 0,
        rounds=(options.rounds or ROUNDS) if options.bench else 0,
        checks=options.checks,
        flags=_flags(options),
    )
    local = options.profile == "local"
    console.heading("Leadline on this machine" if local else "Leadline in your AWS account")
    with lock.held(Profile(options.profile)):
        if topology.read(asked.context).name == rehearsal.TOPOLOGY:
            without_bench = replace(asked, burst=0, rounds=0)
            rehearsal.run(options.profile, without_bench, keep=options.keep)
            return 0
        profile = deployment.deploy(options.profile, asked)
        code = _measure_lab(profile, options) if options.bench else 0
    next_steps(profile)
    return code


def _flags(options: Namespace) -> dict[str, str | None]:
    """The options that were given, but for -c, as a command would repeat them."""
    switches = {
        "yes": options.yes,
        "no-bench": not options.bench,
        "no-checks": not options.checks,
        "keep": options.keep,
    }
    words = options.bench_options
    values = {name.lstrip("-"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    policies = {"policies": ",".join(options.policies)} if options.policies else {}
    return {name: None for name, given in switches.items() if given} | values | policies


def _measure_lab(profile: Profile, options: Namespace) -> int:
    """The lab as its lab file has it, or with each of some policies in turn."""
    if not options.policies:
        return _measure(profile, options.bench_options)
    lab = json.loads(profile.lab_file.read_text())
    with running_policies.in_turn(profile, lab, options.policies) as lab_file:
        return _measure(profile, options.bench_options, lab_file)


def _measure(profile: Profile, options: list[str], lab_file: Path | None = None) -> int:
    console.heading("Benchmark")
    generator = None if lab_file else load_generator.instance(profile)
    code = (
        load_generator.run(profile, generator, options)
        if generator
        else bench.run(profile, options, lab_file)
    )
    if code != 0:
        console.complain(f"the benchmark ended with exit code {code}; the lab is still up")
    return code


def next_steps(profile: Profile) -> None:
    """Ends a verb that leaves a lab up."""
    lab = json.loads(profile.lab_file.read_text())
    first = lab["paths"][0]["path"]
    which = f" --profile {profile.name}" if len(in_use()) > 1 else ""
    console.heading("The lab is up")
    width = max([26, *(len(it["title"]) for it in lab["balancers"])])
    for balancer in lab["balancers"]:
        insecure = "--insecure " if balancer.get("certificate") else ""
        console.say(f"  {balancer['title']:<{width}} curl {insecure}{balancer['url']}{first}")
    if (bench.LATEST / "report.html").exists():
        console.say(f"  {'Newest report':<26} {bench.LATEST / 'report.html'}")
    console.say(f"  {'Another run':<26} ./deploy.sh bench{which}")
    if profile.is_local:
        console.say(f"  {'End it':<26} ./deploy.sh destroy{which}")
        return
    console.say(f"  {'Watch it':<26} {_dashboard(lab['region'])}")
    here = plan.deployed(profile)
    if here.alarm_email:
        console.say(
            f"  {'Alarms by e-mail':<26} once the mail that AWS sent to {here.alarm_email} is confirmed"
        )
    if here.auto_stop_minutes:
        console.say(f"  {cost.forgotten(here)}")
    console.say(f"  {'Stop paying':<26} ./deploy.sh destroy{which}")
    console.say(
        f"  {'Pay less until later':<26} ./deploy.sh stop{which} (load balancer, addresses, disks go on)"
    )


def _dashboard(region: str) -> str:
    """Where CloudWatch shows the lab's dashboard (infra's LabDashboard names it)."""
    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home"
        f"?region={region}#dashboards/dashboard/{STACK}-{region}"
    )


def _existing(options: Namespace) -> Profile:
    """The profile whose stack there is.

    Raises:
        LabError: when there is none, with the verb that helps.
    """
    profile = chosen(options.profile)
    if profile.is_local and emulator.process_id(profile) is None:
        raise LabError(
            "the local lab is not running; ./deploy.sh local starts it, and clears what is left of an earlier one",
            USAGE,
        )
    if stack.status(profile) is None:
        verb = "local" if profile.is_local else f"up --profile {profile.name}"
        raise LabError(
            f"there is no stack {STACK} in this account and region; {_elsewhere(profile)}./deploy.sh {verb} creates it",
            USAGE,
        )
    return profile


def _elsewhere(profile: Profile) -> str:
    """Where the newest lab is, if that is another place than this one."""
    if not places.of(profile):
        return ""
    here = places.Place(*stack.identity(profile))
    others = places.elsewhere(profile, here)
    return (
        f"one is in {others[-1]} ({places.way_to(profile, others[-1], here)}); " if others else ""
    )


def _complete(options: Namespace) -> Profile:
    """The profile whose lab was deployed to its end.

    Raises:
        LabError: when there is none, or only a part of one.
    """
    profile = _existing(options)
    stack.complete_outputs(profile)
    return profile


def status(options: Namespace) -> int:
    """Prints the stack's status, the instances, their health, both URLs and the cost so far."""
    found = lab_status.read(_complete(options))
    if options.json:
        console.answer(found.as_json())
    else:
        lab_status.show(found)
    return found.exit_code


def dashboard(options: Namespace) -> int:
    """Shows the way to the balancer's admin pages, and keeps it open until Ctrl-C."""
    lab_dashboard.show(_complete(options), options.port)
    return 0


def run_bench(options: Namespace) -> int:
    """Runs the benchmark again."""
    profile = _complete(options)
    if not profile.is_local:
        needed = duration.of_benchmark(plan.deployed(profile), options.rounds or ROUNDS)[1]
        access.warn_unless_lasting(profile, needed)
    with lock.held(profile):
        fleet.require_none_lost(profile)
        _require_targets_that_stay(profile, options)
        deployment.warn_if_shut_out(profile)
        found = [target for target in fleet.targets(profile) if target.state != fleet.DRAINING]
        states = {target.state for target in found}
        if states != {"healthy"}:
            ready = sum(target.state == "healthy" for target in found)
            others = ", ".join(sorted(states - {"healthy"})) or "none there"
            raise LabError(
                f"{ready} of {len(found)} targets are healthy (others: {others}); ./deploy.sh status shows which, "
                "./deploy.sh start starts what was stopped"
            )
        if not bench.JAR.exists():
            prerequisites.require_tools()
            build.build()
        region = stack.identity(profile)[1]
        switching.put_back(profile)
        labfile.write(profile, labfile.describe(profile, plan.deployed(profile), region))
        return _measure_lab(profile, options)


def _require_targets_that_stay(profile: Profile, options: Namespace) -> None:
    """Raises LabError where targets are to be disturbed that a group would replace meanwhile."""
    if not any(word.split("=")[0] == "--disturb" for word in options.bench_options):
        return
    clusters = [it for it in groups.names(stack.outputs(profile)) if it != groups.BALANCERS]
    if clusters:
        raise LabError(
            f"--disturb needs targets that stay, and {', '.join(clusters)} is a group, which replaces an instance that "
            "is stopped and launches others; take `min` and `max` out of the cluster and give it a `count`",
            USAGE,
        )


def report(options: Namespace) -> int:
    """Makes the reports of a run again from its raw samples."""
    folder = Path(options.folder).absolute() if options.folder else bench.LATEST
    if not folder.is_dir():
        raise LabError(f"there is no run in {folder}; ./deploy.sh bench makes one", USAGE)
    if not bench.JAR.exists():
        prerequisites.require_tools()
        build.build()
    bench.report(folder)
    return 0


def package(_options: Namespace) -> int:
    """Makes the archive that is handed in."""
    with console.step("Packing the newest report and the code", lab_package.ARCHIVE):
        archive = lab_package.make()
    console.say(f"  {archive}")
    return 0


def stop(options: Namespace) -> int:
    """Stops every instance."""
    profile = _existing(options)
    with (
        lock.held(profile),
        console.step("Stopping every instance", "every instance has stopped"),
    ):
        fleet.stop(profile)
    if not profile.is_local:
        console.say(f"  Stopped, the lab still costs {cost.stopped(plan.deployed(profile))};")
        console.say(f"  {cost.source(stack.session(profile).region_name)}")
        console.say("  ./deploy.sh destroy ends that.")
    console.say("  ./deploy.sh start brings the lab back.")
    return 0


def start(options: Namespace) -> int:
    """Starts every instance and waits until the lab serves."""
    profile = _complete(options)
    with lock.held(profile):
        fleet.require_none_lost(profile)
        with console.step("Starting every instance", "every instance runs"):
            fleet.start(profile)
        deployment.warn_if_shut_out(profile)
        deployment.settle(profile, plan.deployed(profile), stack.identity(profile)[1])
    next_steps(profile)
    return 0


def destroy(options: Namespace) -> int:
    """Removes everything the lab created, and says what is left.

    Raises:
        LabError: when something that may cost is left.
    """
    if options.profile is None and not in_use():
        console.say("No lab of this folder is up; nothing to destroy.")
        console.say(
            "One that was deployed from elsewhere ends with ./deploy.sh destroy --profile aws (or academy)."
        )
        _answer_left(options, None, leftovers.Leftovers())
        return 0
    profile = chosen(options.profile)
    left = leftovers.Leftovers()
    with lock.held(profile):
        if profile.is_local:
            removal.remove_local(profile)
        else:
            left = removal.remove_from_account(profile, yes=options.yes)
    _answer_left(options, profile.name, left)
    if left.paid:
        raise LabError(
            f"the stack is gone, but the account still lists what may cost: {', '.join(left.paid)}. Its tag index "
            "lags, so this may be gone already: run ./deploy.sh destroy again in some minutes, and look at "
            "what is named then in the AWS console"
        )
    return 0


def _answer_left(options: Namespace, name: str | None, left: leftovers.Leftovers) -> None:
    if options.json:
        console.answer(
            {
                "profile": name,
                "left": left.paid,
                "leftWithoutCost": left.free,
                "notAsked": left.not_asked,
            }
        )


def doctor(options: Namespace) -> int:
    """Checks every prerequisite and says how to get what is missing.

    Raises:
        LabError: when something is missing.
    """
    lab_doctor.examine(options.profile, options.port, as_json=options.json)
    return 0


def permissions(options: Namespace) -> int:
    """Prints the policies of one verb as JSON, or the table of all verbs."""
    if options.about:
        print(json.dumps(policies.of_verb(options.profile, options.about), indent=2))
    else:
        console.say(policies.table(options.profile))
        console.say("./deploy.sh permissions VERB prints the policies of a verb.")
    return 0
