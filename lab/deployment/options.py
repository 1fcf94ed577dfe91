"""What the user asked for on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """What the user asked for on the command line.

    ``burst`` is how many requests the benchmark will send at once, and ``rounds`` how many bursts it measures of each
    path through each balancer; 0 without a benchmark. Without ``checks`` a check that fails does not stop a deployment.
    ``flags`` are the options as they were written, but for -c: without dashes, None for those without a value.
    """

    yes: bool = False
    context: dict[str, str] = field(default_factory=dict)
    service_times: bool = True
    port: int | None = None
    burst: int = 0
    rounds: int = 0
    checks: bool = True
    flags: Mapping[str, str | None] = field(default_factory=dict)
