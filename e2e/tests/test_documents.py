"""The documents: every relative link leads somewhere, and every verb and option stands where it should."""

import re
import subprocess
from argparse import ArgumentParser
from pathlib import Path

import pytest

from lab.cli import parser

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # What is below src is a part of another document.
    return [ROOT / name for name in listed.stdout.splitlines() if "/src/" not in name]


def anchors(document: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    text = FENCE.sub("", document.read_text())
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text)]
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", documents(), ids=lambda it: str(it.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", document.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        there = (document.parent / name).resolve() if name else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(link)
    assert broken == []


def verbs() -> dict[str, ArgumentParser]:
    """The verbs of ``deploy.sh``, and what each takes."""
    (found,) = [it for it in parser()._actions if it.dest == "verb"]
    return dict(found.choices or {})


def test_the_readme_lists_every_verb() -> None:
    table = (ROOT / "README.md").read_text().partition("## Verbs")[2].partition("\n## ")[0]
    assert [verb for verb in verbs() if f"`{verb}`" not in table] == []


def test_every_option_of_every_verb_is_documented() -> None:
    rows = [
        line.split(" | ")
        for line in (ROOT / "docs/commands.md").read_text().splitlines()
        if line.startswith("| `-")
    ]
    for verb, its in verbs().items():
        for action in its._actions:
            for option in {*action.option_strings} - {"-h", "--help"}:
                assert [it for it in rows if f"`{option}" in it[0] and f"`{verb}`" in it[1]], (
                    f"docs/commands.md has no row of {option} with {verb}"
                )
