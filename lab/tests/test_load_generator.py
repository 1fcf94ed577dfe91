"""A run on the load generator: its scripts run for real, in a directory that stands for the machine."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile
from lab.running import bench, fleet, labfile, load_generator, run_command
from lab.tests.waiting import eventually, gone

LOCAL = Profile("local")
LAB = {"notes": ["a note's"], "balancers": []}
OUTPUTS = {
    "ResultsBucket": "results-1",
    "GeneratorProgram": "assets-1/asset.jar",
    "GeneratorInstanceId": "i-1",
    "BalancerInstanceId": "i-0",
}

# Stands for java: prints in two parts, leaves a run, and ends with the exit code of a run with failed requests.
JAVA = f"""#!{sys.executable}
import json, pathlib, sys
words = sys.argv[1:]
pathlib.Path("words.json").write_text(json.dumps(words))
assert words[1] == "bench.jar" and pathlib.Path("bench.jar").exists()
assert json.loads(pathlib.Path("lab.json").read_text())["balancers"] == []
print("round 1 of 1: größer", flush=True)
if "--hang" in words:
    import time
    time.sleep(600)
run = pathlib.Path("results/20260101T000000Z-local")
run.mkdir(parents=True)
(run / "run.json").write_text(pathlib.Path("lab.json").read_text())
pathlib.Path("results/latest").symlink_to(run.name)
print("done")
sys.exit(3)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's directory; scripts run in it, and what it uploads is what this machine downloads."""
    home, store = tmp_path / "i-1", tmp_path / "store"
    home.mkdir()
    (tmp_path / "bin").mkdir()
    store.mkdir()
    (store / "asset.jar").touch()
    copies = f"""#!/bin/sh
for word; do last=$word; done
case $* in
*--upload-file*)
  while [ "$1" != --upload-file ]; do shift; done
  cp "$2" "{store}/${{last##*/}}" ;;
*)
  while [ "$1" != --output ]; do shift; done
  cp "{store}/${{last##*/}}" "$2" ;;
esac
"""
    for name, text in (("java", JAVA), ("curl", copies)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}/bin:/usr/bin:/bin",
        "LEADLINE_MACHINE": str(home),
        "LEADLINE_JAVA": str(tmp_path / "bin" / "java"),
        "AWS_ENDPOINT_URL": "http://localhost:5566",
    }

    def run(_profile: Profile, instance_id: str, script: str) -> str:
        assert instance_id == "i-1"
        ran = subprocess.run(
            ["sh", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise LabError(ran.stderr)
        return ran.stdout

    class S3:
        class meta:  # noqa: N801 - boto3's name
            region_name = "us-east-1"

        def download_file(self, bucket: str, key: str, file: str) -> None:
            assert bucket == "results-1"
            shutil.copy(store / key, file)

    results = tmp_path / "results"
    results.mkdir()
    monkeypatch.setattr(run_command, "run", run)
    monkeypatch.setattr(stack, "client", lambda *_: S3())
    monkeypatch.setattr(stack, "outputs", lambda _profile: OUTPUTS)
    monkeypatch.setattr(labfile, "read", lambda _profile: {**LAB, "notes": [*LAB["notes"]]})
    monkeypatch.setattr(bench, "RESULTS", results)
    monkeypatch.setattr(bench, "LATEST", results / "latest")
    monkeypatch.setattr(load_generator, "POLL_SECONDS", {"local": 0.02})
    return home


def test_a_run_there_is_shown_here_and_becomes_the_newest(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = bench.RESULTS / "20250101T000000Z-local"
    done: list[object] = []

    def run_here(_profile: Profile, options: list[str]) -> int:
        here.mkdir()
        bench.LATEST.symlink_to(here.name)
        done.append(options)
        return 0

    monkeypatch.setattr(bench, "run", run_here)
    monkeypatch.setattr(bench, "report", done.append)
    monkeypatch.setattr(load_generator, "keep_far_view", lambda *views: done.append(views))
    options = ["--path", "/it's", "-H", "a: b", "--rounds", "1"]
    assert load_generator.run(LOCAL, "i-1", options) == 3
    there = bench.RESULTS / "20260101T000000Z-local"
    assert done == [options, (here, there), there]
    assert bench.LATEST.resolve() == there
    notes = json.loads((there / "run.json").read_text())["notes"]
    assert notes == [
        "a note's",
        "The benchmark ran on the lab's load generator.",
        f"The same from the user's machine stands in {here.name}.",
    ]
    words = json.loads((machine / "bench" / "words.json").read_text())
    assert words[-len(options) :] == options
    shown = capsys.readouterr().out
    assert load_generator.HISTORY in shown
    assert shown.count("round 1 of 1: größer") == shown.count("\ndone\n") == 1
    assert not list(bench.RESULTS.glob("*.tgz"))


def test_where_this_machines_run_fails_none_is_started_there(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "run", lambda *_: 2)
    assert load_generator.run(LOCAL, "i-1", []) == 2
    assert not (machine / "bench" / "words.json").exists()


def test_a_generator_that_cannot_hand_over_results_is_found_out_before_anything_is_measured(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "run", lambda *_: pytest.fail("measured"))
    (machine.parent / "store" / "check").mkdir()  # nothing can be written there
    (machine.parent / "store" / "check" / "check").mkdir()
    with pytest.raises(LabError):
        load_generator.run(LOCAL, "i-1", [])


def test_on_leadlines_host_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "outputs", lambda _profile: OUTPUTS)
    assert load_generator._notes(LOCAL, "i-0", "run-1") == [
        "The load generator ran on Leadline's host: its CPU is part of the figures, and while Leadline is measured the "
        "two share it, so the comparison is harder on Leadline.",
        "The same from the user's machine stands in run-1.",
    ]


def test_an_interruption_ends_the_run_there(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "run", lambda *_: 0)

    def interrupt(_seconds: float) -> None:
        if (machine / "bench" / "words.json").exists():
            raise KeyboardInterrupt

    load_generator._prepare(LOCAL, "i-1")
    with monkeypatch.context() as during:
        during.setattr(load_generator.time, "sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            load_generator._run_there(LOCAL, "i-1", ["--hang"], "")
    leader = int((machine / "bench" / "pid").read_text())
    assert eventually(lambda: gone(leader), seconds=20)


def test_what_this_machine_measured_stands_beside_the_run(tmp_path: Path) -> None:
    cell = {
        "cell": {"path": "/cluster1", "balancer": "leadline"},
        "latency": {"p50Nanos": 1, "p90Nanos": 2, "p99Nanos": 3},
        "totalNanos": {"min": 4, "median": 5, "max": 6},
    }
    report = json.dumps({"figures": {"cells": [cell]}})
    (tmp_path / "report.json").write_text(report)
    load_generator.keep_far_view(tmp_path, tmp_path)
    assert json.loads((tmp_path / "far-view.json").read_text()) == [
        {
            "path": "/cluster1",
            "balancer": "leadline",
            "p50Nanos": 1,
            "p99Nanos": 3,
            "totalNanos": 5,
        }
    ]


@pytest.mark.parametrize(
    ("outputs", "state", "found"),
    [(OUTPUTS, "running", "i-1"), (OUTPUTS, "stopped", None), ({}, "running", None)],
)
def test_only_a_generator_that_runs_is_used(
    outputs: dict[str, str], state: str, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    instances = [
        {"InstanceId": "i-0", "State": {"Name": "running"}},
        {"InstanceId": "i-1", "State": {"Name": state}},
    ]
    monkeypatch.setattr(stack, "outputs", lambda _profile: outputs)
    monkeypatch.setattr(fleet, "instances", lambda _profile: instances)
    assert load_generator.instance(LOCAL) == found
