"""The three kinds of account a lab can live in, and where this machine keeps each lab's state."""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import USAGE, LabError

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".leadline"
STACK = "Leadline"
BUDGET_STACK = "LeadlineBudget"  # beside the lab's, where the account allows a budget
LAB_STACKS = (STACK, BUDGET_STACK)
TOOLKIT_STACK = "LeadlineToolkit"
QUALIFIER = "leadline"
DEFAULT_PORT = 5566
NAMES = ("aws", "academy", "local")
LEARNER_LAB_INSTANCES = 9  # as many run at a time in the profile academy; more are terminated

# The CDK CLI remembers which account a key id belongs to: the emulator has a key id of its own.
EMULATOR_KEY = "LEADLINEEMULATOR"
EMULATOR_REGION = "us-east-1"


@dataclass(frozen=True)
class Profile:
    """One kind of account: its name, its state directory, and the environment for everything that talks to it."""

    name: str
    port: int = DEFAULT_PORT

    @property
    def is_local(self) -> bool:
        return self.name == "local"

    @property
    def state(self) -> Path:
        """Where everything about this profile's lab is kept."""
        return STATE / self.name

    @property
    def lab_file(self) -> Path:
        """Written when a lab is up; bench reads it."""
        return self.state / "lab.json"

    @property
    def deployment_file(self) -> Path:
        """Written before the first resource is created and removed with the last: there may be something to destroy."""
        return self.state / "deployment.json"

    def last_deployment(self) -> dict[str, Any]:
        """The content of ``deployment_file``: port, context, serviceTimes, places; empty without one."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(self.deployment_file.read_text()))
        return {}

    def last_context(self) -> dict[str, str]:
        """The -c options of the last deployment."""
        return self.last_deployment().get("context", {})

    @property
    def endpoint(self) -> str | None:
        """The AWS endpoint, or None for Amazon's own."""
        # "localhost", because with an address the CDK CLI looks for its bucket under the wrong name.
        return f"http://localhost:{self.port}" if self.is_local else None

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of every child process.

        In the local profile nothing of the user's AWS configuration is in it: dummy keys and an explicit endpoint,
        so that no tool can reach a real account by mistake.
        """
        variables = dict(os.environ if base is None else base)
        if variables.get("JAVA_HOME"):  # the CDK CLI starts whatever "java" is first on PATH
            first = str(Path(variables["JAVA_HOME"]) / "bin")
            variables["PATH"] = os.pathsep.join([first, variables.get("PATH", os.defpath)])
        variables["CDK_HOME"] = str(STATE / "cdk")
        variables["CDK_DISABLE_CLI_TELEMETRY"] = "true"
        # Advice about the user's Node.js, page-long, would hide what a failing command says last.
        variables["NODE_NO_WARNINGS"] = "1"
        for warning in ("END_OF_LIFE", "DEPRECATED"):
            variables[f"JSII_SILENCE_WARNING_{warning}_NODE_VERSION"] = "20,22,24"
        region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
        if region:  # tools differ in which of the two they read
            variables |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        if self.is_local:
            variables = {
                key: value for key, value in variables.items() if not key.startswith("AWS_")
            }
            variables |= {
                # Three quarters of a synthesis; the tests lint this profile's template.
                "CDK_VALIDATION": "false",
                "AWS_ACCESS_KEY_ID": EMULATOR_KEY,
                "AWS_SECRET_ACCESS_KEY": "emulator",
                "AWS_REGION": EMULATOR_REGION,
                "AWS_DEFAULT_REGION": EMULATOR_REGION,
                "AWS_ENDPOINT_URL": f"http://localhost:{self.port}",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "no_proxy": "localhost,127.0.0.0/8",
                "NO_PROXY": "localhost,127.0.0.0/8",
            }
        return variables


def saved(name: str) -> Profile:
    """The profile as it was last deployed (the emulator's port is remembered)."""
    return Profile(name, Profile(name).last_deployment().get("port", DEFAULT_PORT))


def in_use() -> list[str]:
    """Names of the profiles that have a lab, or what is left of one."""
    return [name for name in NAMES if Profile(name).deployment_file.exists()]


def chosen(option: str | None) -> Profile:
    """The profile a verb acts on: the one asked for, or the only one in use.

    Raises:
        LabError: where there is none, or more than one.
    """
    if option:
        return saved(option)
    names = in_use()
    if not names:
        raise LabError("no lab is up; start one with ./deploy.sh local or ./deploy.sh up", USAGE)
    if len(names) > 1:
        raise LabError(
            f"more than one lab is up; add --profile {' or --profile '.join(names)}", USAGE
        )
    return saved(names[0])
