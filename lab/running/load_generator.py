"""The benchmark on the lab's load generator: started and watched over Systems Manager, results through a bucket.

Its figures hold no uplink. A run from this machine comes before it, and the report shows what the uplink adds. The load
generator is an instance of its own, or runs on the balancer's.
"""

import json
import shlex
import tarfile
import time
from pathlib import Path

from lab import console
from lab.aws import stack
from lab.errors import LabError
from lab.profile import Profile
from lab.running import bench, fleet, labfile, run_command

POLL_SECONDS = {"local": 1, "aws": 10, "academy": 10}
DONE = (0, 3, 4, 5)  # exit codes of a run that has results
HISTORY = "Systems Manager keeps the headers and the body for 30 days, in the account's history of commands."
LONGEST_OUTPUT = 20_000  # Systems Manager answers 24,000 characters at most

_HOME = """\
home=${LEADLINE_MACHINE:-/opt/leadline}
mkdir -p "$home/bench" && cd "$home/bench" || exit 1
"""
# Brings the benchmark, and tries whether results can be fetched later: both before anything is measured.
_PREPARE = """\
if [ -n "${{LEADLINE_MACHINE:-}}" ]; then
  curl --silent --show-error --fail --noproxy '*' --output bench.jar "$AWS_ENDPOINT_URL/{program}" &&
    echo >check && curl --silent --show-error --fail --noproxy '*' --output /dev/null --upload-file check \\
      "$AWS_ENDPOINT_URL/{bucket}/check"
else
  aws s3 cp --region {region} --only-show-errors "s3://{program}" bench.jar &&
    echo >check && aws s3 cp --region {region} --only-show-errors check "s3://{bucket}/check"
fi
"""
_START = """\
rm -rf results results.tgz log status
cat >lab.json <<'END_OF_FILE'
{lab}
END_OF_FILE
cat >run.sh <<'END_OF_FILE'
"${{LEADLINE_JAVA:-/usr/bin/java}}" -jar bench.jar run --lab lab.json --results results {options} >log 2>&1
echo $? >status.new
mv status.new status
END_OF_FILE
echo '"requests": '"$(date +%s)" >../activity
if [ -n "${{LEADLINE_MACHINE:-}}" ]; then
  setsid sh run.sh </dev/null >/dev/null 2>&1 &
  echo $! >pid
else
  chown -R leadline: .
  systemd-run --quiet --collect --unit=leadline-bench --uid=leadline --property=LimitNOFILE=65536 \\
    --working-directory="$PWD" sh run.sh
fi
"""
_WATCH = """\
printf '%s\\n' "$(cat status 2>/dev/null)"
echo '"requests": '"$(date +%s)" >../activity
tail -c +{first} log 2>/dev/null | head -c {most}
exit 0
"""
_STOP = """\
if [ -n "${LEADLINE_MACHINE:-}" ]; then kill -- -"$(cat pid)"; else systemctl stop leadline-bench; fi
exit 0
"""
_FETCH = """\
name=$(basename "$(readlink results/latest)") && tar czf results.tgz -C results "$name" || exit 1
if [ -n "${{LEADLINE_MACHINE:-}}" ]; then
  curl --silent --show-error --fail --noproxy '*' --output /dev/null --upload-file results.tgz \\
    "$AWS_ENDPOINT_URL/{bucket}/$name.tgz"
else
  aws s3 cp --region {region} --only-show-errors results.tgz "s3://{bucket}/$name.tgz"
fi || exit 1
printf '%s\\n' "$name"
"""


def instance(profile: Profile) -> str | None:
    """The id of the instance that is to run the benchmark, if there is one and it runs; None otherwise."""
    wanted = stack.outputs(profile).get("GeneratorInstanceId")
    for it in fleet.instances(profile) if wanted else []:
        if it["InstanceId"] == wanted and it["State"]["Name"] == fleet.RUNNING:
            return wanted
    return None


def run(profile: Profile, generator: str, options: list[str]) -> int:
    """Measures from this machine and then from the load generator, whose run becomes the newest; its exit code."""
    console.say("  From this machine first, then from the load generator.")
    with console.step("Preparing the load generator", "the load generator has the benchmark"):
        _prepare(profile, generator)
    code = bench.run(profile, options)
    if code not in DONE:
        return code
    here = bench.LATEST.resolve()
    console.heading("Benchmark on the load generator")
    if any(it.startswith(("-H", "--header", "-d", "--body")) for it in options):
        console.say("  " + HISTORY)
    code = _run_there(profile, generator, options, here.name)
    if code not in DONE:
        return code
    there = _fetch(profile, generator)
    keep_far_view(here, there)
    bench.report(there)
    return code


def _prepare(profile: Profile, generator: str) -> None:
    outputs = stack.outputs(profile)
    script = _PREPARE.format(
        program=outputs["GeneratorProgram"],
        bucket=outputs["ResultsBucket"],
        region=stack.client(profile, "s3").meta.region_name,
    )
    run_command.run(profile, generator, _HOME + script)


def _notes(profile: Profile, generator: str, here: str) -> list[str]:
    """What a reader of the generator's report must know, beside what the lab's notes say."""
    shared = generator == stack.outputs(profile).get("BalancerInstanceId")
    return [
        "The load generator ran on Leadline's host: its CPU is part of the figures, and while Leadline is measured the "
        "two share it, so the comparison is harder on Leadline."
        if shared
        else "The benchmark ran on the lab's load generator.",
        f"The same from the user's machine stands in {here}.",
    ]


def _run_there(profile: Profile, generator: str, options: list[str], here: str) -> int:
    lab = labfile.read(profile)
    lab["notes"] = [*lab["notes"], *_notes(profile, generator, here)]
    start = _START.format(lab=json.dumps(lab), options=shlex.join(options))
    run_command.run(profile, generator, _HOME + start)
    first = 1
    try:
        while True:
            watch = _WATCH.format(first=first, most=LONGEST_OUTPUT)
            status, _, printed = run_command.run(profile, generator, _HOME + watch).partition("\n")
            whole = printed if status else printed[: printed.rfind("\n") + 1]
            first += len(whole.encode())
            for line in whole.splitlines():
                console.say(line)
            if status and len(printed.encode()) < LONGEST_OUTPUT:
                return int(status)
            time.sleep(POLL_SECONDS[profile.name])
    except KeyboardInterrupt:
        run_command.run(profile, generator, _HOME + _STOP)
        raise


def _fetch(profile: Profile, generator: str) -> Path:
    """Brings the generator's newest run to this machine's results; its folder."""
    bucket = stack.outputs(profile)["ResultsBucket"]
    region = stack.client(profile, "s3").meta.region_name
    script = _FETCH.format(bucket=bucket, region=region)
    name = run_command.run(profile, generator, _HOME + script).strip()
    archive = bench.RESULTS / f"{name}.tgz"
    stack.client(profile, "s3").download_file(bucket, f"{name}.tgz", str(archive))
    try:
        with tarfile.open(archive) as packed:
            packed.extractall(bench.RESULTS, filter="data")
    except (OSError, tarfile.TarError) as problem:
        raise LabError(f"the results of the load generator cannot be read: {problem}") from None
    finally:
        archive.unlink()
    link = bench.RESULTS / "latest.new"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(bench.LATEST)
    return bench.RESULTS / name


def keep_far_view(here: Path, there: Path) -> None:
    """Puts what this machine measured beside the generator's run, whose report compares the two."""
    cells = json.loads((here / "report.json").read_text())["figures"]["cells"]
    view = [
        {
            **{key: it["cell"][key] for key in ("path", "balancer")},
            **{key: it["latency"][key] for key in ("p50Nanos", "p99Nanos")},
            "totalNanos": it["totalNanos"]["median"],
        }
        for it in cells
    ]
    (there / "far-view.json").write_text(json.dumps(view, indent=2) + "\n")
