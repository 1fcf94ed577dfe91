"""Several balancers as one: figures added up, the worst verdicts, and counts that never shrink."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from lab.loopback import Answers
from lab.running import admin_pages
from lab.running.added_up import AddedUp, choices

METRICS = {
    "balancer": [
        {"key": "requestsInFlight", "type": "gauge"},
        {"key": "busiestClientConnections", "type": "gauge"},
        {"key": "refused", "type": "counter"},
        {"key": "unserved.timeout", "type": "counter"},
        {"key": "peers.used", "type": "gauge"},
    ],
    "targetGroup": [
        {"key": "requests", "type": "counter"},
        {"key": "failOpen", "type": "flag"},
        {"key": "healthyTargets", "type": "gauge"},
    ],
    "target": [
        {"key": "requestsInFlight", "type": "gauge"},
        {"key": "healthy", "type": "flag"},
        {"key": "ejected", "type": "flag"},
        {"key": "load", "type": "gauge"},
        {"key": "succeeded", "type": "counter"},
    ],
}


def target(name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        **{"id": name, "address": f"{name}:8000", "weight": 1, "health": "healthy"},
        **{"unhealthyBecause": None, "requestsInFlight": 1, "healthy": True, "ejected": False},
        **{"load": None, "succeeded": 10},
    }
    return plain | changes


def status(*targets: dict[str, Any], uptime: int = 1000, **changes: Any) -> dict[str, Any]:
    group = {
        **{"name": "web", "policy": "leadline", "policySummary": "", "discoveryProblem": None},
        **{"requests": sum(it["succeeded"] for it in targets), "failOpen": False},
        **{"healthyTargets": len(targets), "targetErrors": 0, "balancerErrors": 0},
        "targets": [*targets],
    }
    peers = {"used": 1, "members": [{"state": "self"}, {"state": "used"}, {"state": "silent"}]}
    plain = {
        **{"version": "1", "transport": "epoll", "uptimeMillis": uptime, "loops": 1},
        **{"requestsInFlight": 2, "busiestClientConnections": 3, "refused": 1},
        **{"unserved": {"timeout": 1}, "peers": peers, "targetGroups": [group]},
    }
    return plain | changes


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def added() -> AddedUp:
    return AddedUp(METRICS, Clock())


def test_what_is_counted_is_added_and_what_is_judged_is_the_worst(added: AddedUp) -> None:
    ill = target("t-2", health="unhealthy", unhealthyBecause="404", healthy=False, load=3.0)
    one = status(target("t-1", load=1.0), ill)
    other = status(target("t-1", ejected=True), target("t-2", load=1.0), target("t-3"))
    whole = added.take({"i-1": one, "i-2": other | {"busiestClientConnections": 7}})
    assert (whole["requestsInFlight"], whole["refused"]) == (4, 2)
    assert whole["unserved"] == {"timeout": 2}
    assert whole["busiestClientConnections"] == 7
    assert "peers" not in whole
    (group,) = whole["targetGroups"]
    assert (group["requests"], group["healthyTargets"], group["unhealthyTargets"]) == (50, 2, 1)
    first, second, third = group["targets"]
    assert (first["succeeded"], first["load"], first["ejected"]) == (20, 1.0, True)
    assert (second["health"], second["healthy"], second["load"]) == ("unhealthy", False, 2.0)
    assert second["unhealthyBecause"] == "i-1: 404"
    assert (third["requestsInFlight"], third["load"]) == (1, None)
    assert [
        (it["id"], it["requests"], it["peersUsed"], it["peers"]) for it in whole["balancers"]
    ] == [
        ("i-1", 20, 1, 2),
        ("i-2", 30, 1, 2),
    ]


def test_counts_stay_when_a_balancer_is_silent_starts_anew_or_leaves(added: AddedUp) -> None:
    def requests(**answers: dict[str, Any] | None) -> int:
        whole = added.take(answers)
        (group,) = whole["targetGroups"]
        assert sum(it["succeeded"] for it in group["targets"]) == group["requests"]
        return group["requests"]

    old = status(target("t-1"))
    assert requests(a=old, b=old) == 20
    whole = added.take({"a": old, "b": None})
    assert whole["targetGroups"][0]["requests"] == 20
    assert whole["requestsInFlight"] == 2  # of those that answer
    assert [it["answers"] for it in whole["balancers"]] == [True, False]
    assert requests(a=old, b=status(target("t-1", succeeded=1), uptime=5)) == 21
    assert requests(a=old) == 21
    assert requests(a=old, c=status(target("t-1", succeeded=4), uptime=7)) == 25
    with pytest.raises(ValueError, match="no balancer answers"):
        added.take({"a": None})


def test_a_target_that_is_gone_is_not_kept(added: AddedUp) -> None:
    added.take({"a": status(target("t-1")), "b": status(target("t-2"))})
    (group,) = added.take({"a": status(target("t-1"))})["targetGroups"]
    assert [it["id"] for it in group["targets"]] == ["t-1"]
    assert group["requests"] == 20  # the group has served them
    assert [it["targets"] for it in added._past["targetGroups"]] == [[]]


def test_time_goes_on_whoever_leaves() -> None:
    clock = Clock()
    added = AddedUp(METRICS, clock)
    assert added.take({"a": status(uptime=9000), "b": status(uptime=4000)})["uptimeMillis"] == 9000
    clock.seconds = 2
    assert added.take({"b": status(uptime=6000)})["uptimeMillis"] == 11_000


def test_choices_of_all_are_in_the_order_of_time() -> None:
    mine = {"policy": "leadline", "decisions": [{"agoMillis": 5}, {"agoMillis": 30}]}
    theirs = {"policy": "leadline", "decisions": [{"agoMillis": 9}]}
    found = choices({"a": mine, "b": theirs, "c": None}, 2)
    assert found["decisions"] == [
        {"balancer": "a", "agoMillis": 5},
        {"balancer": "b", "agoMillis": 9},
    ]


class _Admin(Answers):
    """A balancer's admin port."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        known = {
            "/": "a page",
            "/status": json.dumps(status(target("t-1"))),
            "/catalogue": json.dumps(METRICS),
        }
        found = known.get(self.path)
        self.answer(200 if found else 404, "application/json", found or "none")


class _Killed(_Admin):
    """One that is killed in the middle of its answer."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        self.send_response(200)
        self.send_header("Content-Length", "900")
        self.end_headers()
        self.wfile.write(b'{"targetGroups": [')


@contextmanager
def _balancer(kind: type[_Admin] = _Admin) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def get(url: str, host: str | None = None) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310 - loopback
    try:
        with opener.open(asked, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def test_one_port_has_all_added_up_and_each_by_itself() -> None:
    with ExitStack() as stack:
        members = {f"i-{n}": stack.enter_context(_balancer()) for n in range(2)}
        url = stack.enter_context(admin_pages.served(admin_pages.Pages(lambda: members), 0))
        whole = json.loads(get(f"{url}/status")[1])
        assert whole["targetGroups"][0]["requests"] == 20
        assert get(f"{url}/") == (200, "a page")
        one = json.loads(get(f"{url}/i-1/status")[1])
        assert (one["balancer"], one["all"]) == ("i-1", "../")
        assert one["targetGroups"][0]["requests"] == 10
        assert get(f"{url}/i-1") == (200, "a page")  # led to its own folder
        assert get(f"{url}/metrics") == (
            404,
            "Each balancer has metrics of its own:\n/i-0/metrics\n/i-1/metrics\n",
        )
        assert get(f"{url}/none")[0] == 404
        assert get(f"{url}/status", host="evil.example")[0] == 421
        members.clear()
        assert get(f"{url}/dashboard.js")[0] == 503


def test_one_balancer_that_breaks_off_does_not_take_the_others_along() -> None:
    with ExitStack() as stack:
        members = {"i-0": stack.enter_context(_balancer())}
        members["i-1"] = stack.enter_context(_balancer(_Killed))
        url = stack.enter_context(admin_pages.served(admin_pages.Pages(lambda: members), 0))
        whole = json.loads(get(f"{url}/status")[1])
        assert whole["targetGroups"][0]["requests"] == 10
        assert get(f"{url}/i-1/status")[0] == 503
        assert get(f"{url}/explain?limit=%C2%B2")[0] == 404  # a digit, and no number
