"""Logins that end: SSO as AWS's SDKs use it, and keys that are refused after their time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.aws import Aws

ASKED = {"roleName": "admin", "accountId": "123456789012"}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Aws, Path]]:
    file = tmp_path_factory.mktemp("logins") / "logins.json"
    aws = Aws(0, changed=lambda: None, logins=file)
    aws.start()
    yield aws, file
    aws.stop()


def client(aws: Aws, service: str, **keys: str) -> Any:
    config = Config(
        retries={"total_max_attempts": 1}, **({} if keys else {"signature_version": UNSIGNED})
    )
    return boto3.client(
        service, endpoint_url=aws.endpoint, region_name="us-east-1", config=config, **keys
    )


def key_for(aws: Aws, token: str) -> dict[str, str]:
    given = client(aws, "sso").get_role_credentials(accessToken=token, **ASKED)["roleCredentials"]
    return {
        "aws_access_key_id": given["accessKeyId"],
        "aws_secret_access_key": given["secretAccessKey"],
        "aws_session_token": given["sessionToken"],
    }


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_a_token_gives_keys_as_long_as_its_session_lasts(aws: tuple[Aws, Path]) -> None:
    api, file = aws
    file.write_text(json.dumps({"tokens": ["one"]}))
    identity = client(api, "sts", **key_for(api, "one")).get_caller_identity()
    assert identity["Account"] == "123456789012"
    file.write_text("{}")
    asking = client(api, "sso").get_role_credentials
    assert code_of(asking, accessToken="one", **ASKED) == "UnauthorizedException"


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("ec2", "describe_instances", "RequestExpired"),
        ("cloudformation", "list_stacks", "ExpiredToken"),
        ("resourcegroupstaggingapi", "get_resources", "ExpiredTokenException"),
    ],
)
def test_a_key_is_refused_after_its_end(
    service: str, call: str, code: str, aws: tuple[Aws, Path]
) -> None:
    api, file = aws
    file.write_text(json.dumps({"tokens": ["one"], "keySeconds": 0}))
    assert code_of(getattr(client(api, service, **key_for(api, "one")), call)) == code


def test_a_refresh_token_is_exchanged(aws: tuple[Aws, Path]) -> None:
    api, file = aws
    file.write_text(json.dumps({"refreshTokens": {"again": "two"}}))
    asking = client(api, "sso-oidc").create_token
    asked = {"clientId": "c", "clientSecret": "s", "grantType": "refresh_token"}
    assert asking(**asked, refreshToken="again")["accessToken"] == "two"
    assert code_of(asking, **asked, refreshToken="used") == "InvalidGrantException"
