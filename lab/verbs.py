"""One function a verb; lab/cli.py says which options each takes."""

import json
from argparse import Namespace
from pathlib import Path

from lab import bench, console, deployment, emulator, fleet, prerequisites, stack, topology
from lab.errors import FAILED, LabError
from lab.profile import STACK, TOOLKIT_STACK, Profile, chosen, in_use


def up(options: Namespace) -> None:
    """Deploys, waits, runs the benchmark, and says what to do next."""
    wishes = deployment.Wishes(
        yes=options.yes, context=dict(options.context), service_times=options.service_times
    )
    console.heading(
        "Leadline on this machine" if options.profile == "local" else "Leadline in your AWS account"
    )
    profile = deployment.deploy(Profile(options.profile, options.port), wishes)
    if options.bench:
        bench.run(profile, options.bench_options)
    next_steps(profile)


def next_steps(profile: Profile) -> None:
    """Ends a verb that leaves a lab up."""
    lab = json.loads(profile.lab_file.read_text())
    first = lab["paths"][0]["path"]
    console.heading("The lab is up")
    for balancer in lab["balancers"]:
        console.say(f"  {balancer['title']:<26} curl {balancer['url']}{first}")
    if (bench.LATEST / "report.html").exists():
        console.say(f"  {'Report':<26} {bench.LATEST / 'report.html'}")
    console.say(f"  {'Another run':<26} ./deploy.sh bench")
    end = "End it" if profile.is_local else "Stop paying"
    console.say(f"  {end:<26} ./deploy.sh destroy")


def _serving(options: Namespace) -> Profile:
    """The profile whose lab is up.

    Raises:
        LabError: when it is not, with the verb that helps.
    """
    profile = chosen(options.profile)
    if profile.is_local and emulator.process_id(profile) is None:
        raise LabError(
            "the local lab is not running (its emulator has ended); ./deploy.sh local starts it again"
        )
    if stack.status(profile) is None:
        raise LabError(
            f"there is no stack {STACK} in this account and region; ./deploy.sh up creates it"
        )
    return profile


def status(options: Namespace) -> None:
    """Prints the instances, their health and both URLs."""
    profile = _serving(options)
    outputs = stack.outputs(profile)
    found = fleet.targets(profile)
    urls = {"alb": outputs["AlbUrl"], "leadline": outputs["LeadlineUrl"]}
    if options.json:
        answer = {"profile": profile.name, "balancers": urls, "targets": fleet.as_json(found)}
        print(json.dumps(answer, indent=2))
        return
    console.heading(f"Lab of profile {profile.name}, stack {stack.status(profile)}")
    for name, url in urls.items():
        console.say(f"  {name:<10}{url}")
    console.say()
    console.say(f"  {'':>2}  {'instance':<21}{'cluster':<10}{'type':<10}{'address':<16}state")
    for it in found:
        console.say(
            f"  {it.number:>2}  {it.id:<21}{it.cluster:<10}{it.type:<10}{it.address:<16}{it.state}"
        )


def run_bench(options: Namespace) -> None:
    """Runs the benchmark again."""
    profile = _serving(options)
    asleep = [target.id for target in fleet.targets(profile) if target.state != "healthy"]
    if asleep:
        raise LabError(
            f"not healthy: {', '.join(asleep)}; after ./deploy.sh stop comes ./deploy.sh start"
        )
    bench.run(profile, options.bench_options)


def report(options: Namespace) -> None:
    """Makes the reports of a run again from its raw samples."""
    folder = Path(options.folder) if options.folder else bench.LATEST
    if not folder.exists():
        raise LabError(f"there is no run in {folder}; ./deploy.sh bench makes one")
    if not bench.JAR.exists():
        deployment.require_tools()
        deployment.build()
    bench.report(folder)


def stop(options: Namespace) -> None:
    """Stops every instance."""
    profile = _serving(options)
    with console.step("Stopping every instance", "every instance has stopped"):
        fleet.stop(profile)
    if not profile.is_local:
        console.say(
            "  The load balancer, its addresses and the disks still cost; ./deploy.sh destroy ends that."
        )
    console.say("  ./deploy.sh start brings the lab back.")


def start(options: Namespace) -> None:
    """Starts every instance and waits until the lab serves."""
    profile = _serving(options)
    with console.step("Starting every instance", "every instance runs"):
        fleet.start(profile)
    plan = topology.read(deployment.saved_context(profile))
    deployment.settle(profile, plan, stack.identity(profile)[1])
    next_steps(profile)


def destroy(options: Namespace) -> None:
    """Removes everything the lab created, and says what is left."""
    if options.profile is None and not in_use():
        console.say("No lab is up; nothing to destroy.")
        return
    profile = chosen(options.profile)
    if not profile.is_local:
        account, region = stack.identity(profile)
        question = f"Remove the stack {STACK} and everything in it from account {account}, region {region}?"
        if not options.yes and not console.ask(question):
            raise LabError("nothing was removed")
    console.heading(f"Removing the lab of profile {profile.name}")
    if not profile.is_local or emulator.process_id(profile) is not None:
        with console.step("Deleting the stack", "the stack is gone"):
            stack.wait_while_busy(profile)
            stack.destroy(profile)
        left = [instance["InstanceId"] for instance in fleet.instances(profile)]
        if left:
            raise LabError(
                f"still there: instances {', '.join(left)}; ./deploy.sh destroy tries again"
            )
    if profile.is_local:
        with console.step("Ending the emulator", "the emulator has ended"):
            emulator.stop(profile)
            emulator.clear(profile)
    profile.lab_file.unlink(missing_ok=True)
    profile.deployment_file.unlink(missing_ok=True)
    if profile.is_local:
        console.say("  Nothing is left running.")
    elif profile.name != "academy" and stack.status(profile, TOOLKIT_STACK):
        console.say(
            f"  Left: the CDK's own stack {TOOLKIT_STACK} (a bucket and roles; costs cents a month at most)."
        )


def doctor(options: Namespace) -> None:
    """Checks every prerequisite and says how to get what is missing.

    Raises:
        LabError: when something is missing.
    """
    console.heading("This machine")
    local = Profile("local", options.port)
    findings = prerequisites.tools()
    if emulator.process_id(local) is None:
        findings += prerequisites.local_ports(options.port)
    else:
        console.say("  a local lab is up: its ports are its own")
    for it in findings:
        mark = "[green]ok[/green]     " if it.ok else "[red]missing[/red]"
        console.out.print(f"  {mark}  {it.what:<38} {it.found}")
        if not it.ok:
            console.say(f"           -> {it.remedy}")
    console.heading("AWS (for ./deploy.sh up; ./deploy.sh local needs none)")
    try:
        account, region = stack.identity(Profile("aws"))
        console.say(f"  account {account}, region {region}")
    except LabError as problem:
        console.say(f"  not ready: {problem}")
    bad = [it for it in findings if not it.ok]
    if bad:
        raise LabError(f"{len(bad)} of {len(findings)} checks failed", FAILED)
