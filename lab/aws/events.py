"""CloudFormation's events as they come, while a stack is made, changed or removed: it takes minutes."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import console

POLL_SECONDS = 5.0
# An instance sends its signal minutes after it began; so long without a line, what is under way is named.
SILENCE_SECONDS = 60.0
NAMED = 3
LAST_SECONDS = 10.0


@contextlib.contextmanager
def shown(
    cloudformation: Any,
    name: str,
    poll_seconds: float = POLL_SECONDS,
    say: Callable[[str], None] = console.say,
) -> Iterator[None]:
    """Prints each event of the stack that comes while the block runs, until the last one.

    Args:
        cloudformation: the client to ask; a call that is refused or gets no answer is tried again with the next poll.
        name: of the stack; it need not be there yet.
        poll_seconds: between two questions.
        say: prints a line.
    """
    seen = _Events(cloudformation, name, say)
    over = threading.Event()

    def follow() -> None:
        while not over.wait(poll_seconds):
            seen.look()

    follower = threading.Thread(target=follow, name=f"events of {name}", daemon=True)
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join(LAST_SECONDS)
        if (
            not follower.is_alive()
        ):  # it hangs in a call: an interrupted verb does not wait for that
            seen.look()


class _Events:
    """What was printed already. Not thread-safe."""

    def __init__(self, cloudformation: Any, name: str, say: Callable[[str], None]) -> None:
        self._cloudformation, self._name, self._say = cloudformation, name, say
        self._under_way: dict[str, None] = {}
        self._spoke = time.monotonic()
        self._id = name
        self._last = self._newest()

    def look(self) -> None:
        """Prints what is new, or what is under way if nothing was printed for long."""
        for event in self._new():
            self._last = event["EventId"]
            # By its name a stack is found only until it is deleted.
            self._id = event["StackId"]
            self._take(event)
        now = time.monotonic()
        if self._under_way and now - self._spoke >= SILENCE_SECONDS:
            names = list(self._under_way)
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            self._print(f"        still under way: {', '.join(names[:NAMED])}{more}")

    def _newest(self) -> str | None:
        """The event before all that is to be shown; None for a stack that is not there yet."""
        with contextlib.suppress(ClientError, BotoCoreError):
            events = self._cloudformation.describe_stack_events(StackName=self._name)["StackEvents"]
            if events:
                self._id = events[0]["StackId"]
                return events[0]["EventId"]
        return None

    def _new(self) -> list[dict[str, Any]]:
        """The events since the last one, the oldest first; none where they cannot be read now."""
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        try:
            while True:
                page = self._cloudformation.describe_stack_events(StackName=self._id, **more)
                for event in page["StackEvents"]:
                    if event["EventId"] == self._last:
                        return found[::-1]
                    found.append(event)
                if "NextToken" not in page:
                    return found[::-1]
                more = {"NextToken": page["NextToken"]}
        except (ClientError, BotoCoreError):
            return []

    def _take(self, event: dict[str, Any]) -> None:
        what, status = event["LogicalResourceId"], event["ResourceStatus"]
        if status.endswith("_IN_PROGRESS") and what != self._name:
            self._under_way[what] = None
            return
        self._under_way.pop(what, None)
        when = event["Timestamp"].astimezone().strftime("%H:%M:%S")
        kind = event.get("ResourceType", "").removeprefix("AWS::")
        why = event.get("ResourceStatusReason", "") if status.endswith("_FAILED") else ""
        self._print(f"        {when}  {status:<20} {kind:<36} {what}{': ' + why if why else ''}")

    def _print(self, line: str) -> None:
        self._say(line)
        self._spoke = time.monotonic()
