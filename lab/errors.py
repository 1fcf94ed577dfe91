"""How a verb ends when it cannot do what it was asked."""

# Exit codes, documented in `deploy.sh help`.
FAILED = 1
USAGE = 2
INTERRUPTED = 130


class LabError(Exception):
    """A verb cannot go on. The message is what the user reads: what is wrong, and what to do about it."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code
