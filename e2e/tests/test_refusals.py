"""What AWS may refuse: each sentence of the emulator against lab's explanations, and five refusals of real verbs.

The emulator refuses (emulator/faults.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from e2e import evidence
from e2e.account import Account, play
from e2e.checkout import Checkout
from emulator.aws import Aws
from emulator.faults import SAYINGS, Faults, RefusedError
from lab.aws import stack
from lab.refusals import REFUSALS, Refusal, explained

ON_AWS = ("--profile", "aws")
STATUS, DESTROY = ("status", *ON_AWS), ("destroy", *ON_AWS, "--yes")

# One target a cluster: what is looked at here is not how many there are.
SMALL = (
    'topology={"clusters":[{"name":"cluster1","path":"/cluster1","instanceType":"t2.large","count":1},'
    '{"name":"cluster2","path":"/cluster2","instanceType":"t2.micro","count":%d}],'
    '"balancer":{"instanceType":"t3.small","policy":"leadline"}}'
)
NO_ROOM = "InsufficientInstanceCapacity"


def local(micros: int = 1) -> tuple[str, ...]:
    return ("local", "--yes", "--no-bench", "-c", SMALL % micros)


def refusal_for(code: str) -> Refusal:
    said = f"{code}: {SAYINGS[code].message}"
    return next(it for it in REFUSALS if it.codes.search(said))


CODES = sorted(SAYINGS)

# Codes that mean many things: only the sentence says which.
SAY_NOTHING_ALONE = (
    "InvalidParameterCombination",
    "OperationNotPermitted",
    "Unsupported",
    "ValidationError",
)


def test_every_kind_of_refusal_can_be_played() -> None:
    assert {refusal_for(code).meaning for code in CODES} == {it.meaning for it in REFUSALS}


@pytest.mark.parametrize("code", CODES)
def test_each_refusal_is_known_by_its_sentence_alone(code: str, tmp_path: Path) -> None:
    """As CloudFormation's events have it: a handler's message has no code in it."""
    play(tmp_path, resources=[{"type": "AWS::EC2::Instance", "code": code}])
    faults = Faults(tmp_path / "faults.json", lambda _line: None)
    with pytest.raises(RefusedError) as refused:
        faults.refuse_resource("create", "AWS::EC2::Instance")
    said = str(refused.value)
    assert explained(said) != said, said
    by_code = explained(f"An error occurred ({code}) when calling the RunInstances operation: no")
    if code not in SAY_NOTHING_ALONE:
        assert by_code.splitlines()[-1] == explained(said).splitlines()[-1]


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Aws, Path]]:
    """An API in this process, and the directory of its faults."""
    folder = tmp_path_factory.mktemp("faults")
    aws = Aws(0, changed=lambda: None, faults=Faults(folder / "faults.json", lambda _line: None))
    aws.start()
    yield aws, folder
    aws.stop()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("service", "operation"),
    [("sts", "get_caller_identity"), ("ec2", "stop_instances"), ("cloudformation", "list_stacks")],
)
def test_a_refused_call_is_explained_with_its_cure(
    code: str, service: str, operation: str, refusing: tuple[Aws, Path]
) -> None:
    aws, folder = refusing
    client = boto3.client(
        service,
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="LEADLINEEMULATOR",
        aws_secret_access_key="emulator",  # noqa: S106 - worth nothing
        config=Config(retries={"total_max_attempts": 1}),
    )
    arguments = {"InstanceIds": ["i-1"]} if service == "ec2" else {}
    play(folder, calls=[{"service": service, "code": code}])
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**arguments)
    refusal = refusal_for(code)
    assert f"{refusal.meaning}: {refusal.cure}" in explained(str(refused.value))


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


@pytest.mark.full
@pytest.mark.account
def test_an_expired_session_is_explained_and_the_next_run_recovers(
    checkout: Checkout, account: Account
) -> None:
    play(account.state, calls=[{"service": "sts", "code": "ExpiredToken", "times": "always"}])
    said = checkout.deploy("doctor", environment=account.environment)
    assert "the session has expired (ExpiredToken)" in said.stdout
    assert "aws sso login (or paste new keys)" in said.stdout
    assert "Traceback" not in said.stdout
    assert said.returncode == 1, said.stdout
    refusal = refusal_for("ExpiredToken")
    play(account.state, calls=[{"service": "cloudformation", "code": "ExpiredToken"}])
    words = ("ExpiredToken", f"{refusal.meaning}: {refusal.cure}")
    require_refused(checkout, *words, verb=STATUS, environment=account.environment)
    require_done(checkout, *STATUS, environment=account.environment)


@pytest.mark.full
@pytest.mark.account
@pytest.mark.parametrize("times", [2, 6])
def test_a_throttled_call_is_made_again_but_not_for_ever(
    times: int, checkout: Checkout, account: Account
) -> None:
    throttled = {"service": "cloudformation", "action": "DescribeStacks", "code": "Throttling"}
    play(account.state, calls=[{**throttled, "times": times}])
    if times > 2:
        words = ("Throttling", refusal_for("Throttling").meaning)
        require_refused(checkout, *words, verb=STATUS, environment=account.environment)
    require_done(checkout, *STATUS, environment=account.environment)


@pytest.mark.full
@pytest.mark.account
def test_a_removal_that_is_stuck_names_what_is_left_and_the_next_one_ends_it(
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
    # CloudFormation deletes no stack while it is updated: catches a destroy that does not wait.
    busy = {"name": stack.STACK, "status": "UPDATE_IN_PROGRESS", "then": "UPDATE_COMPLETE"}
    play(account.state, stacks=[{**busy, "looks": 2}])
    removed = require_done(checkout, *DESTROY, environment=account.environment)
    assert "Nothing of the lab is left" in removed


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


@pytest.mark.full
def test_a_creation_that_is_refused_is_rolled_back_and_the_next_run_begins_anew(
    checkout: Checkout, failing: Path
) -> None:
    play(failing, resources=[{"type": "AWS::EC2::VPC", "code": "VpcLimitExceeded"}])
    meaning = refusal_for("VpcLimitExceeded").meaning
    require_refused(checkout, "Resource handler returned message", meaning, verb=local())
    told = require_refused(checkout, verb=("status",))
    assert "ROLLBACK_COMPLETE and not complete (it has no output" in told
    assert stack.MEANINGS["ROLLBACK_COMPLETE"] in told
    play(failing, stacks=[{"name": stack.STACK, "status": "ROLLBACK_FAILED"}])
    said = require_done(checkout, *local())
    assert "clean start" in said


@pytest.mark.full
def test_without_capacity_the_lab_stays_as_it_was_and_the_next_run_makes_it(
    checkout: Checkout, failing: Path
) -> None:
    before = json.loads(require_done(checkout, "status", "--json"))
    play(failing, resources=[{"type": "AWS::EC2::Instance", "code": NO_ROOM}])
    words = ("UPDATE_ROLLBACK_COMPLETE", refusal_for(NO_ROOM).meaning)
    require_refused(checkout, *words, verb=local(micros=2))
    told = checkout.deploy("status")
    assert told.returncode == 0, told.stdout
    assert stack.MEANINGS["UPDATE_ROLLBACK_COMPLETE"] in told.stdout
    after = json.loads(require_done(checkout, "status", "--json"))
    assert after["stack"] == "UPDATE_ROLLBACK_COMPLETE"
    for same in ("balancers", "balancerInstance", "targets", "lost"):
        assert after[same] == before[same]
    require_done(checkout, "stop", "--yes")
    limit = "VcpuLimitExceeded"  # a client tries again where only room is lacking
    play(failing, calls=[{"service": "ec2", "action": "StartInstances", "code": limit}])
    require_refused(checkout, limit, refusal_for(limit).meaning, verb=("start",))
    play(failing)
    require_done(checkout, "start")
    said = require_done(checkout, *local(micros=2))
    assert "the lab is updated in place" in said


@pytest.mark.full
def test_a_local_lab_is_removed_whatever_its_account_says(
    checkout: Checkout, failing: Path
) -> None:
    play(failing, calls=[{"service": "*", "code": "AccessDenied", "times": "always"}])
    said = require_done(checkout, "destroy", "--yes")
    assert "it ends with the emulator" in said
    evidence.check_gone(checkout.folder)
