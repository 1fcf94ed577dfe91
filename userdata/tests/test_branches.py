"""Every command and both sides of every decision of the platforms' scripts have run, by bash's own trace."""

import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from userdata.tests.box import GROUP, PAIR_ARN, Box

PLATFORM_FILES = Path(__file__).parents[1] / "platform"
STRUCTURE = re.compile(r"\s*(#.*|\}|fi|else|done|esac|EOF|\w+\(\) \{|)")
DECISION = re.compile(r"\bif\b|\buntil\b|&&|\|\|")


def play(box: Box, platform: str) -> None:
    """All that can happen to a script of the platform."""
    balancer = {"LISTENER_PORT": "443", "AUTO_STOP_MINUTES": "45"}
    box.yaml = 'listener: {host: "@LISTEN_HOST@", port: 443}\n'
    for image in {"amazon": ["amazon"], "debian": ["debian", "ubuntu"]}[platform]:
        box.boot(image)
        assert box.run(platform, "balancer.sh", BALANCER_TLS="self-signed", **balancer)[0] == 0
        assert box.run(platform, "balancer.sh", BALANCER_TLS="self-signed", **balancer)[0] == 0
        assert box.run(platform, "balancer.sh", BALANCER_TLS=PAIR_ARN, **balancer)[0] == 0
        assert box.run(platform, "target.sh")[0] == 0
        assert box.run(platform, "balancer.sh", **GROUP)[0] == 0
        box.fails("sysctl", 1)
        assert box.run(platform, "target.sh")[0] == 1
        (box.folder / "down").touch()
        assert box.run(platform, "target.sh")[0] == 1  # a service that ends
        (box.folder / "down").unlink()
        box.boot(image)
        if platform == "debian":
            (box.folder / "no-agent").touch()
            assert box.run(platform, "target.sh")[0] == 0
            (box.folder / "no-agent").unlink()
            box.boot(image)
        package_manager = "dnf" if platform == "amazon" else "apt-get"
        box.fails(package_manager, 1000)
        assert box.run(platform, "target.sh")[0] == 1
        box.fails(package_manager, 0)


@pytest.mark.parametrize("platform", ["amazon", "debian"])
def test_every_branch_of_a_platform_runs_in_these_scenarios(box: Box, platform: str) -> None:
    """A decision has gone both ways when its line was followed by different commands."""
    box.trace = []
    play(box, platform)
    followers = defaultdict(set)
    for run in box.trace:
        for (line, _), after in pairwise(run):
            followers[line].add(after)
    for name in (f"{platform}.sh", "systemd.sh", "group.sh", "group-systemd.sh"):
        document = continued = False
        for indented in (PLATFORM_FILES / name).read_text().splitlines():
            line = indented.lstrip()
            if document or continued or STRUCTURE.fullmatch(line):
                document &= line != "EOF"
                continued &= line.endswith("\\")
                continue
            continued = line.endswith("\\")
            document = bool(re.search("<<'?EOF", line))
            assert followers[line], f"{name}: never run: {line}"
            if DECISION.search(line):
                assert len(followers[line]) > 1, f"{name}: went one way only: {line}"
