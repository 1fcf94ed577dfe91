"""How fast an emulated instance answers, by the size of its type: the one table there is.

Nine processes on a laptop's cores would all look alike. So the application takes this long for a request, and serves
as many at a time as the instance type has vCPUs. Only ratios mean something: a t2.large is twice as fast as a t2.micro
and takes two at a time. Every report says that these times are set, not measured.
"""

_SERVICE_MILLIS = {"nano": 20, "micro": 10, "small": 10, "medium": 8, "large": 5}
_MILLIS_OF_LARGER_SIZES = 5


def service_millis(instance_type: str) -> int:
    """Milliseconds for one request on an instance of this type."""
    size = instance_type.rpartition(".")[2]
    return _SERVICE_MILLIS.get(size, _MILLIS_OF_LARGER_SIZES)
