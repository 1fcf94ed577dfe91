"""This machine's public address, as a service of Amazon's sees it."""

import ipaddress
import urllib.request

SERVICE = "https://checkip.amazonaws.com"
TIMEOUT_SECONDS = 5
LONGEST_ANSWER_BYTES = 64


def own_range(service: str = SERVICE) -> str | None:
    """The range that holds this machine's public IPv4 address alone, or None where it cannot be found out."""
    try:
        with urllib.request.urlopen(service, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - a constant
            text = answer.read(LONGEST_ANSWER_BYTES).decode("ascii").strip()
        return f"{ipaddress.IPv4Address(text)}/32"
    except (OSError, ValueError):
        return None


def includes(allowed: str, own: str) -> bool:
    """Whether the range lets that address in; a range that cannot be read does not."""
    try:
        return ipaddress.IPv4Network(own).subnet_of(ipaddress.IPv4Network(allowed, strict=False))
    except ValueError:
        return False
