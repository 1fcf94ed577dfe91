"""The command line: ``python -m emulator serve`` and ``clear``."""

import argparse
import contextlib
import errno
import os
import resource
import shutil
import signal
import sys
from pathlib import Path
from queue import Empty, SimpleQueue

from emulator.state import InUseError, State

_ROOT = Path(__file__).resolve().parent.parent


def parser() -> argparse.ArgumentParser:
    """The options."""
    whole = argparse.ArgumentParser(
        prog="python -m emulator",
        description="AWS on this machine: moto's API, and real processes for its instances and load balancers. "
        "Listens on loopback addresses only.",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="run the emulator in the foreground",
        description="Runs the emulator until SIGTERM or Ctrl-C, then ends every machine it started. What a killed "
        "emulator left in the state directory is cleared first.",
    )
    serve.add_argument(
        "--port",
        type=_port,
        default=5566,
        help="the API's port on 127.0.0.1 (default: %(default)s)",
    )
    serve.add_argument(
        "--no-service-times",
        dest="service_times",
        action="store_false",
        help="let every instance do the work itself; without this it waits, for as long as its size says",
    )
    serve.add_argument(
        "--cpu-seconds",
        type=float,
        default=15.0,
        metavar="N",
        help="time between two figures of an instance's CPU and network (default: %(default)g)",
    )
    serve.add_argument(
        "--balancer-jar",
        type=Path,
        default=_ROOT / "balancer" / "target" / "balancer.jar",
        metavar="FILE",
        help="the balancer that stands in for load balancers (default: %(default)s)",
    )
    serve.add_argument(
        "--java",
        default=None,
        metavar="FILE",
        help="the java to run it with (default: JAVA_HOME's, or java on PATH)",
    )
    clear = commands.add_parser(
        "clear",
        help="end and remove what a killed emulator left",
        description="Ends the processes that a killed emulator left, exactly those, removes their directories, and "
        "says what there was.",
    )
    for command in (serve, clear):
        command.add_argument(
            "--state",
            type=Path,
            default=_ROOT / ".leadline" / "local",
            metavar="DIR",
            help="where everything lives (default: %(default)s)",
        )
    return whole


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no port; allowed: 0 to 65535, 0 for any free one"
        )
    return int(text)


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # a closed terminal must not keep machines from being ended
        print(f"emulator: {sentence}", flush=True)


def _fail(sentence: str) -> int:
    print(f"emulator: {sentence}", file=sys.stderr)
    return 1


def _find_java() -> str:
    home = os.environ.get("JAVA_HOME")
    candidate = Path(home) / "bin" / "java" if home else None
    if candidate and candidate.is_file():
        return str(candidate)
    return shutil.which("java") or "java"


def serve(options: argparse.Namespace) -> int:
    """Runs the emulator; returns the exit status."""
    # Unlike an Event, this queue may be used by a signal handler while the same thread waits for it.
    signals: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: signals.put(number))
    state = State(options.state)
    try:
        with state.held():
            for line in state.clear():
                _say(f"left by an earlier run: {line}")
            state.prepare()
            return _serve(options, state, signals)
    except InUseError as error:
        return _fail(str(error))
    except (OSError, TimeoutError) as error:
        return _fail(str(error))


def _serve(options: argparse.Namespace, state: State, signals: "SimpleQueue[int]") -> int:
    # moto takes seconds to import: a directory in use is reported before that
    from emulator.aws import Aws  # noqa: PLC0415
    from emulator.faults import Faults  # noqa: PLC0415
    from emulator.health import HealthChecker  # noqa: PLC0415
    from emulator.load_balancers import LoadBalancers  # noqa: PLC0415
    from emulator.machines import Machines, Settings, default_python  # noqa: PLC0415
    from emulator.patches.target_groups import answer_target_health_with  # noqa: PLC0415
    from emulator.reconciler import Reconciler  # noqa: PLC0415

    _allow_many_connections()
    try:
        aws = Aws(
            options.port,
            changed=lambda: reconciler.catch_up(),  # noqa: PLW0108 - it comes later
            faults=Faults(state.faults, _say),
            calls=state.calls,
            machines=state.machines,
            logins=state.logins,
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _fail(f"port {options.port} of 127.0.0.1 is in use; choose another with --port")
        return _fail(f"port {options.port} of 127.0.0.1 cannot be used: {error.strerror}")

    def announce(kinds: frozenset[str]) -> None:
        state.write_info(aws.port, notes(kinds, service_times=options.service_times))

    java = options.java or _find_java()
    health = HealthChecker()
    answer_target_health_with(health.health_of)
    settings = Settings(aws.endpoint, default_python(), java, options.service_times)
    reconciler = Reconciler(
        lambda: aws.read(_say),
        Machines(state.machines, settings, _say),
        LoadBalancers(
            state.balancers,
            options.balancer_jar.resolve(),
            java,
            aws.endpoint,
            _say,
            announce,
        ),
        health,
        _say,
    )
    reconciler.cpu_seconds = options.cpu_seconds
    reconciler.track = aws.track
    health.start()
    reconciler.start()
    aws.start()
    announce(frozenset())
    _say(f"ready at {aws.endpoint}, state in {state.folder}")
    _wait_for_one(signals)
    _say("stopping")
    try:
        reconciler.stop()  # before the API: balancers send their last metrics when they end
        aws.stop()
    finally:
        state.remove_info()
    return 0


def _wait_for_one(signals: "SimpleQueue[int]") -> None:
    """Returns after a signal. Looks every second: another thread may get the signal that this one handles."""
    while True:
        with contextlib.suppress(Empty):
            signals.get(timeout=1)
            return


_STAND_INS = {
    "application": "The Application Load Balancer is emulated: "
    "Leadline's own server in round robin stands in for its data plane.",
    "network": "The Network Load Balancer is emulated: "
    "Leadline's own server with a flow hash over addresses and ports stands in for its data plane.",
    "classic": "Classic Load Balancers are emulated: "
    "Leadline's own server in least_outstanding_requests stands in for their data plane.",
}


def notes(kinds: frozenset[str], *, service_times: bool) -> list[str]:
    """Notes for the report: what limits the figures that are measured here.

    ``kinds`` are those of the load balancers that there are; without any an ALB is to come.
    """
    said = [
        "AWS is emulated on this machine (moto): every instance is a process, and all share its cores.",
        *(text for kind, text in _STAND_INS.items() if kind in (kinds or {"application"})),
    ]
    if service_times:
        said.append(
            "Service times are set, not measured: in place of a request's work, an instance waits, for as many "
            "requests at a time as its type has vCPUs (t2.large as long as the work is, two at a time; t2.micro twice "
            "as long, one at a time). Its CPU figures count that time as CPU time."
        )
    return said


def _allow_many_connections() -> None:
    """A burst opens a thousand connections to one machine; many systems allow 1024 files unless asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def clear(options: argparse.Namespace) -> int:
    """Clears a state directory; returns the exit status."""
    if not options.state.is_dir():
        _say("nothing to clear")
        return 0
    state = State(options.state)
    try:
        with state.held():
            lines = state.clear()
    except (InUseError, OSError, TimeoutError) as error:
        return _fail(str(error))
    for line in lines or ["nothing to clear"]:
        _say(line)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit status."""
    options = parser().parse_args(arguments)
    return {"serve": serve, "clear": clear}[options.command](options)


if __name__ == "__main__":
    sys.exit(main())
