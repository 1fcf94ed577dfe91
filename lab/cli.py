"""The command line of deploy.sh: verbs, options, exit codes."""

import argparse
import os
import signal
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from lab import console, profile, verbs
from lab.aws import access, problems
from lab.documents import policies
from lab.documents.permissions import VERBS
from lab.errors import FAILED, INTERRUPTED, LabError
from lab.machine import prerequisites
from lab.profile import DEFAULT_PORT, NAMES
from lab.refusals import explained
from lab.running import policies as running_policies

# Variables that name a file of certificates.
CERTIFICATES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")

EPILOG = """\
exit codes:
  0    done
  1    failed; the message says why
  2    wrong usage, no lab to act upon, or a question that nobody answered with yes
  3    up, local, bench: all is well but some requests of the benchmark failed
  4    up, local, bench: all is well but CloudWatch counted otherwise than the client
  5    bench: all is well but a limit (--slo, --fail-if) is broken
  130  interrupted

`./deploy.sh VERB --help` shows the options of a verb. Without a verb: up.
A lab stays up until stop or destroy. NO_COLOR=1 switches colours off.
status, doctor and destroy answer scripts with --json.
LEADLINE_MAVEN_OPTIONS holds options for Maven, such as -o.
"""


def _context(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not KEY=VALUE")
    return key, value


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port (1 to 65535)")
    return int(text)


def _add_bench_options(verb: argparse.ArgumentParser) -> None:
    group = verb.add_argument_group("benchmark")
    for option, meaning in (
        ("--requests", "simultaneous requests a burst (1000)"),
        ("--rounds", "measured bursts a cell (7 locally; 6 on AWS, a minute each)"),
        ("--warm-up", "bursts a cell before them, not measured (1 locally, 3 on AWS)"),
        ("--seed", "of the order of the cells (random, printed)"),
    ):
        group.add_argument(option, type=int, metavar="N", help=meaning)
    group.add_argument(
        "--policies",
        type=_policies,
        metavar="A,B,...",
        help="measure these policies of the lab's balancer in turn, and both algorithms of the load balancer",
    )


def _policies(text: str) -> list[str]:
    try:
        return running_policies.names(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _add_bench_verb_options(verb: argparse.ArgumentParser) -> None:
    # an option of the benchmark's own must not pass for the beginning of one of these
    verb.allow_abbrev = False
    verb.epilog = (
        "Every other option is the benchmark's own, such as --disturb or --path: "
        "java -jar bench/target/bench.jar run --help lists them."
    )


def _bench_options(options: argparse.Namespace) -> list[str]:
    return [
        word
        for name in ("requests", "rounds", "warm_up", "seed")
        if getattr(options, name, None) is not None
        for word in ("--" + name.replace("_", "-"), str(getattr(options, name)))
    ]


def _add_up_options(verb: argparse.ArgumentParser, profiles: tuple[str, ...]) -> None:
    local = profiles == ("local",)
    if local:
        verb.set_defaults(profile="local")
    else:
        verb.add_argument(
            "--profile", choices=profiles, default="aws", help="kind of account (aws)"
        )
    verb.add_argument("--yes", action="store_true", help="do not ask")
    verb.add_argument(
        "-c",
        dest="context",
        type=_context,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="goes over cdk.json's context: allowedCidr=203.0.113.7/32, mixed=false, "
        "compare=alb,nlb,clb,leadline, topology='{...}' (topology=smoke: a rehearsal, which removes the lab again)",
    )
    verb.add_argument("--no-bench", dest="bench", action="store_false", help="deploy only")
    verb.add_argument(
        "--keep",
        action="store_true",
        help="with -c topology=smoke, a rehearsal: do not remove the lab at its end",
    )
    verb.set_defaults(service_times=True, port=None, checks=True)
    if not local:
        verb.add_argument(
            "--no-checks",
            dest="checks",
            action="store_false",
            help="do not check the account first (a check may be wrong: AWS decides)",
        )
    if local:
        verb.add_argument(
            "--port", type=_port, metavar="N", help=f"of the emulated AWS API ({DEFAULT_PORT})"
        )
        verb.add_argument(
            "--no-service-times",
            dest="service_times",
            action="store_false",
            help="let every server do a request's work itself, whatever its type: on the cores of this machine",
        )
    _add_bench_options(verb)


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--json", action="store_true", help="for scripts: standard output is JSON, errors too"
    )


def parser() -> argparse.ArgumentParser:
    """All verbs with their options."""
    top = argparse.ArgumentParser(
        prog="./deploy.sh",
        description="Leadline's lab: nine web servers behind an Application Load Balancer and behind Leadline.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    group = top.add_subparsers(dest="verb", metavar="VERB", title="verbs")

    def add(
        name: str, action: Callable[[argparse.Namespace], int], meaning: str
    ) -> argparse.ArgumentParser:
        verb = group.add_parser(name, help=meaning, description=meaning)
        verb.set_defaults(action=action)
        return verb

    def add_on_lab(
        name: str, action: Callable[[argparse.Namespace], int], meaning: str
    ) -> argparse.ArgumentParser:
        verb = add(name, action, meaning)
        verb.add_argument("--profile", choices=NAMES, help="which lab, where more than one is up")
        return verb

    _add_up_options(
        add("up", verbs.up, "deploy to the AWS account of the environment and run the benchmark"),
        ("aws", "academy"),
    )
    _add_up_options(
        add("local", verbs.up, "the same on this machine, without an account"), ("local",)
    )
    status = add_on_lab(
        "status", verbs.status, "stack, instances, their health, both URLs, cost so far"
    )
    _add_json(status)
    bench = add_on_lab("bench", verbs.run_bench, "run the benchmark against the lab that is up")
    _add_bench_options(bench)
    _add_bench_verb_options(bench)
    report = add("report", verbs.report, "make the reports of a run again from its samples")
    report.add_argument("folder", nargs="?", help="of the run (results/latest)")
    add_on_lab(
        "dashboard",
        verbs.dashboard,
        "the balancer's admin pages on a port of this machine, until Ctrl-C",
    ).add_argument("--port", type=_port, metavar="N", help="of this machine (9901, or a free one)")
    for name, action, meaning in (
        ("stop", verbs.stop, "stop every instance"),
        ("start", verbs.start, "start every instance and wait until all serve"),
        ("destroy", verbs.destroy, "remove everything the lab created"),
    ):
        verb = add_on_lab(name, action, meaning)
        verb.add_argument("--yes", action="store_true", help="do not ask")
        if name == "destroy":
            _add_json(verb)
    add("package", verbs.package, "make assignment1.zip: the newest report and the code")
    doctor = add(
        "doctor", verbs.doctor, "check every prerequisite, and say how to get what is missing"
    )
    doctor.add_argument(
        "--profile",
        choices=NAMES,
        help="which kind of lab (this machine, and the AWS account where credentials are found)",
    )
    _add_json(doctor)
    doctor.add_argument(
        "--port", type=_port, metavar="N", help=f"of the emulated AWS API ({DEFAULT_PORT})"
    )

    permissions = add(
        "permissions", verbs.permissions, "print the IAM policies that a verb needs, as JSON"
    )
    permissions.add_argument(
        "about",
        nargs="?",
        metavar="VERB",
        choices=[*VERBS["aws"], policies.CLOUDFORMATION],
        help=f"a verb, or {policies.CLOUDFORMATION} (a table of all verbs)",
    )
    permissions.add_argument(
        "--profile", choices=("aws", "academy"), default="aws", help="kind of account (aws)"
    )

    def explain(options: argparse.Namespace) -> int:
        (group.choices[options.about] if options.about else top).print_help()
        return 0

    add("help", explain, "this text, or the options of a verb").add_argument(
        "about", nargs="?", choices=[*group.choices], metavar="VERB"
    )
    return top


def main(arguments: list[str]) -> int:
    """Runs one verb and returns the exit code."""
    for name in CERTIFICATES:  # an empty one names no file, and botocore refuses it
        if not os.environ.get(name, "-").strip():
            del os.environ[name]
    prerequisites.allow_open_files()
    top = parser()
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["up", *arguments]
    try:
        options, more = top.parse_known_args(arguments)
        if more and options.verb != "bench":
            top.error(f"unrecognized arguments: {' '.join(more)}")
    except SystemExit as end:
        code = int(end.code or 0)
        if code and "--json" in arguments:
            console.answer({"error": "wrong usage; standard error says what", "exitCode": code})
        return code
    options.bench_options = [*_bench_options(options), *more]
    signal.signal(signal.SIGTERM, _interrupt)
    access.forget_empty_variables()
    with console.for_scripts(getattr(options, "json", False)):
        return _act(options)


def _act(options: argparse.Namespace) -> int:
    """Calls the verb, and says how it ended where that was not well."""
    try:
        return options.action(options)
    except LabError as problem:
        return _fail(options, str(problem), problem.exit_code)
    except ClientError as problem:
        return _fail(options, explained(f"AWS refused a call: {problem}"), FAILED)
    except problems.LOCAL as problem:
        return _fail(options, str(problems.of(problem)), FAILED)
    except KeyboardInterrupt:
        return _fail(options, _interrupted(options.verb), INTERRUPTED)
    except OSError as problem:
        where = problem.filename or "this machine"
        return _fail(options, f"{where}: {problem.strerror or problem}", FAILED)


def _fail(options: argparse.Namespace, message: str, code: int) -> int:
    """Says what went wrong; to a script, which gets nothing else, as JSON too."""
    console.complain(message)
    if getattr(options, "json", False) and not console.answered():
        console.answer({"error": message, "exitCode": code})
    return code


def _interrupt(_signal: int, _frame: Any) -> None:
    """Treats SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def _interrupted(verb: str) -> str:
    """What is left, and how to clear it."""
    names = profile.in_use()
    if not names:
        return f"interrupted during {verb}; no lab was left"
    where = "on this machine" if names == ["local"] else f"(profile {', '.join(names)})"
    cost = "" if names == ["local"] else ", and may cost"
    return (
        f"interrupted during {verb}; what there is of the lab {where} is still there{cost}: "
        "the same command goes on with it, ./deploy.sh destroy removes it"
    )
