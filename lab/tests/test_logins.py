"""Whatever a person logs in with, the lab and the programs that it starts use that, as long as it lasts."""

import hashlib
import json
import os
import shlex
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.credentials import AssumeRoleProvider, ContainerProvider, SSOProvider
from botocore.tokens import SSOTokenProvider
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab import cli, doctor, lock, verbs
from lab.account import checks
from lab.aws import access, stack
from lab.deployment import deployment
from lab.deployment.options import Options
from lab.errors import LabError
from lab.profile import Profile
from lab.tests import stand_in
from lab.tests.conftest import PLAN
from lab.tests.stand_in import Logins, moment

AWS = Profile("aws")
SESSION = "[sso-session us]\nsso_start_url = https://us.example/start\nsso_region = us-east-1\n"
SSO = "sso_session = us\nsso_account_id = 123456789012\nsso_role_name = admin\n"
OLDER = (
    "sso_start_url = https://us.example/start\nsso_region = us-east-1\n"
    "sso_account_id = 123456789012\nsso_role_name = admin\n"
)
REFRESHES = {"refreshToken": "again", "clientId": "c", "clientSecret": "s"}
ROLE = "role_arn = arn:aws:iam::123456789012:role/admin\n"
KEYS = "[base]\naws_access_key_id = base\naws_secret_access_key = secret\n"


class Home:
    """A person's home directory, and what AWS's tools have in it."""

    def __init__(self, folder: Path, endpoint: str, patch: pytest.MonkeyPatch) -> None:
        """Makes this process one of a person who has the profile `work` and nothing else."""
        self.folder = folder / ".aws"
        cache = self.folder / "sso" / "cache"
        cache.mkdir(parents=True)
        self.endpoint = endpoint
        self.patch = patch
        for name in list(os.environ):
            if name.startswith(("AWS_", "AMAZON_")):
                patch.delenv(name)
        patch.setenv("HOME", str(folder))
        patch.setenv("AWS_PROFILE", "work")
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for provider in (SSOProvider, SSOTokenProvider):  # they look up HOME when they are imported
            patch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(cache))

    def configure(self, text: str, credentials: str | bytes = "") -> None:
        (self.folder / "config").write_text(f"[profile work]\nregion = eu-west-1\n{text}")
        raw = credentials if isinstance(credentials, bytes) else credentials.encode()
        (self.folder / "credentials").write_bytes(raw)

    def log_in(self, seconds: float = 8 * 3600, **more: str) -> None:
        """As `aws sso login` leaves it, for a session and for the older form."""
        content = {"accessToken": "token", "expiresAt": moment(seconds), **more}
        if "refreshToken" in more:
            content["registrationExpiresAt"] = moment(90 * 24 * 3600)
        for name in ("us", "https://us.example/start"):
            file = self.folder / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"  # noqa: S324
            file.write_text(json.dumps(content))


@pytest.fixture
def aws() -> Iterator[Logins]:
    with stand_in.running() as logins:
        yield logins


@pytest.fixture
def home(tmp_path: Path, aws: Logins, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A person's, in front of the stand-in."""
    return Home(tmp_path, aws.url, monkeypatch)


def key_of(environment: dict[str, str]) -> str:
    """The key that a program with this environment gets."""
    if "AWS_ACCESS_KEY_ID" in environment:
        return environment["AWS_ACCESS_KEY_ID"]
    return ContainerProvider(environment).load().get_frozen_credentials().access_key


def by_keys_in_the_environment(home: Home) -> None:
    home.patch.delenv("AWS_PROFILE")
    home.patch.setenv("AWS_ACCESS_KEY_ID", "environment")
    home.patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    home.patch.setenv("AWS_SESSION_TOKEN", "session")


def by_keys_that_end(home: Home) -> None:
    by_keys_in_the_environment(home)
    home.patch.setenv("AWS_CREDENTIAL_EXPIRATION", moment(7200))


def by_keys_in_a_file(home: Home) -> None:
    home.configure("", KEYS.replace("[base]", "[work]"))


def by_sso(home: Home) -> None:
    home.configure(SSO + SESSION)
    home.log_in(**REFRESHES)


def by_the_older_sso(home: Home) -> None:
    home.configure(OLDER)
    home.log_in()


def by_a_role_of_sso(home: Home) -> None:
    home.configure(f"{ROLE}source_profile = base\n[profile base]\n{SSO}{SESSION}")
    home.log_in(**REFRESHES)


def by_a_program(home: Home) -> None:
    given = {"Version": 1, "AccessKeyId": "program", "SecretAccessKey": "secret"}
    given |= {"SessionToken": "session", "Expiration": moment(3600)}
    command = shlex.join(["printf", "%s", json.dumps(given)])
    home.configure(f"credential_process = {command}\n")


def by_an_instance(home: Home) -> None:
    home.configure("")
    home.patch.delenv("AWS_EC2_METADATA_DISABLED")
    home.patch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", home.endpoint)


def by_a_container(home: Home) -> None:
    """CloudShell's way."""
    home.configure("")
    home.patch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{home.endpoint}/latest/role")
    home.patch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "theirs")


def by_aws_login(home: Home) -> None:
    home.configure("login_session = arn:aws:iam::123456789012:user/me\n")
    cache = home.folder / "login" / "cache"
    cache.mkdir(parents=True)
    home.patch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(cache))
    name = hashlib.sha256(b"arn:aws:iam::123456789012:user/me").hexdigest()
    token = {
        "accessToken": {
            "accessKeyId": "ended",
            "secretAccessKey": "secret",
            "sessionToken": "session",
            "accountId": "123456789012",
            "expiresAt": moment(-60),
        },
        "refreshToken": "again",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": ec.generate_private_key(ec.SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        .decode(),
    }
    (cache / f"{name}.json").write_text(json.dumps(token))


@pytest.mark.parametrize(
    ("log_in", "key"),
    [
        (by_keys_in_the_environment, "environment"),
        (by_keys_that_end, "environment"),
        (by_keys_in_a_file, "base"),
        (by_sso, "sso-1"),
        (by_the_older_sso, "sso-1"),
        (by_a_role_of_sso, "role-2"),
        (by_a_program, "program"),
        (by_an_instance, "instance-1"),
        (by_a_container, "instance-1"),
        (by_aws_login, "login-1"),
    ],
)
def test_a_login_of_any_kind_is_the_labs_and_its_programs(
    log_in: Callable[..., None],
    key: str,
    home: Home,
) -> None:
    log_in(home)
    home.patch.setenv("AWS_REGION", "us-east-1")
    assert stack.identity(AWS) == ("123456789012", "us-east-1")
    environment = access.environment(AWS)
    assert key_of(environment) == key
    assert stack.client(AWS, "ec2")._get_credentials().get_frozen_credentials().access_key == key
    # by none of these a program could find another login
    assert not {"AWS_PROFILE", "AWS_CREDENTIAL_EXPIRATION"} & environment.keys()
    assert (
        environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    )
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") != "theirs"


def test_what_else_the_profile_says_reaches_the_programs(home: Home) -> None:
    home.configure(f"ca_bundle = /etc/campus.pem\n{SSO}{SESSION}")
    home.log_in()
    environment = access.environment(AWS)
    assert environment["AWS_CA_BUNDLE"] == "/etc/campus.pem"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_nobody_else_gets_the_keys(home: Home) -> None:
    by_sso(home)
    environment = access.environment(AWS)
    for given in ({}, {"Authorization": "guessed"}, {"Authorization": "é"}):
        request = urllib.request.Request(  # noqa: S310 - our own
            environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
            headers={name: value.encode().decode("latin-1") for name, value in given.items()},
        )
        with pytest.raises(urllib.error.HTTPError, match="401") as refusal:
            urllib.request.urlopen(request)  # noqa: S310
        refusal.value.close()


def test_a_session_that_ends_in_the_middle_goes_on_with_the_next_login(
    home: Home, aws: Logins, capsys: pytest.CaptureFixture[str]
) -> None:
    # a key that ends soon is renewed at every question
    aws.key_seconds = 300
    by_the_older_sso(home)
    environment = access.environment(AWS)
    first = key_of(environment)
    assert key_of(environment) != first
    aws.good_tokens.clear()
    last = f"sso-{aws.given}"
    assert [key_of(environment), key_of(environment)] == [last, last]
    said = capsys.readouterr().err
    assert said.count("cannot be renewed") == 1
    assert "aws sso login --profile work (in another terminal): what runs goes on" in said
    home.log_in(accessToken="another")
    aws.good_tokens.add("another")
    assert key_of(environment) != last


def test_ended_keys_are_not_handed_on(home: Home, aws: Logins) -> None:
    aws.key_seconds = 1.5
    by_the_older_sso(home)
    environment = access.environment(AWS)
    aws.good_tokens.clear()
    request = urllib.request.Request(  # noqa: S310 - our own
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        headers={"Authorization": environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
    )
    deadline = time.monotonic() + 10
    with pytest.raises(urllib.error.HTTPError, match="400") as refusal:  # noqa: PT012
        while time.monotonic() < deadline:
            urllib.request.urlopen(request).close()  # noqa: S310
    assert json.loads(refusal.value.read())["Code"] == "ExpiredToken"


def test_a_token_is_renewed_while_its_session_lasts(home: Home, aws: Logins) -> None:
    home.configure(SSO + SESSION)
    home.log_in(seconds=60, **REFRESHES)
    aws.good_tokens = {"new"}
    aws.refresh_tokens = {"again": "new"}
    assert key_of(access.environment(AWS)) == "sso-1"
    assert access.login_end(AWS) is None


def test_a_code_is_asked_for_once(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    codes = ["123456"]
    ask = AssumeRoleProvider.__init__
    defaults = (lambda _prompt: codes.pop(), *ask.__defaults__[1:])
    home.patch.setattr(ask, "__defaults__", defaults)
    serial = "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    home.configure(f"{ROLE}source_profile = base\n{serial}", KEYS)
    access.warn_unless_lasting(AWS, 90)
    said = capsys.readouterr().err
    assert "in 60 minutes, and this takes up to 90: raise duration_seconds" in said
    assert stack.identity(AWS)[0] == "123456789012"
    assert (
        stack.client(AWS, "ec2")._get_credentials().get_frozen_credentials().access_key == "role-1"
    )
    assert key_of(access.environment(AWS)) == "role-1"


@pytest.mark.parametrize(
    ("log_in", "cure"),
    [(by_the_older_sso, "aws sso login --profile work"), (by_keys_that_end, "get new keys")],
)
def test_up_and_bench_say_before_they_begin_that_a_login_will_not_last(
    log_in: Callable[..., None],
    cure: str,
    home: Home,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_in(home)
    home.log_in(seconds=20 * 60)
    if "AWS_CREDENTIAL_EXPIRATION" in os.environ:
        home.patch.setenv("AWS_CREDENTIAL_EXPIRATION", moment(20 * 60))
    for rounds, needed in ((6, 66), (0, None)):
        options = Options(yes=True, rounds=rounds)
        deployment.agree(AWS, options, PLAN, "123456789012", "us-east-1")
        said = capsys.readouterr().err
        note = f"in 20 minutes, and this takes up to {needed}: {cure} first" if needed else ""
        assert (note in said) if note else not said

    def begun(*_: object) -> None:
        raise LabError("begun")

    home.patch.setattr(verbs, "_complete", lambda _options: AWS)
    home.patch.setattr(lock, "held", begun)
    assert cli.main(["bench", "--profile", "aws"]) == 1
    note, _ = capsys.readouterr().err.split("error: begun")
    assert f"in 20 minutes, and this takes up to 54: {cure} first" in note


def test_keys_that_only_the_environment_has_cannot_go_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    access._warn_not_renewed(
        RuntimeError("the refreshed credentials are still expired."), datetime.now(UTC)
    )
    assert capsys.readouterr().err.endswith("no new ones. get new ones\n")


def test_doctor_says_until_when_a_login_lasts(home: Home) -> None:
    by_the_older_sso(home)
    end = datetime.now().astimezone() + timedelta(minutes=90)
    home.log_in(seconds=90 * 60)
    assert checks._credentials(AWS, None).found in (
        f"account 123456789012, until {moment:%H:%M}"
        for moment in (end, end - timedelta(minutes=1))
    )
    home.configure(SSO + SESSION)
    home.log_in(**REFRESHES)
    access._session.cache_clear()
    assert checks._credentials(AWS, None).found == "account 123456789012"


def unknown_profile(home: Home) -> None:
    home.patch.setenv("AWS_PROFILE", "wrok")


def no_login(home: Home) -> None:
    home.configure(SSO + SESSION)


def ended_login(home: Home) -> None:
    home.configure(OLDER)
    home.log_in(seconds=-60)


def bom(home: Home) -> None:
    home.configure("", b"\xef\xbb\xbf" + KEYS.replace("[base]", "[work]").encode())


def utf_16(home: Home) -> None:
    home.configure("", KEYS.replace("[base]", "[work]").encode("utf-16"))


def malformed(home: Home) -> None:
    home.configure("", "[work]\naws_access_key_id = me\nmysecretkey\n")


def ended_keys(home: Home) -> None:
    by_keys_in_the_environment(home)
    home.patch.setenv("AWS_CREDENTIAL_EXPIRATION", moment(-60))


def failing_program(home: Home) -> None:
    code = "import sys; sys.exit('no smart card')"
    home.configure(f"credential_process = {shlex.join([sys.executable, '-c', code])}\n")


def talking_program(home: Home) -> None:
    home.configure("credential_process = echo hello\n")


def no_network(home: Home) -> None:
    by_keys_in_the_environment(home)
    home.patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    home.patch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)  # between tries


@pytest.mark.parametrize(
    ("spoil", "found", "cure"),
    [
        (unknown_profile, "there is no profile wrok", "aws configure list-profiles"),
        (no_login, "there is no SSO login", "aws sso login --profile work"),
        (ended_login, "there is no SSO login, or it has ended", "aws sso login --profile work"),
        (bom, "credentials begins with a byte order mark", "save it as UTF-8 without BOM"),
        (utf_16, "credentials begins with a byte order mark", "save it as UTF-8 without BOM"),
        (malformed, "credentials, line 3: cannot be read", "correct it"),
        (ended_keys, "the AWS credentials have expired", "get new ones"),
        (failing_program, "gave none", "credential_process"),
        (talking_program, "no proper JSON", "credential_process"),
        (no_network, "AWS cannot be reached", "check the network"),
    ],
)
@pytest.mark.usefixtures("state")
def test_a_mistake_on_this_machine_is_not_said_to_be_awss(
    spoil: Callable[..., None],
    found: str,
    cure: str,
    home: Home,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home.patch.setenv("AWS_REGION", "us-east-1")
    home.patch.setattr(doctor, "machine", lambda *_: [])
    spoil(home)
    for verb in (["status", "--profile", "aws"], ["doctor", "--profile", "aws"]):
        access._session.cache_clear()
        assert cli.main(verb) == 1
        shown = capsys.readouterr()
        said = shown.err + shown.out
        assert found in said, said
        assert cure in said, said
        assert "AWS refused a call" not in said
        assert "mysecretkey" not in said
        assert "Traceback" not in said


@pytest.mark.usefixtures("account", "state")
def test_an_empty_variable_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "")
    assert cli.main(["status", "--profile", "aws"]) == 2
    assert "there is no stack Leadline in this account" in capsys.readouterr().err
