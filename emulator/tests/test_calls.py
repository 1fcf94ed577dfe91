"""Every call is noted under the name that the service's model gives it, and under whose it was."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.aws import Aws
from emulator.calls import rest_action


class Account:
    """An API of its own that notes its calls."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._aws = Aws(0, changed=lambda: None, calls=file)
        self._aws.start()

    def client(self, service: str, key: str = "TESTER", token: str | None = None) -> object:
        return boto3.client(
            service,
            endpoint_url=self._aws.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key="none",  # noqa: S106 - worth nothing
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def calls(self) -> list[str]:
        return self._file.read_text().splitlines()

    def stop(self) -> None:
        self._aws.stop()


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    found = Account(tmp_path / "calls.log")
    yield found
    found.stop()


def test_every_protocol_names_its_action(account: Account) -> None:
    account.client("ec2").describe_vpcs()  # query, as EC2 has it
    account.client("cloudformation").list_stacks()  # query
    account.client("logs").describe_log_groups()  # X-Amz-Target
    account.client("cloudwatch").list_metrics()  # whichever botocore prefers
    s3 = account.client("s3")
    s3.create_bucket(Bucket="a-bucket")
    s3.head_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="a/key", Body=b"x")
    with pytest.raises(ClientError):
        s3.get_bucket_tagging(Bucket="a-bucket")  # refused, and called all the same
    s3.list_object_versions(Bucket="a-bucket")
    s3.delete_objects(Bucket="a-bucket", Delete={"Objects": [{"Key": "a/key"}]})
    assert account.calls() == [
        "TESTER ec2 DescribeVpcs",
        "TESTER cloudformation ListStacks",
        "TESTER logs DescribeLogGroups",
        "TESTER monitoring ListMetrics",
        "TESTER s3 CreateBucket",
        "TESTER s3 HeadBucket",
        "TESTER s3 PutObject",
        "TESTER s3 GetBucketTagging",
        "TESTER s3 ListObjectVersions",
        "TESTER s3 DeleteObjects",
    ]


def test_a_roles_calls_bear_its_name(account: Account) -> None:
    """A role's calls must not count as permissions that the user needs."""
    role = "arn:aws:iam::123456789012:role/some-role"
    given = account.client("sts").assume_role(RoleArn=role, RoleSessionName="tester")["Credentials"]
    theirs = account.client("ec2", given["AccessKeyId"], given["SessionToken"])
    theirs.describe_vpcs()
    assert account.calls() == ["TESTER sts AssumeRole", "some-role ec2 DescribeVpcs"]


@pytest.mark.parametrize(
    ("method", "host", "path", "query", "headers", "expected"),
    [
        ("GET", "localhost:1", "/b", "list-type=2&prefix=x", {}, "ListObjectsV2"),
        ("GET", "b.localhost:1", "/", "list-type=2", {}, "ListObjectsV2"),
        ("GET", "b.localhost:1", "/a/key", "x-id=GetObject", {}, "GetObject"),
        ("GET", "localhost:1", "/", "", {}, "ListBuckets"),
        ("PUT", "localhost:1", "/b/k", "partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "localhost:1", "/b/k", "", {"HTTP_X_AMZ_COPY_SOURCE": "/b/o"}, "CopyObject"),
        ("PATCH", "localhost:1", "/b/k", "", {}, "?"),
    ],
)
def test_of_addresses_alike_the_most_demanding_fits(  # noqa: PLR0913, PLR0917 - a table
    method: str, host: str, path: str, query: str, headers: dict[str, str], expected: str
) -> None:
    environ = {"REQUEST_METHOD": method, "HTTP_HOST": host, "PATH_INFO": path}
    assert rest_action(environ | {"QUERY_STRING": query} | headers, "s3") == expected
