"""The proxies that are compared: how each is configured and started. All listen on 127.0.0.1."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setup:
    """What every proxy of one comparison has in common."""

    directory: Path
    targets: list[int]
    """Ports of the targets."""
    tls: bool = False
    """HTTPS with HTTP/2 for clients. The directory then has certificate.pem and key.pem."""
    access_log: bool = True
    health_path: str = "/"
    careful: bool = False
    """Health checks every second, one retry, and whatever the proxy has against targets that fail."""
    policy: str = "least_outstanding_requests"
    """Of Leadline; a peer takes its best one, which counts requests in flight."""


Command = Callable[[Setup, int], list[str]]
"""Makes the command line for a setup and a port to listen on."""


def haproxy(setup: Setup, port: int) -> list[str]:
    check = (
        " check inter 1s fall 2 rise 2 observe layer7 error-limit 5 on-error mark-down"
        if setup.careful
        else ""
    )
    servers = "".join(
        f"  server t{n} 127.0.0.1:{at}{check}\n" for n, at in enumerate(setup.targets)
    )
    certificate = setup.directory / "both.pem"
    if setup.tls:
        parts = (setup.directory / name for name in ("certificate.pem", "key.pem"))
        certificate.write_text("".join(part.read_text() for part in parts))
    bind = f"127.0.0.1:{port} backlog 4096" + (
        f" ssl crt {certificate} alpn h2,http/1.1" if setup.tls else ""
    )
    log = "  log stdout format raw local0\n" if setup.access_log else ""
    careful = (
        f"  option httpchk GET {setup.health_path}\n  option redispatch 1\n  retries 1\n"
        "  retry-on all-retryable-errors 500 502 503\n"
        if setup.careful
        else ""
    )
    config = setup.directory / f"haproxy-{port}.cfg"
    config.write_text(
        f"global\n  nbthread 1\n  maxconn 15000\n  no strict-limits\n{log}"
        "defaults\n  mode http\n  option forwardfor\n  timeout connect 5s\n  timeout client 60s\n  timeout server 5s\n"
        f"  http-reuse always\n{'  log global' if log else ''}\n{'  option httplog' if log else ''}\n"
        f"frontend f\n  bind {bind}\n  default_backend b\n"
        f"backend b\n  balance leastconn\n{careful}{servers}"
    )
    return ["haproxy", "-f", str(config)]


def nginx(setup: Setup, port: int) -> list[str]:
    check = " max_fails=3 fail_timeout=2s" if setup.careful else ""
    servers = "".join(f"server 127.0.0.1:{target}{check};" for target in setup.targets)
    again = (
        "proxy_next_upstream error timeout http_500 http_502 http_503; proxy_next_upstream_tries 2;"
    )
    files = f"ssl_certificate {setup.directory}/certificate.pem; ssl_certificate_key {setup.directory}/key.pem;"
    cache = "ssl_session_cache shared:s:10m;"
    return nginx_command(
        setup.directory / f"nginx-proxy-{port}",
        f"upstream u {{ least_conn; {servers} keepalive 1024; }}"
        f"server {{ listen 127.0.0.1:{port} backlog=4096{' ssl http2' if setup.tls else ''};"
        f"keepalive_requests 1000000; {files + cache if setup.tls else ''}"
        "location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection '';"
        f"proxy_read_timeout 5s; {again if setup.careful else ''}"
        "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }",
        access_log=setup.access_log,
    )


def nginx_command(directory: Path, http: str, access_log: bool = False) -> list[str]:
    directory.mkdir(exist_ok=True)
    config = directory / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {directory}/pid; error_log {directory}/error.log;"
        "events { worker_connections 15000; }"
        f"http {{ access_log {directory / 'access.log' if access_log else 'off'}; types {{ }}"
        f"client_body_temp_path {directory}; proxy_temp_path {directory};"
        f"fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory}; {http} }}"
    )
    return ["nginx", "-c", str(config), "-p", str(directory)]


def envoy(setup: Setup, port: int) -> list[str]:
    def address(of: int) -> dict:
        return {"socket_address": {"address": "127.0.0.1", "port_value": of}}

    def typed(name: str, **fields: object) -> dict:
        return {"@type": f"type.googleapis.com/envoy.{name}", **fields}

    route: dict = {"cluster": "c", "timeout": "5s" if setup.careful else "60s"}
    if setup.careful:
        route["retry_policy"] = {
            "retry_on": "5xx,connect-failure,reset",
            "num_retries": 1,
            "retry_host_predicate": [
                {
                    "name": "previous",
                    "typed_config": typed(
                        "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                    ),
                }
            ],
        }
    manager = typed(
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="f",
        use_remote_address=True,
        http_protocol_options={"accept_http_10": True},
        http_filters=[
            {"name": "router", "typed_config": typed("extensions.filters.http.router.v3.Router")}
        ],
        route_config={
            "virtual_hosts": [
                {
                    "name": "v",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": route}],
                }
            ]
        },
    )
    if setup.access_log:
        file = typed(
            "extensions.access_loggers.file.v3.FileAccessLog",
            path=str(setup.directory / f"envoy-{port}.access"),
        )
        manager["access_log"] = [{"name": "file", "typed_config": file}]
    chain: dict = {"filters": [{"name": "http", "typed_config": manager}]}
    if setup.tls:
        pair = {
            "certificate_chain": {"filename": str(setup.directory / "certificate.pem")},
            "private_key": {"filename": str(setup.directory / "key.pem")},
        }
        context = typed(
            "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={"alpn_protocols": ["h2", "http/1.1"], "tls_certificates": [pair]},
        )
        chain["transport_socket"] = {"name": "tls", "typed_config": context}
    most = 1_000_000
    cluster: dict = {
        "name": "c",
        "lb_policy": "LEAST_REQUEST",
        "connect_timeout": "5s",
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": most,
                    "max_pending_requests": most,
                    "max_requests": most,
                    "max_retries": most,
                }
            ]
        },
        "load_assignment": {
            "cluster_name": "c",
            "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": address(at)}} for at in setup.targets]}
            ],
        },
    }
    if setup.careful:
        cluster["outlier_detection"] = {
            "consecutive_5xx": 3,
            "interval": "1s",
            "base_ejection_time": "3s",
        }
        cluster["health_checks"] = [
            {
                "timeout": "1s",
                "interval": "1s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 2,
                "http_health_check": {"path": setup.health_path},
            }
        ]
    listener = {
        "name": "l",
        "address": address(port),
        "tcp_backlog_size": 4096,
        "filter_chains": [chain],
    }
    config = setup.directory / f"envoy-{port}.json"
    config.write_text(
        json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}})
    )
    return [
        "envoy",
        "--disable-hot-restart",
        "--concurrency",
        "1",
        "-l",
        "error",
        "-c",
        str(config),
    ]


def caddy(setup: Setup, port: int) -> list[str]:
    servers = " ".join(f"127.0.0.1:{target}" for target in setup.targets)
    tls = f"tls {setup.directory}/certificate.pem {setup.directory}/key.pem" if setup.tls else ""
    log = (
        f"log {{\n output file {setup.directory}/caddy-{port}.access\n }}"
        if setup.access_log
        else ""
    )
    careful = (
        f"health_uri {setup.health_path}\n health_interval 1s\n health_timeout 1s\n health_fails 2\n"
        "fail_duration 3s\n max_fails 3\n unhealthy_status 500\n lb_retries 1\n"
        if setup.careful
        else ""
    )
    config = setup.directory / f"Caddyfile-{port}"
    config.write_text(
        "{\n admin off\n auto_https off\n persist_config off\n}\n"
        f"{'https' if setup.tls else 'http'}://:{port} {{\n bind 127.0.0.1\n {tls}\n {log}\n"
        f"reverse_proxy {servers} {{\n lb_policy least_conn\n {careful}\n"
        "transport http {\n keepalive_idle_conns_per_host 1024\n response_header_timeout 5s\n }\n }\n}\n"
    )
    return [
        "env",
        "GOMAXPROCS=1",
        f"HOME={setup.directory}",
        "caddy",
        "run",
        "--adapter",
        "caddyfile",
        "-c",
        str(config),
    ]


def leadline(jar: Path, loops: int, setup: Setup, port: int) -> list[str]:
    targets = "".join(
        f"      - {{id: t{n}, address: 127.0.0.1, port: {target}}}\n"
        for n, target in enumerate(setup.targets)
    )
    tls = (
        f", tls: {{certificate: {setup.directory}/certificate.pem, key: {setup.directory}/key.pem}}"
        if setup.tls
        else ""
    )
    config = setup.directory / f"leadline-{port}.yaml"
    log = (
        f"accessLog: {{file: {setup.directory}/leadline-{port}.access}}\n"
        if setup.access_log
        else ""
    )
    careful = "interval: 1s, timeout: 1s, " if setup.careful else ""
    again = "    retryCodes: 500-503\n" if setup.careful else ""
    config.write_text(
        f"listener: {{host: 127.0.0.1, port: {port}, loops: {loops}{tls}}}\n{log}"
        f"warmUp: {{url: 'http://127.0.0.1:{setup.targets[0]}{setup.health_path}', requests: 5000}}\n"
        f"targetGroups:\n  - name: g\n    policy: {setup.policy}\n{again}"
        f"    healthCheck: {{{careful}path: {setup.health_path}}}\n    targets:\n{targets}"
        f"limits: {{connections: 15000, clientShare: 1}}\n"
        f"timeouts: {{idle: {'5s' if setup.careful else '60s'}}}\nrules: [{{paths: ['*'], forward: g}}]\n"
    )
    return [
        "java",
        "-XX:+UseSerialGC",
        "-Xmx256m",
        "-jar",
        str(jar),
        "serve",
        "--config",
        str(config),
    ]


PEERS: Mapping[str, Command] = {"haproxy": haproxy, "nginx": nginx, "envoy": envoy, "caddy": caddy}


def need(*tools: str) -> None:
    """Ends the program when a tool is not on the PATH."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        sys.exit(
            f"not found on the PATH: {', '.join(missing)}. docs/performance.md says where each comes from."
        )


def make_certificate(directory: Path) -> None:
    """A self-signed certificate for localhost: ECDSA P-256, as most sites have."""
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ),
            *(
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ),
            *("-keyout", str(directory / "key.pem"), "-out", str(directory / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )


TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(group: int) -> float:
    """User and system time of all processes of a process group, from /proc."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def memory_mebibytes(group: int) -> float:
    """Resident memory of all processes of a process group, now."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total / 2**20
