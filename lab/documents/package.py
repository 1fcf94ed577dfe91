"""assignment1.zip: the report and the code, as they are handed in."""

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from lab import console
from lab.documents import files
from lab.errors import USAGE, LabError
from lab.profile import ROOT
from lab.running import bench

ARCHIVE = "assignment1.zip"
FOLDER = "assignment1"
LATEX_TIMEOUT_SECONDS = 300

# By name of the program: what makes report.pdf of report.tex in the current folder.
LATEX = {
    "latexmk": ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
    "tectonic": ["tectonic", "report.tex"],
    "pdflatex": ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
}


def make(run: Path = bench.LATEST, root: Path = ROOT) -> Path:
    """Writes the archive into the project's folder, whole or not at all, and returns its path.

    Raises:
        LabError: without a report.
    """
    source = run / "report.tex"
    if not source.is_file():
        raise LabError(f"there is no {source}; ./deploy.sh bench makes one", USAGE)
    names = files.of(root)
    archive = root / ARCHIVE
    temporary = archive.with_suffix(".part")
    with tempfile.TemporaryDirectory() as folder:
        report = compiled(source, Path(folder))
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.write(report or source, f"{FOLDER}/{(report or source).name}")
            for name in names:
                bundle.write(root / name, f"{FOLDER}/code/{name}")
    temporary.replace(archive)
    return archive


def compiled(source: Path, folder: Path) -> Path | None:
    """report.pdf, made in ``folder``, or else the run's own; None, with a warning, where there is neither."""
    program = next((name for name in LATEX if shutil.which(name)), None)
    if program is None:
        made = source.with_suffix(".pdf")
        # One that is older shows another report.
        if made.is_file() and made.stat().st_mtime >= source.stat().st_mtime:
            return made
        console.warn(
            "no LaTeX is installed (latexmk, tectonic, pdflatex): report.tex goes in as it is"
        )
        return None
    for part in source.parent.iterdir():
        if part.is_file():
            shutil.copy2(part, folder)
    try:
        # Twice: pdflatex learns its references in the first run.
        for _ in range(2 if program == "pdflatex" else 1):
            subprocess.run(
                LATEX[program],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LATEX_TIMEOUT_SECONDS,
                check=True,
            )
    except (OSError, subprocess.SubprocessError):
        console.warn(f"{program} could not make a PDF of {source}: report.tex goes in as it is")
        return None
    return folder / "report.pdf"
