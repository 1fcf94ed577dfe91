"""The protocol of the AWS SDK for Java, byte by byte: what it sends, and what it must be able to read."""

import gzip
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest

from emulator.aws import Aws
from emulator.tests.api import Api

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=LEADLINEEMULATOR/20260301/us-east-1/monitoring/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    aws = Aws(0, changed=lambda: None)
    aws.start()
    yield aws
    aws.stop()


@pytest.fixture
def api(server: Aws) -> Api:
    return Api(server.endpoint)


def call(api: Api, operation: str, body: bytes | dict, **headers: str) -> tuple[int, Any, Any]:
    if isinstance(body, dict):
        body = cbor2.dumps(body, datetime_as_timestamp=True)
    request = urllib.request.Request(  # noqa: S310 - our own endpoint
        f"{api.endpoint}/service/GraniteServiceVersion20100801/operation/{operation}",
        data=body,
        headers={
            "Content-Type": "application/cbor",
            "smithy-protocol": "rpc-v2-cbor",
            "Authorization": SIGNED,
            **headers,
        },
    )
    try:
        answer = urllib.request.urlopen(request)  # noqa: S310
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, cbor2.loads(answer.read(), tag_hook=keep_tag)


def keep_tag(_: Any, tag: Any) -> Any:
    return tag


def query(stat: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "TargetResponseTime",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/x/y"}],
    }
    return {
        "StartTime": NOON,
        "EndTime": NOON + timedelta(minutes=10),
        "ScanBy": "TimestampAscending",
        "MetricDataQueries": [
            {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        ],
    }


def data(minutes: int) -> dict[str, Any]:
    metric = query("Sum")["MetricDataQueries"][0]["MetricStat"]["Metric"]
    return {
        "Namespace": metric["Namespace"],
        "MetricData": [
            {
                "MetricName": metric["MetricName"],
                "Dimensions": metric["Dimensions"],
                "Timestamp": NOON + timedelta(minutes=minute, seconds=7.25),
                "Values": [0.25, 0.5],
                "Counts": [3.0, 1.0],
                "Unit": "Seconds",
            }
            for minute in range(minutes)
        ],
    }


def test_what_is_put_is_got_back_by_the_minute(api: Api) -> None:
    status, headers, answer = call(api, "PutMetricData", data(3))
    assert (status, answer) == (200, {})
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    assert headers["Content-Type"] == "application/cbor"

    for stat, expected in (("Sum", 1.25), ("SampleCount", 4.0), ("p50", 0.25), ("Maximum", 0.5)):
        _, _, answer = call(api, "GetMetricData", query(stat))
        (result,) = answer["MetricDataResults"]
        assert result["StatusCode"] == "Complete"
        assert result["Values"] == [expected] * 3
        assert all(isinstance(value, float) for value in result["Values"])
        assert result["Timestamps"] == [NOON + timedelta(minutes=m) for m in range(3)]


def test_timestamps_are_tagged_as_such(api: Api) -> None:
    # the SDK refuses a bare number
    call(api, "PutMetricData", data(1))
    body = cbor2.dumps(query("Sum"), datetime_as_timestamp=True)
    request = urllib.request.Request(  # noqa: S310
        f"{api.endpoint}/service/GraniteServiceVersion20100801/operation/GetMetricData",
        data=body,
        headers={"Content-Type": "application/cbor", "Authorization": SIGNED},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        raw = answer.read()
    assert b"\xc1" + cbor2.dumps(int(NOON.timestamp())) in raw  # tag 1: epoch


def test_a_compressed_request(api: Api) -> None:
    # the SDK compresses PutMetricData from 10 KB on
    body = gzip.compress(cbor2.dumps(data(10), datetime_as_timestamp=True))
    status, _, _ = call(api, "PutMetricData", body, **{"Content-Encoding": "gzip"})
    assert status == 200
    _, _, answer = call(api, "GetMetricData", query("SampleCount"))
    assert answer["MetricDataResults"][0]["Values"] == [4.0] * 10


def test_no_data_is_an_empty_answer(api: Api) -> None:
    _, _, answer = call(api, "GetMetricData", query("Sum"))
    assert answer["MetricDataResults"][0] == {
        "Id": "a",
        "Label": "TargetResponseTime",
        "Timestamps": [],
        "Values": [],
        "StatusCode": "Complete",
    }


def test_other_operations(api: Api) -> None:
    call(api, "PutMetricData", data(1))
    _, _, answer = call(api, "ListMetrics", {"Namespace": "AWS/ApplicationELB"})
    assert [metric["MetricName"] for metric in answer["Metrics"]] == ["TargetResponseTime"]
    assert call(api, "DescribeAlarms", {})[2] == {"MetricAlarms": [], "CompositeAlarms": []}


def test_an_error_is_said_in_cbor(api: Api) -> None:
    status, headers, answer = call(api, "GetMetricData", {**query("Sum"), "EndTime": NOON})
    assert status == 400
    assert answer["__type"].endswith("#ValidationException")
    assert "EndTime" in answer["message"]
    assert headers["x-amzn-query-error"] == "ValidationError;Sender"


def test_a_statistic_nobody_knows_is_an_error(api: Api) -> None:
    call(api, "PutMetricData", data(1))
    status, _, answer = call(api, "GetMetricData", query("median"))
    assert (status, "median" in answer["message"]) == (400, True)


@pytest.mark.parametrize(
    ("operation", "body", "status"),
    [("NoSuchThing", b"\xa0", 404), ("ListMetrics", b"\x1c", 400), ("ListMetrics", b"\x01", 400)],
)
def test_nonsense(api: Api, operation: str, body: bytes, status: int) -> None:
    found, _, answer = call(api, operation, body)
    assert found == status
    assert answer["__type"]


def test_the_other_protocols_see_the_same_metrics(api: Api) -> None:
    call(api, "PutMetricData", data(1))
    listed = api.cloudwatch.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    assert [metric["MetricName"] for metric in listed] == ["TargetResponseTime"]
