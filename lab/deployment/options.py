"""What the user asked for on the command line."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """What the user asked for on the command line."""

    yes: bool = False
    context: dict[str, str] = field(default_factory=dict)
    service_times: bool = True
    port: int | None = None
