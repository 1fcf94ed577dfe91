"""Access to AWS: one login, found once, for all calls of a verb and for every program that it starts."""

import functools
import logging
import os
import threading
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from lab import console
from lab.aws import login, problems
from lab.aws.handout import Handout
from lab.errors import LabError
from lab.profile import EMULATOR_KEY, EMULATOR_REGION, Profile

# They log each failed renewal with a stack trace; lab/aws/problems.py has words for it.
for _name in ("botocore.credentials", "botocore.tokens"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# Each variable: (key in the configuration file, environment variable, default, conversion); None is "not read".
_NOTHING_OF_THE_USERS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}

# By these a program would find a login of its own, each program another one. AMAZON_... are the CDK CLI's.
_LOGIN_VARIABLES = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_CREDENTIAL_EXPIRATION", "AWS_SECRET_KEY", "AWS_ACCESS_KEY"),
    *("AMAZON_ACCESS_KEY_ID", "AMAZON_SECRET_ACCESS_KEY", "AMAZON_SESSION_TOKEN"),
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    *("AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
)
_NO_LOGIN_OF_ITS_OWN = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What else of the profile in the configuration file a program must have.
_OTHER_SETTINGS = {
    "ca_bundle": "AWS_CA_BUNDLE",
    "endpoint_url": "AWS_ENDPOINT_URL",
    "use_fips_endpoint": "AWS_USE_FIPS_ENDPOINT",
    "use_dualstack_endpoint": "AWS_USE_DUALSTACK_ENDPOINT",
}
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

# What botocore reads about services (EC2's takes a good part of a second) is read once, not for every client.
_DATA = botocore.loaders.Loader()
_lock = threading.Lock()


def forget_empty_variables() -> None:
    """Makes an empty variable one that is not set: the programs of a lab differ in what they make of it."""
    for name, value in list(os.environ.items()):
        if not value.strip() and (name.startswith("AWS_") or name in _CERTIFICATES):
            del os.environ[name]


def _core(variables: dict[str, Any] | None = None) -> botocore.session.Session:
    core = botocore.session.Session(session_vars=variables)
    core.register_component("data_loader", _DATA)
    return core


def session(profile: Profile) -> boto3.Session:
    """AWS access of a profile: the environment's on AWS; dummy keys, and no one else's settings, on the emulator."""
    if profile.is_local:
        return boto3.Session(
            aws_access_key_id=EMULATOR_KEY,
            aws_secret_access_key="emulator",  # noqa: S106 - the emulator takes any
            region_name=EMULATOR_REGION,
            botocore_session=_core(_NOTHING_OF_THE_USERS),
        )
    return _session(_settings())


def _settings() -> tuple[tuple[str, str], ...]:
    """What decides which login is found."""
    return tuple(
        sorted((n, v) for n, v in os.environ.items() if n.startswith("AWS_") or n == "HOME")
    )


@functools.cache  # a login that asks for a code of MFA asks once
def _session(_settings: Any) -> boto3.Session:
    core = _core()
    # boto3 reads only AWS_DEFAULT_REGION; every other SDK and the CDK CLI read AWS_REGION
    found = boto3.Session(region_name=os.environ.get("AWS_REGION") or None, botocore_session=core)
    try:
        core.get_credentials()
    except ValueError as error:
        raise CredentialRetrievalError(
            provider="credential_process", error_msg=f"no proper JSON: {error}"
        ) from None
    return found


def client(profile: Profile, service: str, region: str | None = None) -> Any:
    """A client that cannot leave the emulator where the profile is local; in the profile's region without ``region``.

    Raises:
        LabError: without a region.
    """
    with _lock:  # a session makes one client at a time
        return _client(profile, service, region, _settings())


@functools.cache  # to make one takes a tenth of a second, and a verb asks for dozens
def _client(profile: Profile, service: str, region: str | None, _settings: Any) -> Any:
    access = session(profile)
    if not (region or access.region_name):
        raise LabError("no AWS region is set; export AWS_REGION=us-east-1 (or another)")
    return access.client(
        service,
        region_name=region,
        endpoint_url=profile.endpoint,
        config=Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=5,
            read_timeout=60,
            proxies={}
            if profile.is_local
            else None,  # the user's proxy cannot reach this machine's localhost
        ),
    )


def environment(profile: Profile) -> dict[str, str]:
    """The environment of a program that calls AWS: it has the lab's login and cannot find another one.

    Raises:
        BotoCoreError, ClientError: where there is no login.
    """
    variables = profile.environment()
    if profile.is_local:
        return variables
    access = session(profile)
    file = access._session.get_scoped_config()
    others = {to: file[key] for key, to in _OTHER_SETTINGS.items() if key in file}
    kept = {name: value for name, value in variables.items() if name not in _LOGIN_VARIABLES}
    region = access.region_name
    return (
        others
        | kept
        | _NO_LOGIN_OF_ITS_OWN
        | ({"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {})
        | _credentials(_settings())
    )


@functools.cache
def _credentials(settings: Any) -> dict[str, str]:
    found = _session(settings).get_credentials()
    if found is None:
        raise NoCredentialsError
    keys = found.get_frozen_credentials()
    if isinstance(found, RefreshableCredentials) and keys.token:
        return Handout(found, _warn_not_renewed).environment()
    token = {"AWS_SESSION_TOKEN": keys.token} if keys.token else {}
    return {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key} | token


def _warn_not_renewed(problem: Exception, end: datetime) -> None:
    said = problems.of(problem)
    more = " (in another terminal): what runs goes on with the new ones" if said.goes_on else ""
    console.warn(
        f"the AWS credentials end at {_clock(end)} and cannot be renewed: {said.found}. {said.cure}{more}"
    )


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M}"


def login_end(profile: Profile) -> datetime | None:
    """When the login ends for good and somebody must log in again; None where that is never, or not known.

    Raises:
        BotoCoreError, ClientError: where there is no login.
    """
    return None if profile.is_local else login.end(session(profile)._session)


def warn_unless_lasting(profile: Profile, minutes: int) -> None:
    """Says, before anything begins, that the login will not last for something that takes so long."""
    end = login_end(profile)
    left = end and round((end - datetime.now(UTC)).total_seconds() / 60)
    if end and left < minutes:
        console.warn(
            f"the AWS login ends at {_clock(end)}, in {max(0, left)} minutes, and this takes up to {minutes}: "
            f"{login.renewal(session(profile)._session)} first"
        )
