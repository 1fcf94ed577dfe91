"""The data plane of every load balancer in the emulated account: our balancer stands in for each kind.

Its configuration is built from what the emulated API says of listeners, rules and target groups, and nothing else.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from emulator import processes
from emulator.account import (
    APPLICATION,
    CLASSIC,
    NETWORK,
    Account,
    Listener,
    Rule,
    Target,
    TargetGroup,
)
from emulator.machines import GRACE_SECONDS, aws_environment

CLOUDWATCH_INTERVAL = "10s"
WARM_UP_REQUESTS = 5000
ENDED = "ended.json"  # docs/emulator.md
_LAST_LINES = 5
_METRICS = {
    APPLICATION: ("AWS/ApplicationELB", "LoadBalancer"),
    NETWORK: ("AWS/NetworkELB", "LoadBalancer"),
    CLASSIC: ("AWS/ELB", "LoadBalancerName"),
}
"""Namespace and dimension in CloudWatch, by kind."""
_PROTOCOLS = {APPLICATION: ("HTTP", "HTTPS"), NETWORK: ("TCP",), CLASSIC: ("HTTP",)}
"""What a listener may have for a data plane. An ALB's stand-in takes plain HTTP for HTTPS."""
_IDLE = "350s"
"""An NLB's for TCP."""
_STICKINESS_KEY = secrets.token_hex(24)  # sessions end with the emulator
# As on the balancer's instance (userdata/balancer.sh): the two should differ in their policy, not in their heap.
_JVM_OPTIONS = ("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")


def configuration(listener: Listener, groups: dict[str, TargetGroup]) -> dict[str, Any]:
    """The balancer's configuration file for one listener, as docs/configuration.md describes it."""
    names = {arn: groups[arn].name for arn in listener.target_groups if arn in groups}
    usable = [rule for rule in listener.rules if not rule.unsupported]
    if listener.kind == NETWORK:
        return _of_connections(listener, [groups[arn] for arn in names][:1])
    return {
        "listener": {"host": listener.address, "port": listener.port},
        "cloudwatch": {**_metrics(listener), "interval": CLOUDWATCH_INTERVAL},
        "targetGroups": [_target_group(groups[arn]) for arn in names],
        "rules": [
            {**conditions, **_action(rule, names)}
            for rule in usable
            for conditions in rule.conditions or ()
        ],
        **_default_action(usable, names),
    }


def _of_connections(listener: Listener, groups: list[TargetGroup]) -> dict[str, Any]:
    """Of a TCP listener, which has one target group: a hash of addresses and ports chooses."""
    group = groups[0] if groups else None
    return {
        "listener": {"host": listener.address, "port": listener.port, "protocol": "tcp"},
        "cloudwatch": {**_metrics(listener), "interval": CLOUDWATCH_INTERVAL},
        "timeouts": {
            "tcpIdle": _IDLE,
            "tcpDrain": f"{group.drain_seconds if group else 0}s",
        },
        "targetGroups": [
            _target_group(it, {"protocol": "http"})
            | {"policy": "flow_hash"}
            | ({"proxyProtocol": "v2"} if it.proxy_protocol else {})
            for it in groups
        ],
        "rules": [],
        **({"defaultAction": {"forward": group.name}} if group else {}),
    }


def _metrics(listener: Listener) -> dict[str, Any]:
    namespace, dimension = _METRICS[listener.kind]
    return {"namespace": namespace, "dimensions": {dimension: listener.load_balancer}}


def warm_up(listener: Listener, groups: dict[str, TargetGroup]) -> dict[str, Any]:
    """The warm-up of a data plane, against the first target that runs: an ALB is never cold."""
    for arn in listener.target_groups:
        for target in groups[arn].targets if arn in groups else ():
            if target.running:
                url = f"http://{target.address}:{target.check_port}{groups[arn].health_check.path}"
                warm = {"url": url, "requests": WARM_UP_REQUESTS, "beforeListening": True}
                return {"warmUp": warm}
    return {}


def archive_option(jar: Path) -> list[str]:
    """What lets Java load the classes of this jar faster, if the build made an archive of them."""
    archive = jar.with_suffix(".jsa")
    return [f"-XX:SharedArchiveFile={archive}"] if archive.is_file() else []


def _default_action(rules: list[Rule], names: dict[str, str]) -> dict[str, Any]:
    found = [_action(rule, names) for rule in rules if rule.conditions is None]
    return {"defaultAction": found[0]} if found else {}


def _action(rule: Rule, names: dict[str, str]) -> dict[str, Any]:
    if not rule.forward:
        return rule.answer
    if len(rule.forward) == 1:
        return {"forward": names[rule.forward[0][0]]}
    return {
        "forward": [{"targetGroup": names[arn], "weight": weight} for arn, weight in rule.forward]
    }


def _target_group(group: TargetGroup, over: dict[str, Any] | None = None) -> dict[str, Any]:
    """One group; ``over`` says how a check that sends a request is marked."""
    check = group.health_check
    return {
        "name": group.name,
        "policy": group.algorithm,
        "healthCheck": {
            **({"path": check.path, **(over or {})} if check.path else {"protocol": "tcp"}),
            **({"port": group.check_port} if group.check_port else {}),
            "interval": f"{check.interval}s",
            "timeout": f"{check.timeout}s",
            "healthyThreshold": check.healthy_threshold,
            "unhealthyThreshold": check.unhealthy_threshold,
        },
        "targets": [
            {"id": name, "address": target.address, "port": target.port, "weight": 1}
            for name, target in _named(group)
        ],
        **_stickiness(group),
    }


def _named(group: TargetGroup) -> list[tuple[str, Target]]:
    """Each target with a name that no other has: an instance may be registered at several ports."""
    ids = [target.id for target in group.targets]
    return [(it.id if ids.count(it.id) == 1 else f"{it.id}:{it.port}", it) for it in group.targets]


def _stickiness(group: TargetGroup) -> dict[str, Any]:
    sticky = group.stickiness
    if sticky is None:
        return {}
    cookie = {"applicationCookie": sticky.application_cookie} if sticky.application_cookie else {}
    return {"stickiness": {"key": _STICKINESS_KEY, "duration": f"{sticky.seconds}s", **cookie}}


def unsupported(listener: Listener) -> list[str]:
    """What the data plane cannot do for this listener, a sentence each."""
    where = f"{listener.load_balancer}, port {listener.port}"
    if listener.protocol not in _PROTOCOLS[listener.kind]:
        return [f"{where}: protocol {listener.protocol} is not emulated; nothing answers there"]
    return [
        f"{where}: {rule.unsupported} is not emulated; the rule with priority {rule.priority} is left out"
        for rule in listener.rules
        if rule.unsupported
    ]


def fixed_part(text: str) -> dict[str, Any]:
    """A configuration without the targets and the algorithm of its groups: what a running data plane cannot change."""
    content = yaml.safe_load(text)
    return content | {
        "targetGroups": [group | {"targets": [], "policy": ""} for group in content["targetGroups"]]
    }


def _text(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False) if content else ""


class LoadBalancers:
    """All data planes below one directory. Not thread-safe: the reconciler alone uses it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it needs is known only where the emulator is put together
        self,
        folder: Path,
        jar: Path,
        java: str,
        endpoint: str,
        say: Callable[[str], None],
        announce: Callable[[frozenset[str]], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._jar = jar
        self._java = java
        self._endpoint = endpoint
        self._say = say
        self._announce = announce
        self._kinds: frozenset[str] = frozenset()
        self._running: dict[Path, tuple[str, subprocess.Popen[bytes]]] = {}
        self._reported: set[Path] = set()

    def apply(self, account: Account) -> None:
        """Starts a data plane for every listener, and ends those whose listener is gone.

        A running data plane takes over targets that join or leave, and another algorithm, and keeps its connections, as
        an ALB does. Every other change restarts it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        kinds = frozenset(listener.kind for listener in account.listeners)
        if kinds != self._kinds:
            self._kinds = kinds
            self._announce(kinds)
        wanted = {self._folder_of(listener): listener for listener in account.listeners}
        texts = {
            folder: _text(configuration(listener, account.target_groups))
            for folder, listener in wanted.items()
        }
        ending = [
            f
            for f, (text, _) in self._running.items()
            if f not in texts or fixed_part(texts[f]) != fixed_part(text)
        ]
        processes.end(ending, GRACE_SECONDS)
        for folder in ending:
            self._running.pop(folder)[1].wait()
            self._reported.discard(folder)
        for folder in self._folder.iterdir():
            if folder not in wanted:
                shutil.rmtree(folder)
        for folder, listener in wanted.items():
            if folder not in self._running:
                # not part of what is compared: a target that stops is no reason for a restart
                warm = _text(warm_up(listener, account.target_groups))
                self._start(folder, listener, texts[folder], warm)
            elif self._running[folder][0] != texts[folder]:
                self._change(folder, texts[folder])
            self._follow(folder, listener)

    def end_all(self) -> None:
        """Ends every data plane and removes its directory."""
        self.apply(Account((), (), {}))

    def _folder_of(self, listener: Listener) -> Path:
        return self._folder / f"{listener.load_balancer.replace('/', '-')}-{listener.port}"

    def _start(self, folder: Path, listener: Listener, text: str, warm: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ENDED).unlink(missing_ok=True)
        file = folder / "balancer.yaml"
        file.write_text(text + warm)
        for sentence in unsupported(listener):
            self._say(sentence)
        environment = {
            "PATH": os.defpath,
            **aws_environment(self._endpoint, listener.region, "alb"),
        }
        command = self._command(listener, file)
        self._running[folder] = (
            text,
            processes.start(command, folder, environment, folder / "balancer.log"),
        )

    def _command(self, listener: Listener, file: Path) -> list[str]:
        nothing = [
            "sleep",
            "infinity",
        ]  # stands for a data plane, so that what is missing is said once
        if listener.protocol not in _PROTOCOLS[listener.kind]:
            return nothing
        if not self._jar.is_file():
            self._say(
                f"{listener.load_balancer} has no data plane: {self._jar} does not exist "
                "(build it, or use --balancer-jar)"
            )
            return nothing
        return [
            self._java,
            *_JVM_OPTIONS,
            *archive_option(self._jar),
            *("-jar", str(self._jar), "serve", "--watch", "--config", str(file)),
        ]

    def _change(self, folder: Path, text: str) -> None:
        """Hands targets or an algorithm to a data plane that runs; the warm-up in its file may not change."""
        file = folder / "balancer.yaml"
        warm = yaml.safe_load(file.read_text()).get("warmUp")
        new = folder / "balancer.yaml.new"
        new.write_text(text + _text({"warmUp": warm} if warm else {}))
        new.replace(file)
        self._running[folder] = (text, self._running[folder][1])

    def _follow(self, folder: Path, listener: Listener) -> None:
        """Prints once when a data plane ended by itself."""
        status = self._running[folder][1].poll()
        if status is None or folder in self._reported:
            return
        self._reported.add(folder)
        log = folder / "balancer.log"
        last = log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
        ended = folder / ENDED
        new = ended.with_suffix(".new")
        new.write_text(json.dumps({"exitStatus": status, "lastLines": last}, indent=2) + "\n")
        new.replace(ended)
        self._say(
            f"{listener.load_balancer}: its data plane ended with status {status}: "
            f"{last[-1] if last else 'it printed nothing'}; see {log}"
        )
