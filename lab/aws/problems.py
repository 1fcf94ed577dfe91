"""Why this machine gets no answer from AWS: its own settings, its login or its network, each with a cure.

What AWS itself refuses is in lab/refusals.py.
"""

import codecs
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore import exceptions
from botocore.exceptions import BotoCoreError

REPEAT = "then repeat the command"
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LOCAL = (BotoCoreError, RuntimeError)  # what ``of`` takes
_ENDED = "refreshed credentials are still expired"  # botocore says it with a plain RuntimeError


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what to do about it; ``goes_on``: what runs finds the new login by itself."""

    found: str
    cure: str
    goes_on: bool = False

    def __str__(self) -> str:
        return f"{self.found}: {self.cure}, {REPEAT}"


def chosen_profile() -> str | None:
    """The profile of AWS's configuration files that the environment names."""
    return os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")


def log_in(command: str = "aws sso login") -> str:
    """The command that begins a new session."""
    name = chosen_profile()
    return f"{command} --profile {name}" if name else command


def of(error: Exception) -> Problem:
    """What botocore could not do here; a RuntimeError that is none of botocore's is raised again."""
    if isinstance(error, RuntimeError):
        if _ENDED not in str(error):
            raise error
        return Problem(
            "the AWS credentials have expired, and what they come from has no new ones",
            "get new ones",
        )
    for kinds, problem in _KINDS:
        if isinstance(error, kinds):
            return problem(error)
    return Problem(
        f"AWS's settings on this machine cannot be used: {error}",
        "correct them (~/.aws/config, ~/.aws/credentials, variables that begin with AWS_)",
    )


def _none(_error: Exception) -> Problem:
    return Problem(
        "there are no AWS credentials on this machine",
        "export AWS_PROFILE=NAME where you have a profile, or run aws configure",
    )


def _half(error: Exception) -> Problem:
    return Problem(f"a part of the AWS credentials is missing ({error})", "set all of them")


def _no_profile(error: Exception) -> Problem:
    name = error.kwargs["profile"]
    return Problem(
        f"there is no profile {name} in ~/.aws/config or ~/.aws/credentials, and AWS_PROFILE names it",
        "export AWS_PROFILE with one that there is (aws configure list-profiles), or unset it",
    )


def _no_sso(_error: Exception) -> Problem:
    return Problem("there is no SSO login, or it has ended", log_in(), goes_on=True)


def _no_login(_error: Exception) -> Problem:
    return Problem(
        "the session of aws login has ended, or there is none", log_in("aws login"), goes_on=True
    )


def _no_library(error: Exception) -> Problem:
    return Problem(
        f"a library for this kind of login is missing ({error})", "run tools/setup python"
    )


def _mfa(_error: Exception) -> Problem:
    return Problem(
        "the session of a role that needs MFA has ended, and cannot be renewed without a new code",
        "raise duration_seconds in its profile",
    )


def _unreadable(error: Exception) -> Problem:
    path = error.kwargs["path"]
    if _has_mark(Path(path)):
        return Problem(
            f"{path} begins with a byte order mark (BOM), which AWS's tools do not read",
            "save it as UTF-8 without BOM",
        )
    # Only the line's number: the error quotes the line too, and that may be a secret key.
    line = re.search(r"line:?\s+(\d+)", str(error.kwargs.get("error", "")))
    where = f"{path}, line {line[1]}" if line else path
    return Problem(f"{where}: cannot be read as [profile] and key = value", "correct it")


def _has_mark(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(3).startswith(MARKS)
    except OSError:
        return False


def _not_given(error: Exception) -> Problem:
    return Problem(
        f"the program or service that the AWS credentials come from gave none ({_words(error)})",
        "look at credential_process or source_profile in ~/.aws/config",
    )


def _certificate(error: Exception) -> Problem:
    return Problem(
        f"the certificate of AWS's endpoint is not trusted: {error}",
        "where a proxy opens TLS, export AWS_CA_BUNDLE with the file of its certificate",
    )


def _unreachable(error: Exception) -> Problem:
    return Problem(
        f"AWS cannot be reached: {_words(error)}",
        "check the network, and HTTPS_PROXY if you need one",
    )


def _words(error: Exception) -> str:
    return " ".join(str(error).split())


# The first that fits counts.
_KINDS: tuple[tuple[Any, Callable[[Any], Problem]], ...] = (
    (exceptions.NoCredentialsError, _none),
    (exceptions.PartialCredentialsError, _half),
    (exceptions.ProfileNotFound, _no_profile),
    ((exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.NoAuthTokenError), _no_sso),
    (exceptions.LoginError, _no_login),
    (exceptions.MissingDependencyException, _no_library),
    (exceptions.RefreshWithMFAUnsupportedError, _mfa),
    (exceptions.ConfigParseError, _unreadable),
    ((exceptions.CredentialRetrievalError, exceptions.MetadataRetrievalError), _not_given),
    (exceptions.SSLError, _certificate),
    ((exceptions.HTTPClientError, exceptions.ConnectionError), _unreachable),
)
