"""A Debian 12 machine for tests: a container booted with systemd, in a network namespace in which its world is played.

The world is an instance metadata service with session tokens (IMDSv2), the AWS API that the scripts call, and a proxy
through which packages come; no name and no other address can be reached. All of it are threads of the test.
"""

import ctypes
import json
import os
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

T = TypeVar("T")

METADATA = ("169.254.169.254", 80)
PROXY = ("169.254.169.250", 3128)
AWS = ("169.254.169.251", 443)
REGION = "us-east-1"
ROLE = "lab-role"
SESSION = "token-of-this-session"
INSTANCE_ID = "i-0123456789abcdef0"
AWS_HOSTS = [f"{service}.{REGION}.amazonaws.com" for service in ("cloudformation",)]
# As an image for EC2 has it, less what a container does not need.
IMAGE = "systemd,systemd-sysv,dbus,procps,iproute2,ca-certificates,python3"
CACHE = Path(__file__).parents[2] / ".leadline" / "machine"


def missing() -> str:
    """Why no machine can be made here; empty if one can."""
    if os.geteuid() != 0:
        return "only root may boot a container"
    needed = {
        "systemd-nspawn": "systemd-container",
        "debootstrap": "debootstrap",
        "ip": "iproute2",
        "nsenter": "util-linux",
        "openssl": "openssl",
    }
    absent = [name for name in needed if not shutil.which(name)]
    packages = " ".join(needed[name] for name in absent)
    return f"{', '.join(absent)} not installed (apt install {packages})" if absent else ""


def image() -> Path:
    """The root directory that machines begin with; made once, kept in .leadline."""
    root = CACHE / "debian-12"
    if not root.exists():
        part = CACHE / "debian-12.part"
        shutil.rmtree(part, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        sh("debootstrap", "--variant=minbase", f"--include={IMAGE}", "bookworm", str(part))
        part.rename(root)
    return root


def sh(*command: str) -> str:
    """Runs a command of this machine; its output, or an AssertionError with it."""
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}: {ended.stdout[-2000:]}"
    return ended.stdout


def until(what: str, look: Callable[[], T | None], seconds: float = 60) -> T:
    """The first value of `look` that is not None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (value := look()) is not None:
            return value
        time.sleep(0.1)  # between two looks at the condition
    raise AssertionError(f"not within {seconds} s: {what}")


class Network:
    """A network namespace with the world's addresses. A socket belongs to the namespace in which it was made."""

    def __init__(self, name: str) -> None:
        self.path = Path("/run/netns") / name
        self.name = name
        sh("ip", "netns", "add", name)
        sh("ip", "-n", name, "link", "set", "lo", "up")
        for address, _ in (METADATA, PROXY, AWS):
            sh("ip", "-n", name, "address", "add", f"{address}/32", "dev", "lo")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is in the namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/thread-self/ns/net").open() as home, self.path.open() as there:
            assert libc.setns(there.fileno(), 0) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(home.fileno(), 0) == 0

    def get(self, address: str, port: int, path: str) -> tuple[int, str] | None:
        """Status and body of one GET; None where nothing answers."""
        connection = HTTPConnection(address, port, timeout=10)
        with self.entered(), closing(connection), suppress(OSError):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        return None

    def close(self) -> None:
        sh("ip", "netns", "delete", self.name)


class Handler(BaseHTTPRequestHandler):
    """Answers without a word in the log of the tests."""

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: str = "", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


class Metadata(Handler):
    """IMDSv2: nothing without a token, and a token only for PUT with its lifetime."""

    def do_PUT(self) -> None:
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if self.path == "/latest/api/token" and lifetime:
            self.send_response(200)
            self.send_header("X-aws-ec2-metadata-token-ttl-seconds", lifetime)
            self.send_header("Content-Length", str(len(SESSION)))
            self.end_headers()
            self.wfile.write(SESSION.encode())
        else:
            self.answer(400)

    def do_GET(self) -> None:
        credentials = {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": "example",
            "Token": "example",
            "LastUpdated": "2025-01-01T00:00:00Z",
            "Expiration": "2099-01-01T00:00:00Z",
        }
        pages = {
            "instance-id": INSTANCE_ID,
            "iam/security-credentials/": ROLE,
            f"iam/security-credentials/{ROLE}": json.dumps(credentials),
        }
        page = pages.get(self.path.removeprefix("/latest/meta-data/"))
        if self.headers.get("X-aws-ec2-metadata-token") != SESSION:
            self.answer(401)
        elif page is None:
            self.answer(404)
        else:
            self.answer(200, page)


class World:
    """What is around a machine. `signals` are those CloudFormation got; while `sources_fail`, no package can be had."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.signals: list[dict[str, str]] = []
        self.sources_fail = False
        self.certificate = folder / "aws.pem"
        names = ",".join(f"DNS:{host}" for host in AWS_HOSTS)
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        request += ["-subj", "/CN=emulated AWS", "-addext", f"subjectAltName={names}"]
        sh(*request, "-keyout", str(folder / "aws.key"), "-out", str(self.certificate))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, folder / "aws.key")
        with network.entered():
            self.servers = [
                ThreadingHTTPServer(METADATA, Metadata),
                ThreadingHTTPServer(PROXY, self.proxy()),
                ThreadingHTTPServer(AWS, self.aws()),
            ]
        api = self.servers[-1]
        api.socket = tls.wrap_socket(api.socket, server_side=True)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def aws(self) -> type[Handler]:
        """The AWS API, as far as scripts call it. Signatures must be there; they are not checked."""
        world = self

        class Api(Handler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                call = {name: values[0] for name, values in parse_qs(body).items()}
                if "AWS4-HMAC-SHA256" not in self.headers.get("Authorization", ""):
                    self.answer(403)
                elif call.get("Action") == "SignalResource":
                    world.signals.append(call)
                    self.answer(200, "<SignalResourceResponse/>", "text/xml")
                else:
                    self.answer(400)

        return Api

    def proxy(self) -> type[Handler]:
        """Lets package clients out of the namespace, and nobody to AWS."""
        world = self

        class Proxy(Handler):
            def upstream(self, host: str | None, port: int) -> socket.socket | None:
                if world.sources_fail or not host or host.endswith("amazonaws.com"):
                    self.answer(502)
                    return None
                return socket.create_connection((host, port), timeout=60)

            def do_CONNECT(self) -> None:
                host, _, port = self.path.partition(":")
                if server := self.upstream(host, int(port)):
                    self.send_response(200)
                    self.end_headers()
                    self.pump(server)

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                if server := self.upstream(url.hostname, url.port or 80):
                    head = [f"GET {url.path or '/'} HTTP/1.1", "Connection: close"]
                    keep = [it for it in self.headers.items() if "connection" not in it[0].lower()]
                    head += [f"{name}: {value}" for name, value in keep]
                    server.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
                    self.pump(server)

            def pump(self, server: socket.socket) -> None:
                self.close_connection = True
                with server, suppress(OSError):
                    other = {self.connection: server, server: self.connection}
                    while True:
                        for end in select.select(list(other), [], [], 120)[0]:
                            data = end.recv(65536)
                            if not data:
                                return
                            other[end].sendall(data)

        return Proxy

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


class Machine:
    """A booted machine with a disk of its own over the image."""

    def __init__(self, folder: Path, network: Network, world: World) -> None:
        self.root = folder / "root"
        self.network = network
        self.console = folder / "console.log"
        upper, work = folder / "upper", folder / "work"
        for directory in (self.root, upper, work):
            directory.mkdir(parents=True)
        layers = f"lowerdir={image()},upperdir={upper},workdir={work}"
        sh("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        self.prepare(world)
        self.process: subprocess.Popen | None = None

    def prepare(self, world: World) -> None:
        """The package clients' settings of this machine, the proxy, and the certificates to trust."""
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
        hosts = [f"{AWS[0]} {host}" for host in AWS_HOSTS]
        self.write("etc/hosts", "127.0.0.1 localhost\n" + "\n".join(hosts) + "\n")
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
        """Until systemd has started what it should."""
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"]
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
        """What systemd says of a service."""
        _, lines = self.run(
            "systemctl", "show", f"leadline-{service}", f"--property={','.join(names)}"
        )
        return dict(line.split("=", 1) for line in lines)

    def reboot(self) -> None:
        """Shut down and booted again; the container's manager ends with the system in it."""
        assert self.process
        self.run("systemctl", "reboot")
        self.process.wait(timeout=60)
        self.boot()

    def close(self) -> None:
        if self.process:
            self.process.terminate()  # a power-off in order
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        sh("umount", str(self.root))
