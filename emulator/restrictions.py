"""An account that AWS restricts: what it may launch and create, its plan and quotas, and the addresses it is seen from.

The member ``account`` of ``faults.json`` says how; each of its members may be missing, and means no restriction then:

    {"account": {"plan": "FREE", "types": ["t3.micro", "t3.small"],
                 "loadBalancers": false,
                 "zonesWithout": {"us-east-1a": ["t3.small"]},
                 "lostZones": ["us-east-1b"],
                 "quotas": {"L-1216C47A": 16},
                 "denied": ["iam:CreateRole"],
                 "egress": ["203.0.113.4", "203.0.113.5"]}}

A zone of ``lostZones`` has no power: everything that runs there ends at once, and nothing can be launched, until the
zone is taken out of the list. What is left of it then boots.

Services that moto does not have are answered here: the plan (Free Tier API), quotas, simulated permissions. ``GET
/checkip`` answers with the addresses of ``egress`` by turns, as https://checkip.amazonaws.com does behind a pool.
"""

import functools
import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidParameterCombination,
    InvalidSubnetIdError,
)
from moto.ec2.models.instance_types import InstanceTypeBackend, InstanceTypeOfferingBackend
from moto.ec2.models.instances import InstanceBackend
from moto.elb.models import ELBBackend
from moto.elbv2.exceptions import ELBClientError, SubnetNotFoundError
from moto.elbv2.models import ELBv2Backend

from emulator.cbor import WsgiApplication
from emulator.requests import action_of, read_body, service_of
from emulator.sayings import SAYINGS

FREE_TYPES = ("t3.micro", "t3.small", "c7i-flex.large", "m7i-flex.large")
QUOTAS = {"L-1216C47A": 64, "L-F678F1CE": 5, "L-0263D0A3": 5, "L-53DA6B97": 50}
_ELIGIBLE = "free-tier-eligible"
_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"

Read = Callable[[], dict[str, Any]]


def unrestricted() -> dict[str, Any]:
    """The default: nothing is restricted."""
    return {}


_now: Read = unrestricted


def restrict_with(now: Read) -> None:
    """Sets the function that reads the restrictions of the moment; moto's classes are global, and so is this."""
    global _now  # noqa: PLW0603
    _now = now


def lost_zones() -> frozenset[str]:
    """The zones that are lost now."""
    return frozenset(_now().get("lostZones", ()))


class Restrictions:
    """Answers for what the file says of the account now. Thread-safe."""

    def __init__(self, now: Read) -> None:
        """Looks at ``now`` with every call."""
        self.now = now
        self._turns = itertools.count()

    def middleware(self, application: WsgiApplication) -> WsgiApplication:
        """Puts the answers that moto does not have before an application."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO") == "/checkip":
                return self._address(start_response)
            own = {
                ("freetier", "GetAccountPlanState"): _plan,
                ("servicequotas", "GetServiceQuota"): _quota,
                ("servicequotas", "GetAWSDefaultServiceQuota"): _quota,
                ("iam", "SimulatePrincipalPolicy"): _simulated,
            }.get((service_of(environ), action_of(environ)))
            if own is None:
                return application(environ, start_response)
            status, kind, body = own(environ, self.now())
            start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]

        return answer

    def _address(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        pool = self.now().get("egress", ["127.0.0.1"])
        body = f"{pool[next(self._turns) % len(pool)]}\n".encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


Answer = tuple[str, str, bytes]


def _json(status: str, content: dict[str, Any]) -> Answer:
    return status, "application/x-amz-json-1.1", json.dumps(content).encode()


def _plan(_environ: dict[str, Any], account: dict[str, Any]) -> Answer:
    if "plan" not in account:  # as for an account that is older than plans
        error = {"__type": "ResourceNotFoundException", "message": "The account has no plan."}
        return _json("400 Bad Request", error)
    return _json(
        "200 OK",
        {
            "accountId": "123456789012",
            "accountPlanType": account["plan"],
            "accountPlanStatus": "ACTIVE",
            "accountPlanRemainingCredits": {"amount": 100.0, "unit": "USD"},
        },
    )


def _quota(environ: dict[str, Any], account: dict[str, Any]) -> Answer:
    code = json.loads(read_body(environ)).get("QuotaCode")
    quotas = QUOTAS | account.get("quotas", {})
    if code not in quotas:
        return _json("400 Bad Request", {"__type": "NoSuchResourceException", "message": code})
    return _json("200 OK", {"Quota": {"QuotaCode": code, "Value": float(quotas[code])}})


def _simulated(environ: dict[str, Any], account: dict[str, Any]) -> Answer:
    denied = account.get("denied", [])
    actions = [
        value
        for key, value in parse_qsl(read_body(environ).decode())
        if key.startswith("ActionNames.member.")
    ]
    results = "".join(
        f"<member><EvalActionName>{escape(it)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{'implicitDeny' if it in denied else 'allowed'}</EvalDecision></member>"
        for it in actions
    )
    body = (
        f'<SimulatePrincipalPolicyResponse xmlns="{_IAM}"><SimulatePrincipalPolicyResult><IsTruncated>false'
        f"</IsTruncated><EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "</SimulatePrincipalPolicyResponse>"
    )
    return "200 OK", "text/xml", body.encode()


def apply() -> None:
    """Makes moto refuse what the account may not have, in calls and in stacks; once."""
    if not apply.done:
        _launches()
        _types()
        _offerings()
        _load_balancers()
        apply.done = True


apply.done = False


def _eligible() -> tuple[str, ...] | None:
    """The types that the account's plan has; None for all."""
    account = _now()
    return tuple(account.get("types", FREE_TYPES)) if account.get("plan") == "FREE" else None


def _launches() -> None:
    run = InstanceBackend.run_instances

    @functools.wraps(run)
    def run_instances(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind = kwargs.get("instance_type")
        eligible = _eligible()
        if eligible is not None and kind not in eligible:
            raise InvalidParameterCombination(SAYINGS["InvalidParameterCombination"].message)
        subnet = kwargs.get("subnet_id")
        zone = self.get_subnet(subnet).availability_zone if subnet else kwargs.get("placement")
        if kind in _now().get("zonesWithout", {}).get(zone, ()):
            raise EC2ClientError(
                "Unsupported",
                f"Your requested instance type ({kind}) is not supported in your requested Availability Zone ({zone}).",
            )
        if zone in lost_zones():
            raise EC2ClientError(
                "InsufficientInstanceCapacity",
                f"We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}).",
            )
        return run(self, *args, **kwargs)

    InstanceBackend.run_instances = run_instances


def _types() -> None:
    describe = InstanceTypeBackend.describe_instance_types

    @functools.wraps(describe)
    def describe_instance_types(
        self: Any, instance_types: list[str] | None = None, filters: Any = None
    ) -> list[Any]:
        eligible = _eligible()
        if eligible is None or not filters or _ELIGIBLE not in filters:
            return describe(self, instance_types, filters)
        others = {name: values for name, values in filters.items() if name != _ELIGIBLE}
        wanted = filters[_ELIGIBLE] == ["true"]
        found = describe(self, instance_types, others)
        return [it for it in found if (it["InstanceType"] in eligible) == wanted]

    InstanceTypeBackend.describe_instance_types = describe_instance_types


def _offerings() -> None:
    describe = InstanceTypeOfferingBackend.describe_instance_type_offerings

    @functools.wraps(describe)
    def describe_instance_type_offerings(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
        without = _now().get("zonesWithout", {})
        found = describe(self, *args, **kwargs)
        return [it for it in found if it["InstanceType"] not in without.get(it["Location"], ())]

    InstanceTypeOfferingBackend.describe_instance_type_offerings = describe_instance_type_offerings


def _load_balancers() -> None:
    for backend in (ELBv2Backend, ELBBackend):
        backend.create_load_balancer = _where_allowed(backend.create_load_balancer)


def _where_allowed(create: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(create)
    def create_load_balancer(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not _now().get("loadBalancers", True):
            code = "OperationNotPermitted"
            raise ELBClientError(code, SAYINGS[code].message)
        try:
            return create(self, *args, **kwargs)
        except InvalidSubnetIdError as error:  # EC2's word, which no client of load balancing knows
            raise SubnetNotFoundError from error

    return create_load_balancer
