"""Target health as a load balancer judges it, from real checks over HTTP or TCP."""

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from emulator.account import Account, HealthCheck, Target

Verdict = tuple[str, str | None, str | None]
"""State, reason and description, in the words of DescribeTargetHealth."""

_INITIAL_INTERVAL_SECONDS = 1.0
_TICK_SECONDS = 0.25
_IN_REGISTRATION: Verdict = (
    "initial",
    "Elb.RegistrationInProgress",
    "Target registration is in progress",
)
_NOT_IN_USE: Verdict = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
_HEALTHY: Verdict = ("healthy", None, None)

_NOBODY = b"\r\n\r\n\0\r\nQUIT\n" + bytes((0x20, 0, 0, 0))
"""A PROXY header of version 2 with the command LOCAL: a connection that the load balancer makes for itself."""

Key = tuple[str, str, int]
"""Target group ARN, target id, port."""


@dataclass
class _Watch:
    """One target in one group. A new one is initial; its first success makes it healthy, as on AWS."""

    check: HealthCheck
    target: Target
    verdict: Verdict = _IN_REGISTRATION
    successes: int = 0
    failures: int = 0
    due: float = 0.0
    checking: bool = False

    def judge(self, failure: Verdict | None) -> None:
        """Takes one check's result into account: None for a success."""
        if failure is None:
            self.successes, self.failures = self.successes + 1, 0
            if self.verdict[0] == "initial" or self.successes >= self.check.healthy_threshold:
                self.verdict = _HEALTHY
        else:
            self.successes, self.failures = 0, self.failures + 1
            if self.failures >= self._failures_allowed() or self.verdict[0] == "unhealthy":
                self.verdict = failure

    def _failures_allowed(self) -> float:
        """A new target is checked more often than the group's interval; it does not fail sooner for that."""
        allowed = self.check.unhealthy_threshold
        if self.verdict[0] == "initial":
            return allowed * max(1.0, self.check.interval / _INITIAL_INTERVAL_SECONDS)
        return allowed

    def next_check_in(self) -> float:
        """Seconds until the next check."""
        if self.verdict[0] == "initial":
            return min(_INITIAL_INTERVAL_SECONDS, self.check.interval)
        return self.check.interval


class HealthChecker:
    """Checks every registered target of every group that a listener uses. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: dict[Key, _Watch] = {}
        self._unused: set[str] = set()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="health")
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Starts checking."""
        self._thread.start()

    def stop(self) -> None:
        """Stops checking; checks under way are not waited for."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def apply(self, account: Account) -> None:
        """Takes over which targets there are."""
        groups = account.target_groups
        wanted = {
            (arn, target.id, target.port): (group.health_check, target)
            for arn, group in groups.items()
            if group.in_use
            for target in group.targets
        }
        with self._lock:
            self._unused = {arn for arn, group in groups.items() if not group.in_use}
            for key in self._watches.keys() - wanted.keys():
                del self._watches[key]
            for key, (check, target) in wanted.items():
                watch = self._watches.setdefault(key, _Watch(check, target))
                watch.check, watch.target = check, target
                if (
                    not target.running
                ):  # once it runs again it must pass as many checks as the threshold
                    watch.verdict = _failed("the instance was stopped")
                    watch.successes = watch.failures = 0

    def health_of(self, arn: str, target: str, port: int) -> Verdict:
        """What is known of a registered target whose instance runs."""
        with self._lock:
            if arn in self._unused:
                return _NOT_IN_USE
            watch = self._watches.get((arn, target, port))
            return watch.verdict if watch else _IN_REGISTRATION

    def _run(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            now = time.monotonic()
            with self._lock:
                due = [
                    watch
                    for watch in self._watches.values()
                    if watch.target.running and not watch.checking and watch.due <= now
                ]
                for watch in due:
                    watch.checking = True
            for watch in due:
                self._pool.submit(self._check, watch)

    def _check(self, watch: _Watch) -> None:
        began = time.monotonic()
        failure = probe(watch.target, watch.check)
        with self._lock:
            watch.checking = False
            if watch.target.running:
                watch.judge(failure)
            watch.due = began + watch.next_check_in()


def probe(target: Target, check: HealthCheck) -> Verdict | None:
    """Sends one health check.

    Returns:
        None when the target answered as it should, otherwise what to say of it.
    """
    if check.path is None:
        return _connect(target, check)
    connection = http.client.HTTPConnection(
        target.address, target.check_port, timeout=check.timeout
    )
    try:
        if check.proxy_protocol:
            connection.connect()
            connection.sock.sendall(_NOBODY)
        connection.request("GET", check.path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        status = connection.getresponse().status
    except TimeoutError:
        return "unhealthy", "Target.Timeout", "Request timed out"
    except (OSError, http.client.HTTPException) as error:
        return _failed(str(error))
    finally:
        connection.close()
    if is_expected(status, check.codes):
        return None
    return (
        "unhealthy",
        "Target.ResponseCodeMismatch",
        f"Health checks failed with these codes: [{status}]",
    )


def _connect(target: Target, check: HealthCheck) -> Verdict | None:
    address = (target.address, target.check_port)
    try:
        socket.create_connection(address, timeout=check.timeout).close()
    except TimeoutError:
        return "unhealthy", "Target.Timeout", "Request timed out"
    except OSError as error:
        return _failed(str(error))
    return None


def _failed(why: str) -> Verdict:
    return "unhealthy", "Target.FailedHealthChecks", f"Health checks failed: {why}"


def is_expected(status: int, codes: str) -> bool:
    """Whether a status matches a matcher such as ``200``, ``200,302`` or ``200-299``."""
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
