"""Everything that can keep a lab from coming up, looked at before the question, while nothing costs yet."""

from botocore.exceptions import BotoCoreError, ClientError

from lab import console, topology
from lab.account import checks, uplink, zones
from lab.errors import LabError
from lab.profile import Profile


def require(profile: Profile, plan: topology.Topology, burst: int) -> None:
    """Checks account, network and clock; says what could not be checked.

    Args:
        profile: whose account it is.
        plan: the topology that is to be deployed.
        burst: how many connections the benchmark will open at once; 0 without a benchmark.

    Raises:
        LabError: with one sentence and one cure for each thing that is in the way.
    """
    with console.step("Checking the account", "the account was checked") as step:
        found = checks.findings(profile, plan, lambda what: setattr(step, "detail", what))
        if burst and all(it.ok is not False for it in found):
            step.detail = uplink.WHAT
            found.append(uplink.check(profile, plan, burst))
    for it in found:
        if it.ok is None:
            console.warn(f"{it.what}: {it.found}")
    bad = [f"  {it.what}: {it.found}\n    -> {it.remedy}" for it in found if it.ok is False]
    if bad:
        raise LabError(
            "nothing was created, because this would fail (--no-checks tries it all the same):\n"
            + "\n".join(bad)
        )


def zones_for(profile: Profile, plan: topology.Topology) -> dict[str, str]:
    """The option that names the lab's zones; nothing where there are no two, or they could not be read."""
    try:
        found = zones.chosen(profile, plan)
    except (ClientError, BotoCoreError):  # the check has said that they could not be read
        return {}
    return {"zones": ",".join(found)} if len(found) == zones.WANTED else {}
