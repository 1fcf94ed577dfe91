"""From nothing, or from a lab that is already up, to a lab that serves: the path that `up` and `local` share."""

import contextlib
import json
import os
from dataclasses import dataclass, field

from lab import console, cost, emulator, fleet, labfile, prerequisites, stack, topology
from lab.commands import run
from lab.errors import USAGE, LabError
from lab.profile import STACK, STATE, TOOLKIT_STACK, Profile

LOCAL_CALLERS = "127.0.0.0/8"


@dataclass(frozen=True)
class Wishes:
    """What the user asked for on the command line."""

    yes: bool = False
    context: dict[str, str] = field(default_factory=dict)
    service_times: bool = True


def require_tools() -> None:
    """Raises LabError with every missing prerequisite and how to get it."""
    missing = [finding for finding in prerequisites.tools() if not finding.ok]
    if missing:
        lines = [f"  {it.what}: {it.found}; {it.remedy}" for it in missing]
        raise LabError("this machine lacks something:\n" + "\n".join(lines))


def build() -> None:
    """Installs the CDK CLI and builds the jars."""
    environment = dict(os.environ)
    with console.step("Installing the CDK CLI", "CDK CLI"):
        run("installing the CDK CLI", ["tools/setup", "cdk"], environment, STATE / "setup.log")
    maven = [
        "mvn",
        "--quiet",
        "--batch-mode",
        *os.environ.get("LEADLINE_MAVEN_OPTIONS", "").split(),
    ]
    maven += ["-DskipTests", "--projects", "infra,balancer,bench", "--also-make", "package"]
    with console.step("Building balancer, bench and CDK app", "built"):
        run("the build", maven, environment, STATE / "build.log")


def start_emulator(profile: Profile, wishes: Wishes) -> Profile:
    """The emulator of a local lab: the one that runs, or a new one after clearing what is left of an old one."""
    running = emulator.port(profile)
    if running is not None:
        console.say(f"  the emulator is running on port {running}; the lab is updated in place")
        return Profile(profile.name, running)
    if profile.state.exists():
        with console.step("Clearing what an earlier run left", "clean start"):
            emulator.clear(profile)
            profile.deployment_file.unlink(missing_ok=True)
            profile.lab_file.unlink(missing_ok=True)
    taken = [finding for finding in prerequisites.local_ports(profile.port) if not finding.ok]
    if taken:
        raise LabError("; ".join(f"not {it.what} ({it.found}): {it.remedy}" for it in taken))
    remember(profile, wishes)
    with console.step("Starting the emulated AWS account", f"AWS emulator on {profile.endpoint}"):
        emulator.start(profile, service_times=wishes.service_times)
    return profile


def remember(profile: Profile, wishes: Wishes) -> None:
    """Notes, before anything is created, that there will be something to destroy."""
    profile.state.mkdir(parents=True, exist_ok=True)
    note = {"port": profile.port, "context": wishes.context}
    profile.deployment_file.write_text(json.dumps(note) + "\n")


def agree(
    profile: Profile, wishes: Wishes, plan: topology.Topology, account: str, region: str
) -> None:
    """Says what will be created and what it costs, and asks. Nothing is asked where nothing is paid."""
    if profile.is_local:
        return
    parts = cost.items(plan.instance_counts)
    console.heading(f"Account {account}, region {region}, profile {profile.name}")
    for part in parts:
        price = "price not known" if part.per_hour is None else f"{part.per_hour:.4f} $/h"
        console.say(f"  {part.what:<62}{price:>16}")
    console.say(f"  {cost.total(parts)} until ./deploy.sh destroy ({cost.PRICES['source']})")
    if "allowedCidr" not in wishes.context:
        console.warn(
            "without -c allowedCidr=YOUR-ADDRESS/32 nobody may enter, this machine's benchmark neither"
        )
    if not wishes.yes and not console.ask("Create this?"):
        raise LabError("nothing was created; say yes at the question, or add --yes", USAGE)


def deploy(profile: Profile, wishes: Wishes) -> Profile:
    """Brings the lab up, waits until it serves, writes its lab file, and returns the profile as it runs."""
    require_tools()
    plan = topology.read(wishes.context)
    if profile.is_local:
        profile = start_emulator(profile, wishes)
        wishes.context.setdefault("allowedCidr", LOCAL_CALLERS)
    account, region = stack.identity(profile)
    agree(profile, wishes, plan, account, region)
    build()

    remember(profile, wishes)
    with console.step("Making the templates", "templates"):
        stack.synthesize(profile, wishes.context, account, region)
    if profile.name != "academy" and stack.status(profile, TOOLKIT_STACK) is None:
        with console.step("Preparing the account for the CDK", f"stack {TOOLKIT_STACK}"):
            stack.bootstrap(profile, account, region)
    with console.step(f"Deploying the stack {STACK}", f"stack {STACK}"):
        stack.wait_while_busy(profile)
        stack.deploy(profile)
    settle(profile, plan, region)
    return profile


def settle(profile: Profile, plan: topology.Topology, region: str) -> None:
    """Waits until everything serves and writes the lab file."""
    with console.step(
        "Waiting until every target is healthy", "every target healthy, both balancers answer"
    ) as progress:
        fleet.wait_until_serving(profile, labfile.balancer_urls(profile), progress)
    labfile.write(profile, labfile.describe(profile, plan, region))


def saved_context(profile: Profile) -> dict[str, str]:
    """The -c options of the last deployment."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads(profile.deployment_file.read_text())["context"]
    return {}
