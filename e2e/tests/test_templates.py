"""Rules of CloudFormation (cfn-lint) and of security reviewers (checkov), for all profiles and odd topologies."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e.checkout import ROOT
from lab.documents import cost

APP = ROOT / "infra" / "target" / "infra.jar"
CHECKOV = ROOT / ".leadline" / "checkov" / "bin" / "checkov"
EXCEPTIONS = ROOT / "e2e" / "checkov-exceptions.txt"
TIMEOUT_SECONDS = 120


def cluster(name: str, kind: str, count: int) -> dict[str, object]:
    return {"name": name, "path": f"/{name}", "instanceType": kind, "count": count}


TOPOLOGIES = {
    "4 + 4": [cluster("cluster1", "t2.large", 4), cluster("cluster2", "t2.micro", 4)],
    "1 + 1": [cluster("a", "t3.micro", 1), cluster("b", "t3.small", 1)],
    "one cluster": [cluster("only", "t2.micro", 8)],
    "three clusters": [cluster(name, "t3.micro", 2) for name in ("a", "b", "c")],
    "20 + 20": [cluster("a", "t3.micro", 20), cluster("b", "t3.small", 20)],
}
OPTIONS = {
    "plain": {},
    "locked": {
        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        "balancerTls": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tls-Ab12Cd",
        "keyName": "laptop",
    },
}


class Case(NamedTuple):
    """What a template is made from."""

    profile: str
    topology: str
    options: str = "plain"

    @property
    def file(self) -> str:
        return f"{self.profile} {self.topology} {self.options}.template.json".replace(" ", "-")


CASES = [
    *(Case(profile, "4 + 4") for profile in ("aws", "academy", "local")),
    *(Case("aws", topology) for topology in TOPOLOGIES if topology != "4 + 4"),
    *(Case(profile, "1 + 1", "locked") for profile in ("aws", "academy")),
]
BROKEN = "broken.template.json"
BUDGETED = Case("aws", "4 + 4")
BUDGET = "LeadlineBudget.template.json"


def synthesize(case: Case, folder: Path) -> Path:
    """The template, made by the app as the CDK CLI starts it."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {
        "profile": case.profile,
        "allowedCidr": "203.0.113.7/32",
        "alarmEmail": "me@example.org",
        **({"monthlyBudget": 20} if case.profile == "aws" else {}),
        # the balancer's script names every target once a group, and EC2 takes 16 KiB of it
        "mixed": case.topology != "20 + 20",
        "topology": {
            "clusters": TOPOLOGIES[case.topology],
            "balancer": {"instanceType": "t3.small", "policy": "leadline"},
        },
        **OPTIONS[case.options],
    }
    known = {key: value for key, value in os.environ.items() if not key.startswith("CDK_")}
    made = subprocess.run(
        ["java", "-jar", str(APP)],
        cwd=ROOT,
        env=known | {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return folder / "Leadline.template.json"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Path]:
    """A case's template; made once."""
    folder = tmp_path_factory.mktemp("templates")

    @functools.cache
    def made(case: Case) -> Path:
        synthesized = synthesize(case, tmp_path_factory.mktemp("cdk.out"))
        if case == BUDGETED:
            (synthesized.parent / BUDGET).rename(folder / BUDGET)
        return synthesized.rename(folder / case.file)

    return made


def broken(template: Path, before: str, after: str) -> str:
    text = template.read_text()
    assert before in text
    return text.replace(before, after)


def lint(template: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "cfn-lint"), str(template)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file.split(".")[0])
def test_a_template_keeps_the_rules_of_cloudformation(
    case: Case, template: Callable[[Case], Path]
) -> None:
    found = lint(template(case))
    assert found.returncode == 0, found.stdout


def test_the_budgets_template_does_too(template: Callable[[Case], Path]) -> None:
    found = lint(template(BUDGETED).with_name(BUDGET))
    assert found.returncode == 0, found.stdout


# A replacement is created before the old one goes, and cannot have its name. An inline policy's belongs to its role, an
# instance's key pair is another resource, and dashboards and alarms are replaced only when their names are others.
NAMES = {"Name", "GroupName", "RoleName", "InstanceProfileName", "BucketName", "LaunchTemplateName"}
NAMES |= {"LogGroupName", "TopicName", "FunctionName"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file.split(".")[0])
def test_nothing_has_a_name_that_its_replacement_would_collide_with(
    case: Case, template: Callable[[Case], Path]
) -> None:
    resources = json.loads(template(case).read_text())["Resources"]
    named = [
        (name, *(NAMES & resource.get("Properties", {}).keys()))
        for name, resource in resources.items()
    ]
    assert [it for it in named if len(it) > 1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file.split(".")[0])
def test_the_alarms_are_as_many_as_the_price_list_says(
    case: Case, template: Callable[[Case], Path]
) -> None:
    metrics = sum(
        sum("MetricStat" in query for query in it["Properties"].get("Metrics", [])) or 1
        for it in json.loads(template(case).read_text())["Resources"].values()
        if it["Type"] == "AWS::CloudWatch::Alarm"
    )
    clusters = TOPOLOGIES[case.topology]
    instances = 1 + sum(it["count"] for it in clusters)
    assert metrics == cost.alarm_metrics(instances, len(clusters))  # AWS charges by them


def test_a_broken_template_would_be_found(template: Callable[[Case], Path], tmp_path: Path) -> None:
    """Catches a linter that is called in a way in which it finds nothing."""
    wrong = tmp_path / BROKEN
    wrong.write_text(broken(template(Case("aws", "1 + 1")), '"CidrIp"', '"CidrIpp"'))
    found = lint(wrong)
    assert found.returncode != 0
    assert "CidrIpp" in found.stdout


class Finding(NamedTuple):
    """A check of checkov's that a resource does not pass: TYPE.LOGICAL-ID, or how that begins."""

    check: str
    resource: str

    def covers(self, other: "Finding") -> bool:
        return self.check == other.check and other.resource.startswith(self.resource)


@pytest.fixture(scope="module")
def findings(template: Callable[[Case], Path]) -> dict[str, set[Finding]]:
    """What checkov says, by file: of every case's template, and of a broken one. It starts slowly, so once."""
    for case in CASES:
        folder = template(case).parent
    closed = '"BlockPublicAcls": true'
    (folder / BROKEN).write_text(
        broken(template(Case("aws", "1 + 1")), closed, closed.replace("true", "false"))
    )
    # --skip-download: it would ask its maker for more to say of each check. No settings of the user's either.
    command = [str(CHECKOV), "--framework", "cloudformation", "--directory", str(folder)]
    options = ["--output", "json", "--compact", "--skip-download"]
    known = {k: v for k, v in os.environ.items() if not k.startswith(("CKV_", "BC_", "PRISMA_"))}
    ran = subprocess.run(
        [*command, *options],
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["summary"]["parsing_errors"] == 0
    read = {it["file_path"].lstrip("/") for it in answer["results"]["passed_checks"]}
    found: dict[str, set[Finding]] = {file: set() for file in read}
    for it in answer["results"]["failed_checks"]:
        found[it["file_path"].lstrip("/")].add(Finding(it["check_id"], it["resource"]))
    return found


def exceptions() -> set[Finding]:
    lines = [
        line.split(maxsplit=2) for line in EXCEPTIONS.read_text().splitlines() if line[0] != "#"
    ]
    assert all(len(line) == 3 for line in lines), "a line is CHECK RESOURCE REASON"
    return {Finding(check, resource) for check, resource, _reason in lines}


def test_what_a_security_reviewer_would_find_has_a_reason(
    findings: dict[str, set[Finding]],
) -> None:
    """Fails for what nobody has thought about, and for an exception that no template needs any more."""
    # checkov has no check of what a budget is made of
    assert set(findings) == {*(case.file for case in CASES), BROKEN}
    found = [(file, it) for file, of_one in findings.items() if file != BROKEN for it in of_one]
    accepted = exceptions()
    assert not [(file, it) for file, it in found if not any(one.covers(it) for one in accepted)]
    assert not [one for one in accepted if not any(one.covers(it) for _, it in found)]


def test_a_bucket_that_is_open_would_be_found(findings: dict[str, set[Finding]]) -> None:
    """Catches checks that are run in a way in which they find nothing."""
    public = Finding("CKV_AWS_53", "AWS::S3::Bucket.")
    assert any(public.covers(it) for it in findings[BROKEN])


def test_whoever_names_a_certificate_needs_no_exception_for_plain_http(
    findings: dict[str, set[Finding]],
) -> None:
    locked = findings[Case("aws", "1 + 1", "locked").file]
    assert not [it for it in locked if "Listener" in it.resource]
