"""Rules of CloudFormation (cfn-lint) for the templates that infra's tests wrote: every profile, odd topologies."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.checkout import ROOT
from lab.documents import cost

ASSEMBLIES = ROOT / "infra" / "target" / "assemblies"
TEMPLATES = sorted(ASSEMBLIES.glob("*/*.template.json"))
LABS = [file for file in TEMPLATES if file.name == "Leadline.template.json"]
TIMEOUT_SECONDS = 300


def lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "cfn-lint"), *map(str, templates)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


def test_templates_keep_the_rules_of_cloudformation() -> None:
    names = {file.parent.name for file in LABS}
    assert names >= {"aws", "academy", "local", "aws-locked", "academy-locked", "20-and-20"}
    assert ASSEMBLIES / "aws" / "LeadlineBudget.template.json" in TEMPLATES
    found = lint(*TEMPLATES)
    assert found.returncode == 0, found.stdout


def test_a_broken_template_would_be_found(tmp_path: Path) -> None:
    """Catches a linter that is called in a way in which it finds nothing."""
    text = (ASSEMBLIES / "aws-locked" / "Leadline.template.json").read_text()
    assert '"CidrIp"' in text
    wrong = tmp_path / "broken.template.json"
    wrong.write_text(text.replace('"CidrIp"', '"CidrIpp"'))
    found = lint(wrong)
    assert found.returncode != 0
    assert "CidrIpp" in found.stdout


@pytest.mark.parametrize("template", LABS, ids=lambda file: file.parent.name)
def test_the_alarms_are_as_many_as_the_price_list_says(template: Path) -> None:
    resources = json.loads(template.read_text())["Resources"].values()
    metrics = sum(
        sum("MetricStat" in query for query in it["Properties"].get("Metrics", [])) or 1
        for it in resources
        if it["Type"] == "AWS::CloudWatch::Alarm"
    )
    instances = sum(it["Type"] == "AWS::EC2::Instance" for it in resources)
    clusters = sum(it["Type"].endswith("::TargetGroup") for it in resources)
    assert metrics == cost.alarm_metrics(instances, clusters)  # AWS charges by them
