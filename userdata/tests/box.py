"""A root directory and a PATH on which stand-ins for commands behave as those of Amazon Linux, Debian or Ubuntu do.

Outputs and statuses are recorded: from dnf 4.14.0, which is Amazon Linux 2023's, from apt-get 2.6 and from AWS CLI 2.9;
those of cfn-signal are its source's (aws-cfn-bootstrap). What is not on an image is not there before it is installed,
and what came after the image was made not before the packages are updated.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Notes each call. NAME.fail holds how many of the next calls of NAME fail, only those with the word in NAME.only.
STAND_IN = r"""#!/bin/bash
name=${0##*/}
echo "$name $*" >>"$CALLS"
only=$(cat "$STATE/$name.only" 2>/dev/null)
if [[ -s $STATE/$name.fail && "$* " == *"$only "* ]]; then
  left=$(<"$STATE/$name.fail")
  if ((left > 0)); then
    echo $((left - 1)) >"$STATE/$name.fail"
    exit 1
  fi
fi

there_is() { ln -sf "$0" "$BIN/$1"; }
refuse() {
  echo "$2" >&2
  exit "$1"
}
cfn_hears() { echo "$1" >>"$STATE/signals"; }

dnf_installs() {
  local package
  for package in "$@"; do
    case $package in
      aws-cfn-bootstrap)
        mkdir -p "$LEADLINE_ROOT/opt/aws/bin"
        ln -sf "$0" "$LEADLINE_ROOT/opt/aws/bin/cfn-signal"
        ;;
      openssl) there_is openssl ;;
      python3.13 | java-25-amazon-corretto-headless)
        [[ -e $STATE/updated ]] || refuse 1 "Error: Unable to find a match: $package"
        there_is "${package%%-*}"
        ;;
      *) refuse 1 "Error: Unable to find a match: $package" ;;
    esac
  done
}
apt_installs() {
  local package
  [[ -e $STATE/updated ]] || refuse 100 "E: Unable to locate package $1"
  for package in "$@"; do
    case $package in
      ca-certificates | python3-venv) ;;
      default-jre-headless) there_is java ;;
      awscli)
        [[ $NO_AWSCLI ]] && refuse 100 "E: Package 'awscli' has no installation candidate"
        there_is aws
        ;;
      curl | python3 | openssl) there_is "$package" ;;
      /*/amazon-ssm-agent.deb)
        [[ -e $package ]] || refuse 100 "E: Unsupported file $package given on commandline"
        touch "$STATE/agent"
        ;;
      *) refuse 100 "E: Unable to locate package $package" ;;
    esac
  done
}

case "$name $*" in
  "systemctl cat amazon-ssm-agent") [[ -e $STATE/agent ]] ;;
  *"is-failed"*) [[ -e $STATE/down ]] ;;
  *"show --property ExecMainStatus"*) echo 203 ;;
  "curl "*"api/token"*) echo secret-token ;;
  "curl "*"meta-data/instance-id"*) echo i-0abc ;;
  "curl "*"meta-data/local-ipv4"*) echo 10.0.3.7 ;;
  "curl "*"meta-data/autoscaling/target-lifecycle-state")
    [[ -s $STATE/lifecycle ]] || refuse 22 "curl: (22) The requested URL returned error: 404"
    head -n 1 "$STATE/lifecycle"
    sed -i 1d "$STATE/lifecycle"
    ;;
  "curl "*/amazon-ssm-agent.deb)
    [[ ! -e $STATE/no-agent ]] || refuse 6 "curl: (6) Could not resolve host"
    touch "$LEADLINE_ROOT/opt/leadline/amazon-ssm-agent.deb"
    ;;
  "curl "*"meta-data/tags/instance/leadline:policy"*) echo prequal ;;
  "curl "*) [[ ! -e $STATE/down ]] ;;
  "dnf --assumeyes --quiet install "?*) dnf_installs "${@:4}" ;;
  "dnf --assumeyes --quiet upgrade --releasever=latest") touch "$STATE/updated" ;;
  "dnf "*) refuse 2 "dnf: error" ;;
  "apt-get "*" update") touch "$STATE/updated" ;;
  "apt-get "*" install --no-install-recommends "*)
    all=$*
    apt_installs ${all##*--no-install-recommends }
    ;;
  "apt-get "*" upgrade") ;;
  "apt-get "*) refuse 100 "E: Invalid operation" ;;
  "snap install aws-cli --classic") there_is aws ;;
  "cfn-signal "*)
    form='^--exit-code ([0-9]+) --region [^ ]+ --stack [^ ]+ --resource [^ ]+$'
    [[ $* =~ $form ]] || refuse 2 "cfn-signal: error"
    if ((BASH_REMATCH[1])); then cfn_hears FAILURE; else cfn_hears SUCCESS; fi
    ;;
  "aws cloudformation signal-resource --"*)
    form='--region [^ ]+ --stack-name [^ ]+ --logical-resource-id [^ ]+ --unique-id [^ ]+ --status '
    [[ $* =~ ^cloudformation\ signal-resource\ $form(SUCCESS|FAILURE)$ ]] || refuse 252 "aws: error"
    cfn_hears "${@: -1}"
    ;;
  "aws secretsmanager get-secret-value --region "*)
    if [[ -e $STATE/secret ]]; then cat "$STATE/secret"; else echo "$PAIR"; fi
    ;;
  "aws s3 cp --region "*) echo jar >"${@: -1}" ;;
  "aws "*) refuse 252 "aws: error: the following arguments are required" ;;
  "id "*) [[ -e $STATE/user ]] ;;
  "useradd "*) touch "$STATE/user" ;;
  "openssl "*)
    touch "${@: -3:1}" "${@: -1}"
    ;;
  "python -c "*) "$PYTHON" "$@" ;;
  "journalctl "*) echo "the service's own words" ;;
  *" -m venv "*)
    mkdir -p "$3/bin"
    ln -sf "$0" "$3/bin/python"
    ;;
esac
"""
# What is on every image; the second are the real ones, which change nothing outside the root directory.
COMMANDS = "curl systemctl journalctl useradd id sysctl sleep chown python3"
REAL = "base64 bash cat chmod date grep gunzip gzip head install ln mkdir mv od rm sed touch tr"
IMAGES = {"amazon": "dnf aws", "debian": "apt-get", "ubuntu": "apt-get snap"}
STACK = {"STACK_NAME": "Leadline", "RESOURCE_ID": "Target3", "REGION": "us-west-2"}
TARGET = STACK | {"CLUSTER": "cluster1", "CLUSTER_PATHS": "/cluster1,/mixed", "NUMBER": "3"}
BALANCER = STACK | {
    "CLUSTER": "",
    "CLUSTER_PATHS": "",
    "NUMBER": "0",
    "LISTENER_PORT": "80",
    "JAR_BUCKET": "assets",
    "JAR_KEY": "abc.jar",
}
GROUP = {
    "NUMBER": "",
    "GROUP_SECRET": "arn:aws:secretsmanager:us-west-2:123456789012:secret:group-AbCdEf",
}
PAIR_ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:tls-AbCdEf"
BALANCER_YAML = 'hosts: ["@LISTEN_HOST@", "@LOOPBACK_HOST@", "@INSTANCE_ID@"]\n'


PLATFORM = pytest.mark.parametrize("platform", ["amazon", "debian"])
ROLE = pytest.mark.parametrize("role", ["target.sh", "balancer.sh"])


class Box:
    """A root directory and a PATH on which every command that matters is a stand-in.

    Where `trace` is a list, each run adds what bash traced of it: lines of the script and the command of each.
    """

    def __init__(self, folder: Path, render: Callable[..., str]) -> None:
        self.image: str | None = None
        self.folder = folder
        self.render = render
        self.root = folder / "root"
        self.calls_file = folder / "calls"
        self.trace: list[list[tuple[str, str]]] | None = None
        self.yaml = BALANCER_YAML
        self.bin = folder / "bin"
        self.environment = {
            "PATH": str(self.bin),
            "BIN": str(self.bin),
            "PYTHON": sys.executable,
            "PAIR": '{"certificate": "the certificate", "key": "the key"}',
            "LEADLINE_ROOT": str(self.root),
            "CALLS": str(self.calls_file),
            "STATE": str(folder),
        }

    def boot(self, image: str) -> None:
        """A fresh machine of an image; whatever was there before is gone."""
        self.image = image
        for left in (self.root, self.bin):
            shutil.rmtree(left, ignore_errors=True)
        for left in ("updated", "user", "signals", "agent"):
            (self.folder / left).unlink(missing_ok=True)
        self.bin.mkdir()
        for name in REAL.split():
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)
        for name in (COMMANDS + " " + IMAGES[image]).split():
            self.stand_in(name)
        self.environment["NO_AWSCLI"] = "1" if image == "ubuntu" else ""

    def stand_in(self, name: str) -> None:
        (self.bin / name).write_text(STAND_IN)
        (self.bin / name).chmod(0o755)

    def run(self, platform: str, role: str, **changed: str) -> tuple[int, list[str]]:
        """Runs a role's script, on a fresh machine if none was booted; its status and its output's lines."""
        if self.image is None:
            self.boot(platform)
        settings = (TARGET if role == "target.sh" else BALANCER) | {"APP_PORT": "8000"} | changed
        files = {} if role == "target.sh" else {"balancer_yaml": self.yaml}
        script = self.folder / "user-data.sh"
        script.write_text(self.render(platform, role, settings, **files))
        self.calls_file.write_text("")
        command = ["/bin/bash", str(script)]
        trace = self.folder / "trace"
        if self.trace is not None:  # bash takes no PS4 from root's environment
            traced = (
                'exec 9>"$1"; BASH_XTRACEFD=9 PS4="+\\$BASH_SOURCE \\$LINENO "; set -x; source "$2"'
            )
            command = ["/bin/bash", "-c", traced, "bash", str(trace), str(script)]
        ended = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        if self.trace is not None:
            found = re.findall(r"^\++(/\S+) (\d+) (\S+)", trace.read_text(), re.MULTILINE)
            lines = {file: Path(file).read_text().splitlines() for file, _, _ in found}
            self.trace.append([(lines[file][int(at) - 1], command) for file, at, command in found])
        return ended.returncode, ended.stdout.splitlines()

    def calls(self, name: str = "") -> list[str]:
        """What was called, in order, without the root directory's name."""
        calls = self.calls_file.read_text().replace(str(self.root), "").splitlines()
        return [call for call in calls if call.startswith(name)]

    def fails(self, name: str, times: int, only: str = "") -> None:
        """The next calls of a command fail; only those with a certain word, if one is given."""
        (self.folder / f"{name}.only").write_text(only)
        (self.folder / f"{name}.fail").write_text(str(times))

    def unit(self, service: str) -> list[str]:
        text = (self.root / f"etc/systemd/system/leadline-{service}.service").read_text()
        return text.replace(str(self.root), "").splitlines()

    def signals(self) -> list[str]:
        """What CloudFormation heard."""
        file = self.folder / "signals"
        return file.read_text().splitlines() if file.exists() else []
