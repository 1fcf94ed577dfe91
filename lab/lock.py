"""One verb at a time may change or measure a lab."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from lab.errors import LabError
from lab.profile import STATE, Profile


@contextlib.contextmanager
def held(profile: Profile) -> Iterator[None]:
    """Keeps other runs of deploy.sh from the same lab; the lock goes with the process, however that ends.

    Raises:
        LabError: when another run is at work on it.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / f"{profile.name}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LabError(
                f"another ./deploy.sh (process {file.read().strip() or 'unknown'}) is at work on the lab of profile "
                f"{profile.name}; wait until it has ended, or end it with Ctrl-C"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
