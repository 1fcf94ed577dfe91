"""How long a login lasts. Most are renewed without anybody's doing; these are the others."""

import contextlib
from datetime import datetime
from typing import Any

import botocore.session
from botocore.credentials import RefreshableCredentials, SSOProvider
from botocore.exceptions import SSOTokenLoadError
from botocore.utils import JSONFileCache, SSOTokenLoader
from dateutil import parser, tz

from lab.aws.problems import log_in

# What tools that log in elsewhere note beside the keys in ~/.aws/credentials.
_NOTED_ENDS = ("x_security_token_expires", "aws_expiration")
_RENEWS = ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")


def end(core: botocore.session.Session) -> datetime | None:
    """When somebody must log in again; None where that is never, or not known."""
    credentials = core.get_credentials()
    if credentials is None:
        return None
    profiles = _profiles(core)
    if isinstance(credentials, RefreshableCredentials):
        if credentials.method == "env" or _needs_code(profiles):
            credentials.get_frozen_credentials()  # before the first one has no end
            return credentials._expiry_time
        return _end_of_sso(core, profiles)
    if credentials.method in ("shared-credentials-file", "config-file"):
        return next((_moment(profiles[0][key]) for key in _NOTED_ENDS if key in profiles[0]), None)
    return None


def renewal(core: botocore.session.Session) -> str:
    """What begins a new login."""
    profiles = _profiles(core)
    credentials = core.get_credentials()
    if isinstance(credentials, RefreshableCredentials) and credentials.method != "env":
        if _needs_code(profiles):
            return "raise duration_seconds in the role's profile"
        return log_in()
    return "get new keys"


def _profiles(core: botocore.session.Session) -> list[dict[str, Any]]:
    """The profile in use, then the one that its role is assumed from, and so on."""
    known = core.full_config.get("profiles", {})
    name = core.get_config_variable("profile") or "default"
    found: dict[str, dict[str, Any]] = {}
    while name and name not in found:
        found[name] = known.get(name, {})
        name = found[name].get("source_profile")
    return list(found.values())


def _needs_code(profiles: list[dict[str, Any]]) -> bool:
    return any("mfa_serial" in it for it in profiles)


def _end_of_sso(core: botocore.session.Session, profiles: list[dict[str, Any]]) -> datetime | None:
    """The end of a session of SSO that is not renewed: of the older form, without a section sso-session."""
    profile = next((it for it in profiles if "sso_account_id" in it), None)
    if profile is None:
        return None
    name = profile.get("sso_session")
    section = core.full_config.get("sso_sessions", {}).get(name, profile)
    load = SSOTokenLoader(JSONFileCache(SSOProvider._SSO_TOKEN_CACHE_DIR))
    with contextlib.suppress(SSOTokenLoadError):
        token = load(section.get("sso_start_url", ""), session_name=name)
        if not (name and all(key in token for key in _RENEWS)):
            return _moment(token["expiresAt"])
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = parser.parse(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=tz.tzutc())
