"""Everything AWS may refuse and every status a stack may be in: what deploy.sh says, its exit code, the next run.

The emulator refuses (emulator/faults.py). ``lab``'s own tables say what there is to refuse: an entry without a scenario
here fails.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import evidence
from e2e.account import Account, play
from e2e.checkout import Checkout
from emulator.faults import SAYINGS, Faults, RefusedError
from lab.aws import stack
from lab.aws.refusals import REFUSALS, Refusal, explained

ON_AWS = ("--profile", "aws")
UP = ("up", *ON_AWS, "--yes", "--no-bench", "-c", "allowedCidr=203.0.113.7/32")
STATUS, STOP = ("status", *ON_AWS), ("stop", *ON_AWS)
DESTROY = ("destroy", *ON_AWS, "--yes")

# One target a cluster: what is looked at here is not how many there are.
SMALL = (
    'topology={"clusters":[{"name":"cluster1","path":"/cluster1","instanceType":"t2.large","count":1},'
    '{"name":"cluster2","path":"/cluster2","instanceType":"t2.micro","count":%d}],'
    '"balancer":{"instanceType":"t3.small","policy":"leadline"}}'
)


def local(micros: int = 1) -> tuple[str, ...]:
    return ("local", "--yes", "--no-bench", "-c", SMALL % micros)


def refusal_for(code: str) -> Refusal:
    said = f"{code}: {SAYINGS[code].message}"
    return next(it for it in REFUSALS if it.codes.search(said))


@dataclass(frozen=True)
class Refused:
    """A call that is refused so often that no client gets round it, and the verb that makes it."""

    code: str
    service: str
    action: str
    verb: tuple[str, ...]
    times: int = 1

    @property
    def calls(self) -> dict[str, object]:
        return {
            "service": self.service,
            "action": self.action,
            "code": self.code,
            "times": self.times,
        }


CALLS = (
    Refused("ExpiredToken", "sts", "GetCallerIdentity", UP),
    Refused("ExpiredToken", "cloudformation", "DescribeStacks", STATUS),
    Refused("RequestExpired", "ec2", "StopInstances", STOP),
    Refused("InvalidClientTokenId", "sts", "GetCallerIdentity", DESTROY),
    Refused("AuthFailure", "ec2", "DescribeInstances", STATUS),
    Refused("OptInRequired", "ec2", "StopInstances", STOP),
    Refused("LimitExceeded", "elasticloadbalancing", "DescribeTargetGroups", STATUS),
    Refused("AccessDenied", "cloudformation", "DeleteStack", DESTROY),
    Refused("UnauthorizedOperation", "ec2", "StopInstances", STOP),
    Refused("Throttling", "cloudformation", "DescribeStacks", STATUS, times=6),
)
# What stands in the way of a creation: (resource type, code). The run after each goes on, the last one to the end.
CREATION = (
    ("AWS::IAM::Role", "AccessDenied"),  # in the CDK's own stack
    ("AWS::EC2::VPC", "VpcLimitExceeded"),
    ("AWS::EC2::EIP", "AddressLimitExceeded"),
)
UPDATE = ("AWS::EC2::Instance", "InsufficientInstanceCapacity")
STARTING = ("VcpuLimitExceeded", "Unsupported", "PendingVerification")


def require_refused(checkout: Checkout, *words: str, **run: object) -> str:
    """Runs a verb that must fail with these words, and as every failure should; what it said."""
    verb = run.pop("verb")
    said = checkout.deploy(*verb, **run)
    shown = f"{' '.join(verb)}\n{said.stdout}"
    assert said.returncode == 1, shown
    assert "error: " in said.stdout, shown
    assert "Traceback" not in said.stdout, shown
    for word in words:
        assert word in said.stdout, shown
    return said.stdout


def require_done(checkout: Checkout, *verb: str, **run: object) -> str:
    done = checkout.deploy(*verb, **run)
    assert done.returncode == 0, f"{' '.join(verb)}\n{done.stdout}"
    return done.stdout


def test_every_kind_of_refusal_has_a_scenario() -> None:
    codes = {it.code for it in CALLS} | {code for _, code in CREATION} | {*STARTING, UPDATE[1]}
    assert {refusal_for(code).meaning for code in codes} == {it.meaning for it in REFUSALS}


@pytest.mark.parametrize("code", sorted(SAYINGS.keys() - {"DependencyViolation"}))
def test_each_refusal_is_known_by_its_sentence_alone(code: str, tmp_path: Path) -> None:
    """As CloudFormation's events have it: a handler's message has no code in it."""
    play(tmp_path, resources=[{"type": "AWS::EC2::Instance", "code": code}])
    faults = Faults(tmp_path / "faults.json", lambda _line: None)
    with pytest.raises(RefusedError) as refused:
        faults.refuse_resource("create", "AWS::EC2::Instance")
    said = str(refused.value)
    assert explained(said) != said, said
    by_code = explained(f"An error occurred ({code}) when calling the RunInstances operation: no")
    if code != "Unsupported":  # says nothing without its sentence
        assert by_code.splitlines()[-1] == explained(said).splitlines()[-1]


@pytest.fixture(scope="module")
def running_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = Account(tmp_path_factory.mktemp("account") / "state")
    yield account
    account.stop()


@pytest.fixture
def account(running_account: Account) -> Iterator[Account]:
    """An account with a stack that looks like a lab, and no faults."""
    play(running_account.state)
    running_account.require_lab()
    yield running_account
    play(running_account.state)


@pytest.mark.parametrize("it", CALLS, ids=lambda it: f"{it.verb[0]} {it.code}")
def test_a_refused_call_is_explained_and_the_next_run_recovers(
    it: Refused, checkout: Checkout, account: Account
) -> None:
    refusal = refusal_for(it.code)
    play(account.state, calls=[it.calls])
    words = (it.code, f"{refusal.meaning}: {refusal.cure}")
    require_refused(checkout, *words, verb=it.verb, environment=account.environment)
    recovering = STATUS if it.verb == UP else it.verb  # up would go on for minutes
    require_done(checkout, *recovering, environment=account.environment)


def test_a_call_that_is_throttled_now_and_then_is_made_again(
    checkout: Checkout, account: Account
) -> None:
    throttled = {"service": "cloudformation", "action": "DescribeStacks", "code": "Throttling"}
    play(account.state, calls=[{**throttled, "times": 2}])
    require_done(checkout, *STATUS, environment=account.environment)


def test_the_doctor_says_what_is_wrong_with_the_credentials(
    checkout: Checkout, account: Account
) -> None:
    play(account.state, calls=[{"service": "sts", "code": "ExpiredToken", "times": "always"}])
    said = checkout.deploy("doctor", environment=account.environment)
    assert "the session has expired (ExpiredToken)" in said.stdout
    assert "aws sso login (or paste new keys)" in said.stdout
    assert "Traceback" not in said.stdout
    assert said.returncode == 1, said.stdout


@pytest.mark.parametrize(
    "status",
    sorted({*stack.MEANINGS, *stack.FAILED_BEFORE_IT_SERVED, *stack.TAKES_NO_UPDATE}),
)
def test_a_stack_in_a_bad_status_is_explained_and_can_be_removed(
    status: str, checkout: Checkout, account: Account
) -> None:
    play(account.state, stacks=[{"name": stack.STACK, "status": status}])
    told = checkout.deploy(*STATUS, environment=account.environment)
    assert f"the stack Leadline is in status {status}: {stack.MEANINGS[status]}" in told.stdout
    assert told.returncode == (0 if status in stack.WHOLE else 1), told.stdout
    if status in stack.TAKES_NO_UPDATE:
        refused = require_refused(checkout, status, verb=UP, environment=account.environment)
        assert stack.MEANINGS[status] in refused
    removed = require_done(checkout, *DESTROY, environment=account.environment)
    assert "Nothing of the lab is left" in removed


def test_a_removal_that_fails_names_what_is_left_and_the_next_one_ends_it(
    checkout: Checkout, account: Account
) -> None:
    stuck = {"type": "AWS::EC2::Subnet", "operation": "delete", "code": "DependencyViolation"}
    play(account.state, resources=[{**stuck, "times": "always"}])
    reason = 'SubnetA: Resource handler returned message: "The resource has dependencies'
    said = require_refused(checkout, reason, verb=DESTROY, environment=account.environment)
    assert "could not be deleted" in said
    require_refused(
        checkout, stack.MEANINGS["DELETE_FAILED"], verb=STATUS, environment=account.environment
    )
    play(account.state)
    require_done(checkout, *DESTROY, environment=account.environment)


def test_a_removal_waits_for_an_update_that_is_under_way(
    checkout: Checkout, account: Account
) -> None:
    """CloudFormation deletes no stack while it is updated: catches a destroy that asks at once."""
    busy = {"name": stack.STACK, "status": "UPDATE_IN_PROGRESS", "then": "UPDATE_COMPLETE"}
    play(account.state, stacks=[{**busy, "looks": 2}])
    require_done(checkout, *DESTROY, environment=account.environment)


@pytest.fixture(scope="module")
def failing(checkout: Checkout) -> Iterator[Path]:
    """The state directory of the checkout's local lab, which is to be deployed under faults; destroyed at the end."""
    state = checkout.folder / ".leadline" / "local"
    try:
        yield state
    finally:
        play(state)
        checkout.deploy("destroy", "--yes")
        (state / "faults.json").unlink(missing_ok=True)


def test_a_creation_that_is_refused_is_rolled_back_and_the_next_run_begins_anew(
    checkout: Checkout, failing: Path
) -> None:
    for resource, code in CREATION:
        play(failing, resources=[{"type": resource, "code": code}])
        meaning = refusal_for(code).meaning
        require_refused(checkout, "Resource handler returned message", meaning, verb=local())
    told = require_refused(checkout, verb=("status",))
    assert "ROLLBACK_COMPLETE and not complete (it has no output" in told
    assert stack.MEANINGS["ROLLBACK_COMPLETE"] in told
    play(failing, stacks=[{"name": stack.STACK, "status": "ROLLBACK_FAILED"}])
    said = require_done(checkout, *local())
    assert "clean start" in said


def test_an_update_that_is_refused_leaves_the_lab_as_it_was_and_the_next_run_makes_it(
    checkout: Checkout, failing: Path
) -> None:
    before = json.loads(require_done(checkout, "status", "--json"))
    resource, code = UPDATE
    play(failing, resources=[{"type": resource, "code": code}])
    words = ("UPDATE_ROLLBACK_COMPLETE", refusal_for(code).meaning)
    require_refused(checkout, *words, verb=local(micros=2))
    told = checkout.deploy("status")
    assert told.returncode == 0, told.stdout
    assert stack.MEANINGS["UPDATE_ROLLBACK_COMPLETE"] in told.stdout
    after = json.loads(require_done(checkout, "status", "--json"))
    assert after["stack"] == "UPDATE_ROLLBACK_COMPLETE"
    for same in ("balancers", "balancerInstance", "targets", "lost"):
        assert after[same] == before[same]
    said = require_done(checkout, *local(micros=2))
    assert "the lab is updated in place" in said


def test_instances_that_aws_does_not_start_are_explained_and_start_later(
    checkout: Checkout, failing: Path
) -> None:
    require_done(checkout, "stop", "--yes")
    for code in STARTING:
        play(failing, calls=[{"service": "ec2", "action": "StartInstances", "code": code}])
        require_refused(checkout, code, refusal_for(code).meaning, verb=("start",))
    play(failing)
    require_done(checkout, "start")


def test_a_local_lab_is_removed_whatever_its_account_says(
    checkout: Checkout, failing: Path
) -> None:
    play(failing, calls=[{"service": "*", "code": "AccessDenied", "times": "always"}])
    said = require_done(checkout, "destroy", "--yes")
    assert "it ends with the emulator" in said
    evidence.check_gone(checkout.folder)
