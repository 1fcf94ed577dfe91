"""CloudFormation's own rules and schemas (cfn-lint) on the template of every profile and of odd topologies."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.checkout import ROOT

APP = ROOT / "infra" / "target" / "infra.jar"
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


def synthesize(profile: str, topology: str, folder: Path) -> Path:
    """The template, made by the app as the CDK CLI starts it."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {
        "profile": profile,
        "allowedCidr": "203.0.113.7/32",
        # the balancer's script names every target once a group, and EC2 takes 16 KiB of it
        "mixed": topology != "20 + 20",
        "topology": {
            "clusters": TOPOLOGIES[topology],
            "balancer": {"instanceType": "t3.small", "policy": "leadline"},
        },
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


@pytest.mark.parametrize(
    ("profile", "topology"),
    [
        *((profile, "4 + 4") for profile in ("aws", "academy", "local")),
        *(("aws", topology) for topology in TOPOLOGIES if topology != "4 + 4"),
    ],
)
def test_a_template_keeps_the_rules_of_cloudformation(
    profile: str, topology: str, tmp_path: Path
) -> None:
    template = synthesize(profile, topology, tmp_path)
    lint = [str(Path(sys.executable).parent / "cfn-lint"), str(template)]
    found = subprocess.run(
        lint, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert found.returncode == 0, found.stdout


def test_a_broken_template_would_be_found(tmp_path: Path) -> None:
    """Catches a linter that is called in a way in which it finds nothing."""
    template = synthesize("aws", "1 + 1", tmp_path)
    broken = template.read_text().replace('"CidrIp"', '"CidrIpp"')
    template.write_text(broken)
    lint = [str(Path(sys.executable).parent / "cfn-lint"), str(template)]
    found = subprocess.run(
        lint, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert found.returncode != 0
    assert "CidrIpp" in found.stdout
