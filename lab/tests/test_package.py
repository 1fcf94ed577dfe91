"""What is handed in: the report and what git keeps, nothing else."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from lab.documents import files, package
from lab.errors import USAGE, LabError
from lab.profile import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with a run, a secret and build output that git ignores."""
    for name, text in {
        "README.md": "read me",
        "lab/cli.py": "print()",
        "gone.txt": "",
        ".gitignore": "target/\nresults/\n.env\n/assignment1.zip\n",
        ".env": "AWS_SECRET_ACCESS_KEY=x",
        "target/big.jar": "",
        "results/latest/report.tex": "\\documentclass{article}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    (tmp_path / "gone.txt").unlink()
    return tmp_path


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as bundle:
        return {name.removeprefix("assignment1/") for name in bundle.namelist()}


CODE = {"code/.gitignore", "code/README.md", "code/lab/cli.py"}


def test_without_latex_the_source_of_the_report_goes_in(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(package, "LATEX", {"no-such-latex": []})
    archive = package.make(project / "results" / "latest", project)
    assert names(archive) == {"report.tex"} | CODE
    assert "no LaTeX is installed" in capsys.readouterr().err
    assert not list(project.glob("*.part"))


def test_without_latex_the_pdf_of_this_report_goes_in(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "LATEX", {"no-such-latex": []})
    run = project / "results" / "latest"
    (run / "report.pdf").write_text("made by a browser")
    assert names(package.make(run, project)) == {"report.pdf"} | CODE

    os.utime(run / "report.pdf", (0, 0))  # of an earlier report
    assert names(package.make(run, project)) == {"report.tex"} | CODE


@pytest.mark.parametrize(("ends", "report"), [(0, "report.pdf"), (1, "report.tex")])
def test_with_latex_the_pdf_goes_in_unless_it_fails(
    project: Path, monkeypatch: pytest.MonkeyPatch, ends: int, report: str
) -> None:
    command = ["sh", "-c", f"cp report.tex report.pdf; exit {ends}"]
    monkeypatch.setattr(package, "LATEX", {"sh": command})
    archive = package.make(project / "results" / "latest", project)
    assert names(archive) == {report} | CODE


def test_without_a_run_there_is_nothing_to_hand_in(project: Path) -> None:
    with pytest.raises(LabError, match=r"deploy.sh bench makes one") as refusal:
        package.make(project / "results" / "other", project)
    assert refusal.value.exit_code == USAGE


def test_without_git_what_gitignore_names_and_secrets_stay_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "labsuser.pem").write_text("a key")
    run = project / "results" / "latest"
    with monkeypatch.context() as no_git:
        no_git.setenv("PATH", "/nowhere")
        assert names(package.make(run, project)) == {"report.tex"} | CODE
    assert "look into the archive" in capsys.readouterr().err

    (project / ".git").rename(project / "not-git")  # as a ZIP of the project has it
    (project / "not-git").rename(project / "target" / "not-git")
    assert names(package.make(run, project)) == {"report.tex"} | CODE

    (project / ".gitignore").unlink()
    with pytest.raises(LabError, match="git clone"):
        package.make(run, project)


def test_without_git_it_is_the_same_as_with_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this very checkout, with what is not added yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"]
    output = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    known = {name for name in output.split("\0") if name and (ROOT / name).is_file()}
    if not known:
        pytest.skip("this is no checkout of git")
    monkeypatch.setattr(files, "SECRETS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    assert set(files.of(ROOT)) == known
