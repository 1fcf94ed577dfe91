"""What a finished run must leave behind, and what a destroyed lab must not.

    python -m e2e.evidence run [--root DIR]      checks results/latest of the checkout in DIR
    python -m e2e.evidence gone [--root DIR]     checks that nothing of its local lab is left

Reads files, processes and ports only, none of the project's own code: a mistake shared by lab and bench shows here.
"""

import argparse
import collections
import csv
import json
import os
import sys
from pathlib import Path

LOCAL_NETWORKS = ("127.1.", "127.2.0.")


class EvidenceError(Exception):
    """Something is missing, too much, or wrong; the message says what."""


def expect(condition: bool, otherwise: str) -> None:
    """Raises EvidenceError with the sentence unless the condition holds."""
    if not condition:
        raise EvidenceError(otherwise)


def check_run(root: Path) -> list[str]:
    """Checks the newest run of the checkout against its lab file, and says what was found."""
    latest = root / "results" / "latest"
    run = json.loads((latest / "run.json").read_text())
    lab = json.loads((root / ".leadline" / "local" / "lab.json").read_text())
    ids_of_path = {entry["path"]: set(entry["targets"]) for entry in lab["paths"]}
    ids_of_cluster = collections.defaultdict(set)
    for target in lab["targets"]:
        ids_of_cluster["/" + target["cluster"]].add(target["id"])

    first = lab["balancers"][0]["name"]  # the control is this one, measured a second time
    samples = collections.Counter()
    sent = collections.Counter()
    bad = collections.Counter()
    seen = collections.defaultdict(set)
    with (latest / "samples.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            cell = (row["path"], row["balancer"])
            sent[first if row["balancer"] == "control" else row["balancer"]] += 1
            if row["status"] != "200":
                bad[cell] += 1
            else:
                seen[cell].add(row["instance_id"])
            if row["phase"] == "measured":
                samples[cell] += 1

    cells = [(path, balancer["name"]) for path in ids_of_path for balancer in lab["balancers"]]
    wanted = run["settings"]["requests"] * run["settings"]["rounds"]
    for cell in cells:
        name = f"{cell[0]} through {cell[1]}"
        expect(samples[cell] == wanted, f"{name}: {samples[cell]} samples, not {wanted}")
        expect(bad[cell] == 0, f"{name}: {bad[cell]} requests without status 200")
        allowed = ids_of_cluster.get(cell[0]) or set().union(*ids_of_cluster.values())
        strangers = seen[cell] - allowed
        expect(not strangers, f"{name}: answered by {sorted(strangers)}, which do not belong there")
        missing = ids_of_path[cell[0]] - seen[cell]
        expect(not missing, f"{name}: {sorted(missing)} never answered")
    for name in ("report.html", "report.json", "report.tex", "cloudwatch.json"):
        expect((latest / name).stat().st_size > 0, f"{name} is empty")

    said = {
        entry["balancer"]: entry["requestCount"]
        for entry in json.loads((latest / "cloudwatch.json").read_text())["balancers"]
    }
    for balancer in lab["balancers"]:
        name = balancer["name"]
        expect(
            said.get(name) == sent[name],
            f"CloudWatch counts {said.get(name)} requests at {name}, the client sent {sent[name]}",
        )
    found = [
        f"{len(cells)} cells with {wanted} samples each, every one with status 200, each answered by its own targets"
    ]
    found += [
        f"CloudWatch and the client agree on {sent[name]} requests through {name}" for name in sent
    ]
    return found


def listeners() -> list[str]:
    """Addresses and ports of the local networks on which something listens, from /proc/net/tcp."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] != "0A":  # TCP_LISTEN
            continue
        raw, port = fields[1].split(":")
        address = ".".join(str(byte) for byte in reversed(bytes.fromhex(raw)))
        if address.startswith(LOCAL_NETWORKS):
            found.append(f"{address}:{int(port, 16)}")
    return found


def processes_of(root: Path) -> list[str]:
    """Processes, but this one and its parents, that name the checkout's state or work in it."""
    state = str((root / ".leadline" / "local").resolve())
    mine = {os.getpid(), os.getppid()}
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in mine:
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = str((entry / "cwd").readlink())
        except OSError:
            continue  # it ended meanwhile, or is another user's
        if (
            state in command
            or folder.startswith(state)
            or (folder == str(root.resolve()) and "-m emulator" in command)
        ):
            found.append(f"{entry.name} {command.strip()[:100]}")
    return found


def check_gone(root: Path) -> list[str]:
    """Checks that no process, port or machine of the checkout's local lab is left.

    Stacks and instances of the emulated account live in the emulator's memory: where no emulator runs there are none.
    """
    left = processes_of(root)
    expect(not left, "still running: " + "; ".join(left))
    ports = listeners()
    expect(not ports, "still listening: " + ", ".join(ports))
    machines = list((root / ".leadline" / "local" / "machines").glob("*"))
    expect(not machines, "machines left: " + ", ".join(machine.name for machine in machines))
    return ["no process, port, stack or instance is left"]


def main() -> int:
    """Prints what was found, or the first thing that is wrong."""
    parser = argparse.ArgumentParser(prog="evidence", description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["run", "gone"])
    parser.add_argument("--root", type=Path, default=Path.cwd())
    options = parser.parse_args()
    try:
        found = {"run": check_run, "gone": check_gone}[options.what](options.root)
    except EvidenceError as problem:
        print(f"evidence: {problem}", file=sys.stderr)
        return 1
    print("\n".join(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
