"""A Learner Lab never has its instances replaced in place; elsewhere `up` prints how many will be."""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from lab import console, topology
from lab.aws import stack
from lab.deployment import deployment, replacement
from lab.deployment.options import Options
from lab.deployment.replacement import Change, between
from lab.errors import USAGE, LabError
from lab.profile import STACK, Profile
from lab.running import fleet

ACADEMY = Profile("academy")
CONTEXT = {"allowedCidr": "203.0.113.7/32"}


def template(**instances: dict[str, Any]) -> dict[str, Any]:
    return {
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            **{
                name: {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"ImageId": "ami-12c6146b", "InstanceType": "t2.micro"} | own,
                }
                for name, own in instances.items()
            },
        }
    }


def test_nothing_changes_nothing() -> None:
    assert between(template(One={}), template(One={})) == Change()


def test_another_script_is_another_instance() -> None:
    change = between(template(OneAAA={}, Two={}), template(OneBBB={}, Two={}))
    assert (change.made, change.removed, change.count) == (["OneBBB"], ["OneAAA"], 1)


def test_more_or_fewer_instances_replace_none() -> None:
    assert between(template(One={}), template(One={}, Two={})).count == 0
    assert between(template(One={}, Two={}), template(One={})).count == 0


@pytest.mark.parametrize(
    ("own", "replaced"),
    [
        ({"ImageId": "ami-2"}, ["ImageId"]),
        ({"KeyName": "mine", "SubnetId": {"Ref": "Other"}}, ["KeyName", "SubnetId"]),
        ({"InstanceType": "t3.micro"}, None),  # stopped, changed, started
        ({"UserData": {"Fn::Base64": "echo"}}, None),
        ({"Monitoring": True, "Tags": []}, None),
    ],
)
def test_what_replaces_an_instance_that_keeps_its_id(
    own: dict[str, Any], replaced: list[str] | None
) -> None:
    change = between(template(One={}), template(One=own))
    assert change.replaced == ({"One": replaced} if replaced else {})


def test_the_list_has_all_that_cloudformation_never_changes_in_place() -> None:
    """Fails when a newer schema of CloudFormation's has a property that ours does not know of."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", "AWS::EC2::Instance").schema
    never = {path.removeprefix("/properties/") for path in schema["createOnlyProperties"]}
    assert never <= replacement.REPLACING
    sometimes = {
        path.removeprefix("/properties/") for path in schema["conditionalCreateOnlyProperties"]
    }
    assert never | sometimes >= replacement.REPLACING


@pytest.fixture
def lab_that_is_up(account: None, state: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: ARG001 - it stands on both
    """A stack with an instance; the template that will be synthesised is the value, for the test to change."""
    deployed = template(One={})
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(deployed))
    wanted = copy.deepcopy(deployed)

    def synthesize(profile: Profile, *_: object) -> None:
        folder = stack.templates(profile)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{STACK}.template.json").write_text(json.dumps(wanted))

    monkeypatch.setattr(deployment.prerequisites, "require_tools", lambda: None)
    monkeypatch.setattr(deployment.build, "build", lambda: None)
    monkeypatch.setattr(stack, "synthesize", synthesize)
    monkeypatch.setattr(fleet, "lost", lambda _profile: [])
    monkeypatch.setattr(deployment.academy, "require_room", lambda *_: None)
    monkeypatch.setattr(deployment.lab_role, "settle", lambda _profile, context, *_: context)
    return wanted


class Deployed(Exception):  # noqa: N818 - no error: the end of the test
    """The deployment went on to the question."""


@pytest.fixture
def goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def agree(*_: object) -> None:
        raise Deployed

    monkeypatch.setattr(deployment, "agree", agree)


@pytest.mark.usefixtures("goes_on")
def test_a_learner_lab_is_not_updated_in_place(lab_that_is_up: dict[str, Any]) -> None:
    lab_that_is_up["Resources"]["OneNew"] = lab_that_is_up["Resources"].pop("One")
    with pytest.raises(LabError) as refusal:
        deployment.deploy("academy", Options(yes=True, context=CONTEXT))
    assert refusal.value.exit_code == USAGE
    said = str(refusal.value)
    assert "1 instance would be replaced" in said
    commands = [
        "./deploy.sh destroy --profile academy",
        "./deploy.sh up --profile academy -c allowedCidr=203.0.113.7/32",
    ]
    assert [line.strip() for line in said.splitlines() if "./deploy.sh" in line] == commands
    assert not ACADEMY.deployment_file.exists()


@pytest.mark.usefixtures("goes_on")
def test_another_image_is_explained_by_the_file_that_keeps_it(
    lab_that_is_up: dict[str, Any],
) -> None:
    lab_that_is_up["Resources"]["One"]["Properties"]["ImageId"] = "ami-new"
    with pytest.raises(LabError, match=r"(?s)ImageId changed.*cdk\.context\.json"):
        deployment.deploy("academy", Options(yes=True, context=CONTEXT))


@pytest.mark.usefixtures("goes_on")
def test_a_learner_lab_is_updated_where_nothing_is_replaced(lab_that_is_up: dict[str, Any]) -> None:
    lab_that_is_up["Resources"]["One"]["Properties"]["InstanceType"] = "t3.micro"
    with pytest.raises(Deployed):
        deployment.deploy("academy", Options(yes=True, context=CONTEXT))


@pytest.mark.usefixtures("goes_on")
def test_up_says_how_many_will_be_replaced_before_it_asks(
    lab_that_is_up: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    lab_that_is_up["Resources"]["One"]["Properties"]["ImageId"] = "ami-new"
    with pytest.raises(Deployed):
        deployment.deploy("aws", Options(yes=True, context=CONTEXT))
    assert "1 instance of the lab that is up will be replaced (ImageId changed)" in (
        capsys.readouterr().out
    )


@pytest.mark.usefixtures("account", "state", "goes_on")
def test_a_first_deployment_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "say", lambda text="": pytest.fail(text))
    deployment.require_no_replacement(Profile("aws"), topology.read({}))
    assert replacement.planned(Profile("aws")) == Change()
