"""Addresses of this machine for load balancers of every kind, each its own."""

import itertools

from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

_LAST_RESERVED_HOST = 9


def free_address() -> str:
    """The first address from 127.2.0.10 on that no load balancer has.

    A name below .localhost would not do: glibc and Java do not resolve those.
    """
    taken = {
        load_balancer.dns_name
        for backends in (elb_backends, elbv2_backends)
        for _, _, backend in backends.iter_backends()
        for load_balancer in backend.load_balancers.values()
    }
    hosts = (f"127.2.0.{host}" for host in itertools.count(_LAST_RESERVED_HOST + 1))
    return next(address for address in hosts if address not in taken)
