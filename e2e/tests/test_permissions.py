"""What each verb calls in an account, against what docs/permissions.md asks for; and that nothing is left in it.

The profiles of real accounts, led to an emulator by AWS_ENDPOINT_URL with keys that are worth nothing. Their instances
have addresses that no process of this machine can have, so none ever serves: `up` and `start` are interrupted where
they wait for that.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import inventory, permission_coverage
from e2e.account import Account
from e2e.checkout import ROOT, Checkout, copy_to
from e2e.inventory import Api, Inventory
from e2e.tests.test_templates import ASSEMBLIES
from lab import topology
from lab.account import academy
from lab.documents import permissions, resource_types

WAITS = "Waiting until every target is healthy"
PATIENCE_SECONDS = 400
KEY_SECONDS = 20
INTERRUPTED = 130
TOPOLOGY = f"topology={academy.fitting(topology.read({}))}"
UP = ("up", "--yes", "--no-bench", "-c", "allowedCidr=203.0.113.7/32", "-c", TOPOLOGY)


class Person:
    """A user who runs verbs in an account one after the other, and the calls of those verbs."""

    def __init__(
        self, checkout: Checkout, profile: str, account: Account, login: dict[str, str]
    ) -> None:
        self._checkout = checkout
        self._profile = profile
        self._account = account
        self._login = login
        self._read = 0
        self.seen: set[str] = set()

    def run(self, verb: str, *options: str, until: str | None = None) -> str:
        """Runs a verb to its end, or until it has printed something, and looks at what it called."""
        process = subprocess.Popen(
            [str(self._checkout.folder / "deploy.sh"), verb, "--profile", self._profile, *options],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = self._follow(process, until)
        assert process.returncode == (INTERRUPTED if until else 0), printed
        calls = (self._account.state / "calls.log").read_text().splitlines()
        new, self._read = calls[self._read :], len(calls)
        self.seen |= permission_coverage.require_covered(verb, self._profile, new)
        return printed

    @staticmethod
    def _follow(process: subprocess.Popen, until: str | None) -> str:
        """What the process prints; told to end once it has printed what was waited for and asked for health."""
        printed = ""
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            for line in process.stdout:
                printed += line
                if until and until in line:
                    time.sleep(2)  # so that what is asked for while it waits is among the calls
                    process.send_signal(signal.SIGTERM)
                    until = None  # the line that says that it was interrupted has the same words
                assert time.monotonic() < deadline, printed
            process.wait()
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        return printed

    def _environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        more = {"LEADLINE_MAVEN_OPTIONS": "-o", "NO_COLOR": "1", "CDK_VALIDATION": "false"}
        return others | self._login | more


@pytest.fixture(scope="module")
def apart(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout of its own: what these profiles remember is not the local lab's."""
    del checkout
    return Checkout(copy_to(tmp_path_factory.mktemp("accounts")))


@pytest.fixture(params=["aws", "academy"])
def profile(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path / "state")
    yield account
    account.stop()


@pytest.mark.full
@pytest.mark.account
def test_verbs_call_what_they_may_and_destroy_leaves_nothing(
    apart: Checkout, profile: str, account: Account, tmp_path: Path
) -> None:
    api = Api(account.environment["AWS_ENDPOINT_URL"])
    if profile == "academy":
        make_what_a_learner_lab_has(api)
    before: Inventory = inventory.take(api)
    (apart.folder / "cdk.context.json").unlink(missing_ok=True)  # so that it is looked up
    # By SSO, with keys that end many times in each verb. The tests of refusals have keys that stay.
    login = account.log_in_by_sso(tmp_path / "home", KEY_SECONDS)
    person = Person(apart, profile, account, login)

    person.run(*UP, until=WAITS)
    # The Academy's lab deploys from a bucket of its own instead of the CDK's stack.
    stacks = ("Leadline", "LeadlineToolkit") if profile == "aws" else ("Leadline",)
    bucket = () if profile == "aws" else ("bucket",)
    assert inventory.differences(api, before, stacks, *bucket) == []
    # An update: other calls than a creation's. In a Learner Lab one that replaces instances would be refused.
    again = [word.replace("203.0.113.7", "203.0.113.8") for word in UP]
    person.run(*again, until=WAITS)
    assert inventory.differences(api, before, stacks, *bucket) == []

    person.run("doctor", "--json")
    answer = json.loads(person.run("status", "--json"))
    assert len(answer["targets"]) == 8
    person.run("stop", "--yes")
    person.run("start", "--yes", until=WAITS)
    api.client("ec2").terminate_instances(InstanceIds=[answer["targets"][0]["id"]])
    assert "leadline-cluster1-1" in person.run("status")
    assert "Nothing of the lab is left" in person.run("destroy", "--yes")
    assert inventory.differences(api, before, ()) == []

    table = permissions.GROUPS[profile]
    asked = set().union(*(group.actions for group in table.values()))
    never = sorted(asked - person.seen - permission_coverage.NOT_EXERCISED[profile].keys())
    assert not never, (
        f"profile {profile} asks for {', '.join(never)}, which no verb called: remove them from "
        "lab/documents/permissions.py, or say in NOT_EXERCISED why they are needed"
    )


def make_what_a_learner_lab_has(api: Api) -> None:
    """The one role that instances may have there."""
    iam = api.client("iam")
    iam.create_role(RoleName="LabRole", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="LabInstanceProfile")
    iam.add_role_to_instance_profile(InstanceProfileName="LabInstanceProfile", RoleName="LabRole")


GROUPS = ("group", "cluster-group")  # cases of infra's tests


def resources(*cases: str) -> list[tuple[str, dict]]:
    """Name and declaration of everything in the templates of some cases of infra's tests."""
    files = [file for case in cases for file in ASSEMBLIES.glob(f"{case}/*.template.json")]
    assert len(files) >= len(cases)
    return [it for file in files for it in json.loads(file.read_text())["Resources"].items()]


@pytest.mark.parametrize(
    ("cases", "more"),
    [
        (["aws", "aws-locked"], set()),
        (
            [*GROUPS],
            {"ec2:DescribeInstances", "elasticloadbalancing:DescribeTargetHealth"},
        ),
    ],
)
def test_the_instances_may_do_what_the_page_says(cases: list[str], more: set[str]) -> None:
    """Catches a statement that is added to a role, or widened, without a word of why."""
    granted: dict[str, set[str]] = {"target": set(), "balancer": set()}
    for name, resource in resources(*cases):
        if resource["Type"] != "AWS::IAM::Policy":
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            which = "balancer" if name.startswith("Balancer") else "target"
            granted[which] |= {actions} if isinstance(actions, str) else set(actions)
    both = {"cloudformation:SignalResource"}
    own = {"cloudwatch:GetMetricData", "cloudwatch:PutMetricData"}
    own |= {"s3:GetObject", "secretsmanager:GetSecretValue", *more}
    assert granted == {"target": both, "balancer": both | own}
    page = (ROOT / "docs" / "permissions.md").read_text()
    assert not [action for action in both | own if f"`{action}`" not in page]


@pytest.mark.parametrize("profile_", ["aws", "academy"])
def test_every_type_of_the_template_is_on_the_page(profile_: str) -> None:
    cases = [profile_, f"{profile_}-locked", *(GROUPS if profile_ == "aws" else ())]
    types = {resource["Type"] for _, resource in resources(*cases)}
    more = resource_types.AWS_TYPES if profile_ == "aws" else ()
    assert types == {*resource_types.LAB_TYPES, *more}, (
        "change the types in lab/documents/resource_types.py"
    )
