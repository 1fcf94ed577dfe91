"""The scripts of these tests are those of infra, byte for byte; what is packed is compared as it comes out."""

import base64
import gzip
import re
from collections.abc import Callable

import pytest

from userdata.tests.template import ASSEMBLIES, Lab


def unpacked(script: str) -> str:
    block = r"^(base64 --decode <<'END_OF_FILE' \| gunzip .*\n)([^_]*)(END_OF_FILE\n)"
    return re.sub(
        block,
        lambda found: found[1] + gzip.decompress(base64.b64decode(found[2])).decode() + found[3],
        script,
        flags=re.MULTILINE,
    )


@pytest.mark.parametrize(
    ("platform", "assembly"),
    [
        ("amazon", "aws"),
        ("debian", "debian"),
        ("local", "local"),
        ("amazon", "group"),
        ("amazon", "tasks"),
    ],
)
def test_a_script_is_rendered_as_infra_does(
    render: Callable[..., str], platform: str, assembly: str
) -> None:
    lab = Lab(ASSEMBLIES / assembly)
    for name, role in (("leadline-cluster1-3", "target.sh"), ("leadline-balancer", "balancer.sh")):
        script = lab.user_data[name]
        head = re.match(r"#!/bin/bash\n((?:[A-Z_]+='.*'\n)+)", script)
        assert head
        settings = dict(re.findall(r"^([A-Z_]+)='(.*)'$", head[1], re.MULTILINE))
        yaml = r"^write_file balancer.yaml <<'END_OF_FILE'\n(.*?)END_OF_FILE\n"
        own = re.search(yaml, script, re.MULTILINE | re.DOTALL)
        assert bool(own) == (role == "balancer.sh")
        files = {"balancer_yaml": own[1]} if own else {}
        made = render(platform, role, settings, **files)
        assert unpacked(made) == unpacked(script)
