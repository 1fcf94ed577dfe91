"""What is around a machine in the tests: a network of its own, and all that AWS would be in it.

There are an instance metadata service with session tokens (IMDSv2), the AWS API as far as an instance calls it, and a
proxy through which packages come. All of it are threads of the test, in a namespace that a cable joins to the
machine's: the machine sees no name and no other address, and the test sees of the machine what a neighbour would.
"""

import ctypes
import json
import os
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

MACHINE = "10.77.0.10"
ROUTER = "10.77.0.1"
METADATA = ("169.254.169.254", 80)
POLICY = "prequal"  # the tag of the balancer
PROXY = ("169.254.169.250", 3128)
AWS = ("169.254.169.251", 443)
REGION = "us-west-2"
ACCOUNT = "123456789012"
ROLE = "lab-role"
SESSION = "token-of-this-session"
INSTANCE_ID = "i-0123456789abcdef0"
S3 = f"s3.{REGION}.amazonaws.com"


def target_address(number: int) -> str:
    """Where the target of that number is."""
    return f"10.77.1.{number}"


def sh(*command: str) -> str:
    """Runs a command of this computer; its output, or an AssertionError with it."""
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}: {ended.stdout[-2000:]}"
    return ended.stdout


class Network:
    """Two network namespaces and a cable between them. A socket belongs to the namespace in which it was made.

    `name` is the machine's, with the address MACHINE; `world` has the addresses of everything else.
    """

    def __init__(self, name: str) -> None:
        self.name, self.world = name, f"{name}-world"
        self.path = Path("/run/netns") / self.name
        for namespace in (self.name, self.world):
            sh("ip", "netns", "add", namespace)
            sh("ip", "-n", namespace, "link", "set", "lo", "up")
        cable = ["ip", "link", "add", "name", "eth0", "netns", self.name, "type", "veth"]
        sh(*cable, "peer", "name", "eth0", "netns", self.world)
        elsewhere = [f"{address}/32" for address, _ in (METADATA, PROXY, AWS)]
        elsewhere += [f"{target_address(number)}/16" for number in range(1, 10)]
        sh("ip", "-n", self.name, "address", "add", f"{MACHINE}/16", "dev", "eth0")
        for address in (f"{ROUTER}/16", *elsewhere):
            sh("ip", "-n", self.world, "address", "add", address, "dev", "eth0")
        for namespace in (self.name, self.world):
            sh("ip", "-n", namespace, "link", "set", "eth0", "up")
        sh("ip", "-n", self.name, "route", "add", "default", "via", ROUTER)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The block runs in the world's network namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        there_path = Path("/run/netns") / self.world
        with Path("/proc/thread-self/ns/net").open() as home, there_path.open() as there:
            assert libc.setns(there.fileno(), 0) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(home.fileno(), 0) == 0

    def get(self, port: int, path: str, tls: bool = False) -> tuple[int, str] | None:
        """Status and body of one GET from the machine, by a neighbour; None where nothing answers."""
        connection = HTTPConnection(MACHINE, port, timeout=10)
        if tls:  # as a browser does after "accept the risk"
            context = ssl._create_unverified_context()  # noqa: S323 - the certificate is self-signed
            connection = HTTPSConnection(MACHINE, port, timeout=10, context=context)
        with self.entered(), closing(connection), suppress(OSError):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        return None

    def close(self) -> None:
        for namespace in (self.name, self.world):
            sh("ip", "netns", "delete", namespace)


class Handler(BaseHTTPRequestHandler):
    """Answers without a word in the log of the tests."""

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: str | bytes = b"", **headers: str) -> None:
        """Header names have `_` for `-`."""
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class Metadata(Handler):
    """IMDSv2: nothing without a token, and a token only for PUT with its lifetime."""

    def do_PUT(self) -> None:
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if self.path == "/latest/api/token" and lifetime:
            self.answer(200, SESSION, X_aws_ec2_metadata_token_ttl_seconds=lifetime)
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
        identity = {"instanceId": INSTANCE_ID, "region": REGION, "accountId": ACCOUNT}
        pages = {
            "meta-data/instance-id": INSTANCE_ID,
            "meta-data/tags/instance/leadline:policy": POLICY,
            "meta-data/iam/security-credentials/": ROLE,
            f"meta-data/iam/security-credentials/{ROLE}": json.dumps(credentials),
            "dynamic/instance-identity/document": json.dumps(identity),
        }
        page = pages.get(self.path.removeprefix("/latest/"))
        if self.headers.get("X-aws-ec2-metadata-token") != SESSION:
            self.answer(401)
        elif page is None:
            self.answer(404)
        else:
            self.answer(200, page)


class World:
    """What answers a machine.

    `assets` are the objects in S3, "BUCKET/KEY" and a file. `signals` are those CloudFormation got, `metrics` the
    bodies that CloudWatch got. While `sources_fail`, no package can be had.
    """

    def __init__(self, network: Network, folder: Path, assets: dict[str, Path]) -> None:
        self.assets = assets
        self.signals: list[dict[str, str]] = []
        self.metrics: list[bytes] = []
        self.sources_fail = False
        buckets = {name.partition("/")[0] for name in assets}
        self.hosts = [f"{name}.{REGION}.amazonaws.com" for name in ("cloudformation", "monitoring")]
        self.hosts += [f"{bucket}.{S3}" for bucket in sorted(buckets)]
        self.certificate = folder / "aws.pem"
        names = ",".join(f"DNS:{host}" for host in self.hosts)
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
        """The AWS API, as far as an instance calls it. Signatures must be there; they are not checked."""
        world = self

        class Api(Handler):
            def refused(self) -> bool:
                """Whether the call is not one for this region, signed; then it is answered."""
                signature = self.headers.get("Authorization", "")
                signed = "AWS4-HMAC-SHA256" in signature and f"/{REGION}/" in signature
                if not signed:
                    self.answer(403)
                return not signed

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.refused():
                    return
                if self.headers["Host"].startswith("monitoring."):
                    world.metrics.append(body)
                    self.answer(200, b"\xa0", smithy_protocol="rpc-v2-cbor")
                    return
                call = {name: value[0] for name, value in parse_qs(body.decode()).items()}
                if call.get("Action") != "SignalResource":
                    self.answer(400)
                    return
                world.signals.append(call)
                self.answer(200, "<SignalResourceResponse/>", Content_Type="text/xml")

            def do_GET(self) -> None:
                """S3. A client that may not list a bucket gets 403 for a missing object."""
                bucket, at, _ = self.headers["Host"].partition("." + S3)
                file = world.assets.get(bucket + self.path) if at else None
                if self.refused():
                    return
                if not file:
                    self.answer(403)
                    return
                content = file.read_bytes()
                known = {"ETag": '"example"', "Last_Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
                part = self.headers.get("Range")
                if self.command == "HEAD" or not part:
                    self.answer(200, content, **known)
                    return
                first, _, last = part.removeprefix("bytes=").partition("-")
                end = min(int(last or len(content)), len(content) - 1)
                shown = f"bytes {first}-{end}/{len(content)}"
                self.answer(206, content[int(first) : end + 1], Content_Range=shown, **known)

            def do_HEAD(self) -> None:
                self.do_GET()

        return Api

    def proxy(self) -> type[Handler]:
        """Lets package clients out of the namespace, and no request to AWS."""
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
