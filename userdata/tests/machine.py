"""A Debian 12 machine for tests: a container booted with systemd, in the network of a world (see world.py)."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from userdata.tests.world import AWS, PROXY, Network, World, sh

T = TypeVar("T")

# As an image for EC2 has it, less what a container does not need.
IMAGE = "systemd,systemd-sysv,dbus,procps,iproute2,ca-certificates,python3"
# Not in pytest's temporary folders, which others tidy up: files here belong to many users, and may be in use.
CACHE = Path(__file__).parents[2] / ".leadline" / "machine"
LONGEST_COMMAND_SECONDS = 900
# .ci/run installs these where it can.
NEEDED = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "openssl": "openssl",
}


def missing() -> str:
    """Why no machine can be made here; empty if one can."""
    if os.geteuid() != 0:
        return "only root may boot a container"
    absent = [name for name in NEEDED if not shutil.which(name)]
    if absent:
        packages = " ".join(NEEDED[name] for name in absent)
        return f"{', '.join(absent)} not installed (apt install {packages})"
    mount = ["unshare", "--mount", "--net", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    return f"this root may not: {tried.stderr.strip()}" if tried.returncode else ""


def image() -> Path:
    """The root directory that machines begin with; made once, kept in .leadline."""
    root = CACHE / "debian-12"
    if not root.exists():
        part = folder_of_this_process("image")
        sh("debootstrap", "--variant=minbase", f"--include={IMAGE}", "bookworm", str(part))
        part.rename(root)
    return root


def folder_of_this_process(kind: str) -> Path:
    """A new folder. Those of processes that ended without tidying up are removed, and their networks."""
    CACHE.mkdir(parents=True, exist_ok=True)
    namespaces = Path("/run/netns").glob("leadline-*")
    for left in (*CACHE.glob("*-pid-*"), *namespaces):
        pid = next((part for part in left.name.split("-") if part.isdigit()), "")
        if pid and not Path("/proc", pid).exists():
            if left.parent == CACHE:
                remove(left)
            else:
                sh("ip", "netns", "delete", left.name)
    folder = Path(mkdtemp(prefix=f"{kind}-pid-{os.getpid()}-", dir=CACHE))
    folder.chmod(0o755)
    return folder


def remove(folder: Path) -> None:
    """Removes a folder, in memory or on the disk."""
    if folder.is_mount():
        sh("umount", "--lazy", str(folder))
    shutil.rmtree(folder)


def until(what: str, look: Callable[[], T | None], seconds: float = 60) -> T:
    """The first value of `look` that is not None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (value := look()) is not None:
            return value
        time.sleep(0.1)  # between two looks at the condition
    raise AssertionError(f"not within {seconds} s: {what}")


class Machine:
    """A booted machine with a disk of its own, a copy of the image."""

    def __init__(self, network: Network, world: World) -> None:
        self.network = network
        self.process: subprocess.Popen | None = None
        first = image()
        self.folder = folder_of_this_process("machine")
        # In memory: installing packages waits for a disk, and so does removing their thousands of files.
        sh("mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "tmpfs", str(self.folder))
        self.root = self.folder / "root"
        self.console = self.folder / "console.log"
        sh("cp", "--archive", "--reflink=auto", str(first), str(self.root))
        self.prepare(world)

    def prepare(self, world: World) -> None:
        """The package clients' settings of this computer, the proxy, and the certificates to trust."""
        apt = [
            line
            for file in sorted(Path("/etc/apt/apt.conf.d").glob("*"))
            for line in file.read_text(errors="replace").splitlines()
            if line.startswith("Acquire::Check-")
        ]
        apt.append(f'Acquire::http::Proxy "http://{PROXY[0]}:{PROXY[1]}";')
        self.write("etc/apt/apt.conf.d/90test", "\n".join(apt) + "\n")
        pip = [f"proxy = http://{PROXY[0]}:{PROXY[1]}"]
        pip += ["cert = /etc/ssl/certs/ca-certificates.crt"]
        if "PIP_INDEX_URL" in os.environ:
            pip.append(f"index-url = {os.environ['PIP_INDEX_URL']}")
        self.write("etc/pip.conf", "[global]\n" + "\n".join(pip) + "\n")
        hosts = [f"{AWS[0]} {host}" for host in world.hosts]
        self.write("etc/hosts", "127.0.0.1 localhost\n" + "\n".join(hosts) + "\n")
        # debootstrap copied this computer's: in the world no server of names answers, and each question takes 10 s.
        self.write("etc/resolv.conf", "")
        trusted = Path("/etc/ssl/certs/ca-certificates.crt").read_text()
        trusted += world.certificate.read_text()
        end = "-----END CERTIFICATE-----\n"
        for number, certificate in enumerate(trusted.split(end)[:-1]):
            name = f"usr/local/share/ca-certificates/test-{number}.crt"
            self.write(name, certificate + end)
        sh("chroot", str(self.root), "update-ca-certificates")

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def boot(self) -> None:
        """Until systemd has started what it should. The container does not outlive the tests, however they end."""
        command = ["setpriv", "--pdeathsig", "KILL", "systemd-nspawn"]
        command += ["--quiet", "--register=no", "--keep-unit", "--boot"]
        command += [
            "--resolv-conf=off",
            "--timezone=off",
            "--rlimit=NOFILE=1024:524288",
            "--link-journal=no",
        ]
        command += ["--directory", str(self.root), "--machine", self.network.name]
        command.append(f"--network-namespace-path={self.network.path}")
        command.append("--capability=CAP_NET_ADMIN")  # the namespace is its own: sysctl may set it
        with self.console.open("w") as console:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env=os.environ | {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
            )
        self.await_boot()

    def await_boot(self) -> None:
        def booted() -> bool | None:
            state = self.run("systemctl", "is-system-running")[1]
            return True if state and state[-1] in ("running", "degraded") else None

        until(f"{self.root} has booted", booted)

    def leader(self) -> int | None:
        """The machine's first process; another one after a reboot."""
        assert self.process
        assert self.process.poll() is None, self.console.read_text()[-2000:]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = children.read_text().split()
        return int(found[0]) if found else None

    def run(self, *command: str) -> tuple[int, list[str]]:
        """Runs a command as root in the machine; its status and its output's lines."""
        leader = self.leader()
        if leader is None:
            return 1, []
        ended = subprocess.run(
            ["nsenter", f"--target={leader}", "--all", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_COMMAND_SECONDS,
            check=False,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        return ended.returncode, ended.stdout.splitlines()

    def user_data(self, script: str, **environment: str) -> tuple[int, list[str]]:
        """Runs the script as a unit of the system, as an instance does at its first boot."""
        self.write("var/lib/user-data", script)
        # The AWS CLI brings certificates of its own.
        environment["AWS_CA_BUNDLE"] = "/etc/ssl/certs/ca-certificates.crt"
        options = [f"--setenv={name}={value}" for name, value in environment.items()]
        unit = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *options]
        return self.run(*unit, "/bin/bash", "/var/lib/user-data")

    def main_pid(self, service: str) -> int:
        return int(self.properties(service, "MainPID")["MainPID"])

    def properties(self, service: str, *names: str) -> dict[str, str]:
        """systemd's properties of a service."""
        _, lines = self.run(
            "systemctl", "show", f"leadline-{service}", f"--property={','.join(names)}"
        )
        return dict(line.split("=", 1) for line in lines)

    def exposure(self, service: str) -> float:
        """systemd's exposure level of a service: 0 for no rights beyond its work, 10 for all rights."""
        _, lines = self.run("systemd-analyze", "security", "--no-pager", f"leadline-{service}")
        (overall,) = [line for line in lines if "Overall exposure level" in line]
        return float(overall.partition(".service: ")[2].split()[0])

    def status(self, pid: int) -> dict[str, str]:
        """The kernel's status of a process."""
        _, lines = self.run("cat", f"/proc/{pid}/status")
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def installed(self) -> list[str]:
        """Every file that a script may make, with its content's hash, every package and every user."""
        files = "find /opt/leadline /etc -type f -not -name '*.pyc' -exec sha256sum {} + | sort"
        _, lines = self.run("sh", "-c", f"{files}; dpkg-query --show; getent passwd")
        assert len(lines) > 500
        return lines

    def kill(self, service: str) -> None:
        """Kills a service's process, and awaits another one."""
        before = self.main_pid(service)
        assert before
        self.run("kill", "-9", str(before))
        until("another process", lambda: None if self.main_pid(service) in (0, before) else True)

    def reboot(self) -> None:
        """Shut down and booted again; the container's manager ends with the system in it."""
        assert self.process
        self.run("systemctl", "reboot")
        self.process.wait(timeout=60)
        self.boot()

    def close(self) -> None:
        """Ends everything in the machine: with the first process of its namespace, the kernel ends all others."""
        if self.process and self.process.poll() is None:
            leader = self.leader()
            os.kill(leader or self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=60)
        remove(self.folder)
