"""What must be made before anything can be deployed: the CDK CLI and our jars."""

import os
from concurrent.futures import ThreadPoolExecutor

from lab import console
from lab.commands import run
from lab.machine import jars
from lab.profile import STATE


def build() -> None:
    """Installs the CDK CLI and builds the jars side by side, where that was not done before."""
    with (
        console.step("Building balancer, bench and CDK app", "CDK CLI and jars") as progress,
        ThreadPoolExecutor(1) as pool,
    ):
        cdk = pool.submit(
            run,
            "installing the CDK CLI",
            ["tools/setup", "cdk"],
            dict(os.environ),
            STATE / "setup.log",
        )
        jars.build()
        progress.detail = "waiting for the CDK CLI"
        cdk.result()
