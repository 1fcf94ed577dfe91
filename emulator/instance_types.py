"""How fast an emulated instance works, by the size of its type: the one table there is.

Nine processes on a laptop's cores would all look alike. So the application waits for this long in place of a request's
work, for as many requests at a time as the instance type has vCPUs. Only ratios mean something: a vCPU of a t2.large is
twice as fast as that of a t2.micro, and it has two. Every report says that these times are set, not measured.
"""

_TIMES_THE_WORK = {"nano": 4, "micro": 2, "small": 2, "medium": 1.6, "large": 1}
_OF_LARGER_SIZES = 1


def service_millis(instance_type: str, work_millis: int) -> int:
    """Whole milliseconds that an instance of this type takes for work of so many milliseconds; 0 for no work."""
    size = instance_type.rpartition(".")[2]
    return round(work_millis * _TIMES_THE_WORK.get(size, _OF_LARGER_SIZES))
