"""The class assignment's load test: one aiohttp session, every GET gathered at once.

    python -m e2e.assignment_client URL [--requests 1000] [--unlimited]

aiohttp opens at most 100 connections a session unless told otherwise, so the assignment's client as its
students write it has 100 requests in flight; ``--unlimited`` has them all.
"""

import argparse
import asyncio
import collections
import sys
import time
from dataclasses import dataclass

import aiohttp

# Longer than any answer takes; a request that never ends must not hang the client.
DEADLINE_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """What one volley of requests came to."""

    total_seconds: float
    statuses: collections.Counter[int | str]
    """How often each status came; a request without an answer counts under its error's name."""
    instances: collections.Counter[str]
    """How often each instance id answered."""


async def volley(url: str, requests: int, *, unlimited: bool) -> Outcome:
    """Sends all requests at once and waits for every one of them; an error is counted, never raised."""
    statuses: collections.Counter[int | str] = collections.Counter()
    instances: collections.Counter[str] = collections.Counter()

    async def get(session: aiohttp.ClientSession) -> None:
        try:
            async with session.get(url) as response:
                body = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            statuses[type(error).__name__] += 1
            return
        statuses[response.status] += 1
        if response.status == 200:
            instances[body["instance_id"]] += 1

    limits = {"connector": aiohttp.TCPConnector(limit=0)} if unlimited else {}
    timeout = aiohttp.ClientTimeout(total=DEADLINE_SECONDS)
    start = time.monotonic()
    async with aiohttp.ClientSession(timeout=timeout, **limits) as session:
        await asyncio.gather(*(get(session) for _ in range(requests)))
    return Outcome(time.monotonic() - start, statuses, instances)


def main() -> int:
    """Prints what the assignment's script prints, and which instance answered how often."""
    parser = argparse.ArgumentParser(prog="assignment_client", description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--unlimited", action="store_true", help="no limit on connections")
    options = parser.parse_args()
    outcome = asyncio.run(volley(options.url, options.requests, unlimited=options.unlimited))
    print(f"Total time taken: {outcome.total_seconds:.2f} seconds")
    print(f"Average time per request: {outcome.total_seconds / options.requests:.4f} seconds")
    print(f"Answers: {dict(outcome.statuses)}")
    for instance, answers in sorted(outcome.instances.items()):
        print(f"  {instance}: {answers}")
    return 0 if outcome.statuses == {200: options.requests} else 1


if __name__ == "__main__":
    sys.exit(main())
