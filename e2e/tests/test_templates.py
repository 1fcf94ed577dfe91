"""Rules of CloudFormation (cfn-lint) for the templates that infra's tests wrote: every profile, odd topologies."""

import subprocess
import sys
from pathlib import Path

from e2e.checkout import ROOT

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
    assert names >= {
        "aws",
        "academy",
        "local",
        "aws-locked",
        "academy-locked",
        "20-and-20",
        "group",
        "cluster-group",
        "tasks",
    }
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
