"""`up` and `local` with -c topology=smoke: created, looked at, removed, and said in one table."""

import hashlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from lab import console, kinds
from lab.aws import stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import USAGE, LabError
from lab.machine import emulator
from lab.machine.prerequisites import Finding
from lab.profile import ROOT, STACK, Profile, saved
from lab.rehearsal import account_rows, instance_rows
from lab.removal import removal
from lab.running import fleet, labfile, run_command

TOPOLOGY = "smoke"  # in cdk.json
TABLE = ROOT / "results" / "rehearsal.txt"
JAR = ROOT / "balancer" / "target" / "balancer.jar"
FACTS = Path(__file__).with_name("facts.sh")
REQUESTS_A_PATH = 20
MARKS = {True: "ok", False: "NO", None: "-"}
WHAT_WIDTH = 47
REFUSED = (LabError, ClientError, BotoCoreError)


def run(name: str, options: Options, *, keep: bool = False) -> None:
    """Deploys the smallest lab, looks at everything, prints the table, and removes the lab unless it is kept.

    Raises:
        LabError: where a lab is up that would be lost, nothing was created, or a row is not good.
    """
    require_none_up(name, options)
    console.say(
        "  A rehearsal: the smallest lab is created, looked at, and removed again"
        + ("." if name == "local" else ", in about 30 minutes; it costs about 5 cents.")
    )
    began = time.monotonic()
    noted = _noted(saved(name))
    rows: list[Finding] = []
    try:
        profile = deployment.deploy(name, options)
        minutes = (time.monotonic() - began) / 60
        rows.append(Finding("created and serving", f"after {minutes:.0f} minutes", True))
        rows += examine(profile)
    except REFUSED as problem:
        profile = saved(name)
        if _noted(profile) == noted:
            raise  # nothing was created
        what = "looked at" if rows else "created and serving"
        rows.append(Finding(what, str(problem), False))
    about = f"profile {name}, region {stack.session(profile).region_name}, os {_system(options)}"
    show(about, rows)
    if keep:
        console.say("  The lab is still up (--keep); ./deploy.sh destroy ends it.")
    else:
        rows.append(_removed(profile))
        show(about, rows)
    bad = sum(it.ok is False for it in rows)
    if bad:
        raise LabError(
            f"{bad} of {len(rows)} rows are not good. docs/first-real-run.md says what each row proves; the table is "
            f"in {TABLE}, without account number and addresses"
        )


def _noted(profile: Profile) -> int | None:
    """When the note of a deployment was written, which is before anything is created; a lab elsewhere has one too."""
    file = profile.deployment_file
    return file.stat().st_mtime_ns if file.exists() else None


def _system(options: Options) -> str:
    return options.context.get("os", "amazon")


def require_none_up(name: str, options: Options) -> None:
    """Raises LabError where a lab is up: a rehearsal would turn it into the smallest one, and then remove it."""
    profile = saved(name)
    if profile.is_local:
        if emulator.process_id(profile) is None or not emulator.answers(profile):
            return  # deploy clears away what is left of it
    else:
        deployment.require_answer(options)
        stack.identity(profile)
    reached = stack.status(profile)
    if reached not in (None, *stack.FAILED_BEFORE_IT_SERVED):
        raise LabError(
            f"there is a lab (the stack {STACK} is in status {reached}), and a rehearsal ends with its removal: "
            f"./deploy.sh destroy --profile {name} first",
            USAGE,
        )


def examine(profile: Profile) -> list[Finding]:
    """Looks at everything of a lab that is up; a look that fails is a row that is not good."""
    template = stack.template(profile)
    lab = labfile.read(profile)
    since = datetime.now(UTC)
    sent = REQUESTS_A_PATH * len(lab["paths"])
    rows = [
        _looked("signals to CloudFormation", partial(account_rows.signals, profile)),
        _looked("targets, as AWS has them", partial(account_rows.target_health, profile)),
    ]
    with console.step("Sending some requests", "requests sent through every balancer"):
        rows += [
            account_rows.requests(it, lab["paths"], REQUESTS_A_PATH) for it in lab["balancers"]
        ]
    with console.step("Asking every instance about itself", "every instance was asked"):
        rows += of_instances(profile)
    rows += [
        _looked("encrypted disks", partial(account_rows.disks, profile, template)),
        _looked("closed ports", partial(account_rows.closed_ports, profile)),
    ]
    looks = [
        partial(
            _looked,
            f"CloudWatch's count of {it['title']}",
            partial(account_rows.counted, profile, it, since, sent),
        )
        for it in lab["balancers"]
    ]
    if any(it["name"] == kinds.ALB for it in lab["balancers"]):
        log = partial(account_rows.access_log, profile)
        looks.append(partial(_looked, "access log of the ALB", log))
    with console.step(
        "Waiting for figures and logs, which come minutes late", "looked at figures and logs"
    ) as progress:
        rows += account_rows.awaited(profile, looks, progress)
    rows.append(_looked("alarms", partial(account_rows.alarms, profile, template)))
    return rows


def _looked(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return Finding(what, f"{error.operation_name} was refused ({code})", False)
    except (LabError, BotoCoreError) as problem:
        return Finding(what, str(problem), False)


def of_instances(profile: Profile) -> list[Finding]:
    """What every instance says about itself."""
    script = FACTS.read_text()
    facts: dict[str, dict[str, str]] = {}
    silent: dict[str, str] = {}
    for instance in fleet.instances(profile):
        name = fleet.name(instance)
        try:
            printed = run_command.run(profile, instance["InstanceId"], script)
            facts[name] = instance_rows.parsed(printed)
        except REFUSED as problem:
            silent[name] = str(problem)
    said = [f"{len(facts)} of {len(facts) + len(silent)}"]
    said += [f"{name}: {why}" for name, why in silent.items()]
    jar = hashlib.sha256(JAR.read_bytes()).hexdigest()
    return [
        Finding("answers over Systems Manager", "; ".join(said), not silent),
        *instance_rows.rows(facts, jar, is_local=profile.is_local),
    ]


def _removed(profile: Profile) -> Finding:
    what = "removed"
    try:
        if profile.is_local:
            removal.remove_local(profile)
            return Finding(what, "nothing is left", True)
        left = removal.remove_from_account(profile, yes=True)
    except REFUSED as problem:
        return Finding(what, f"{problem}; ./deploy.sh destroy tries again", False)
    said = f"still listed, and may cost: {', '.join(left.paid)}" if left.paid else "nothing is left"
    return Finding(what, said, not left.paid)


def table(about: str, rows: list[Finding], now: datetime) -> str:
    """The table as text, for somebody else's eyes: without account numbers and addresses."""
    good, unseen = (sum(it.ok is state for it in rows) for state in (True, None))
    lines = [
        f"Rehearsal of {now:%Y-%m-%d %H:%M} UTC: {about}",
        f"{good} of {len(rows)} rows are good, {unseen} could not be looked at",
        "",
    ]
    width = max([WHAT_WIDTH, *(len(it.what) for it in rows)])  # local stand-ins have long names
    for it in rows:
        first, *more = it.found.splitlines() or [""]
        lines.append(f"{MARKS[it.ok]:<3} {it.what:<{width}} {first}".rstrip())
        lines += [f"    {line}".rstrip() for line in more]
    return _without_addresses("\n".join(lines) + "\n")


def _without_addresses(text: str) -> str:
    text = re.sub(r"\b\d{12}\b", "(account)", text)
    return re.sub(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "(address)", text)


def show(about: str, rows: list[Finding]) -> None:
    """Prints the table and keeps it in a file."""
    text = table(about, rows, datetime.now(UTC))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(text)
    console.heading("The table of the rehearsal")
    console.say(text)
