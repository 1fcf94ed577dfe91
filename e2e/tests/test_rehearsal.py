"""A rehearsal on this machine: what the table says of a real lab, and that nothing is left of it."""

import pytest

from e2e import evidence, permission_coverage
from e2e.checkout import Checkout, copy_to

pytestmark = [pytest.mark.full, pytest.mark.account]

# What the emulator does not have (docs/first-real-run.md); everything else must be looked at, and good.
NOT_HERE = {
    *("clock is synchronised", "metadata without a token", "queue for new connections"),
    *("application's unit at boot", "application's restarts"),
    *("Leadline's unit at boot", "Leadline's restarts"),
    *("encrypted disks", "closed ports", "access log of the ALB", "alarms"),
}
LONGEST = "CloudWatch's count of Stand-in of the Classic Load Balancer"
WHAT = slice(4, 4 + len(LONGEST))
EVERY_KIND = (
    "Stand-in of the ALB",
    "Stand-in of the NLB",
    "Stand-in of the Classic Load Balancer",
    "Leadline",
)


def test_every_row_is_good_and_the_lab_is_gone(tmp_path_factory: pytest.TempPathFactory) -> None:
    checkout = Checkout(copy_to(tmp_path_factory.mktemp("rehearsal")))
    every_kind = "compare=alb,nlb,clb,leadline"
    done = checkout.deploy("local", "--yes", "-c", "topology=smoke", "-c", every_kind)
    assert done.returncode == 0, done.stdout
    table = (checkout.folder / "results" / "rehearsal.txt").read_text()
    assert table in done.stdout
    rows = table.splitlines()[3:]
    assert {row[WHAT].strip() for row in rows if row.startswith("-")} == NOT_HERE
    assert {row[:3].strip() for row in rows} == {"ok", "-"}
    said = {row[WHAT].strip(): row[WHAT.stop + 1 :] for row in rows}
    assert said["signals to CloudFormation"] == "SUCCESS of 3 of 3"
    assert said["answers over Systems Manager"] == "3 of 3"
    for balancer in EVERY_KIND:
        assert said[f"requests through {balancer}"].startswith("60 of 60 answered with 200")
        assert said[f"CloudWatch's count of {balancer}"].endswith(" of the 60 requests sent")
    assert said["CloudWatch's count of Leadline"].startswith("60 ")
    assert said["healthy targets, as Leadline has them"].endswith("all_targets 2/2")
    assert said["removed"] == "nothing is left"
    evidence.check_gone(checkout.folder)
    calls = (checkout.folder / ".leadline" / "local" / "calls.log").read_text().splitlines()
    permission_coverage.require_covered("rehearsal", "local", calls)
