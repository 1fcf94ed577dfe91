"""Neither packages nor the modules of a package import each other in a circle."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from lab.profile import ROOT

PROGRAMS = ("lab", "emulator")


def imported(file: Path) -> Iterator[tuple[str, ...]]:
    """The names that a file imports, each as its parts."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from ((*(node.module or "").split("."), it.name) for it in node.names)
        elif isinstance(node, ast.Import):
            yield from (tuple(it.name.split(".")) for it in node.names)


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_circle(program: str) -> None:
    # For each package: which of its modules and packages import which others of them.
    graphs = defaultdict(lambda: defaultdict(set))
    for file in sorted((ROOT / program).rglob("*.py")):
        own = file.relative_to(ROOT).with_suffix("").parts
        for other in imported(file):
            level = next((i for i, (a, b) in enumerate(zip(own, other, strict=False)) if a != b), 0)
            if level and "tests" not in own:
                graphs[own[:level]][own[level]].add(other[level])
    assert graphs
    for graph in graphs.values():
        TopologicalSorter(graph).prepare()  # CycleError has the circle
