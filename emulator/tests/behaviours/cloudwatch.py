"""What the patches of CloudWatch make true."""

import json
import struct
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from botocore.exceptions import ClientError

from emulator.tests.api import Api

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _put(api: Api, namespace: str, seconds: float, **datum: Any) -> None:
    """Puts a datum of metric M some seconds after noon."""
    moment = NOON + timedelta(seconds=seconds)
    api.cloudwatch.put_metric_data(
        Namespace=namespace, MetricData=[{"MetricName": "M", "Timestamp": moment, **datum}]
    )


def _get(api: Api, *statistics: str, dimensions: tuple = (), period: int = 60) -> list[dict]:
    """Asks for metric M of namespace A from 11:59:30 to 12:05, the oldest first."""
    metric = {"Namespace": "A", "MetricName": "M", "Dimensions": list(dimensions)}
    return api.cloudwatch.get_metric_data(
        StartTime=NOON - timedelta(seconds=30),
        EndTime=NOON + timedelta(minutes=5),
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            {"Id": f"q{i}", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
            for i, statistic in enumerate(statistics)
        ],
    )["MetricDataResults"]


def stored_by_metric(api: Api) -> None:
    for second in range(100):
        _put(api, "A", second, Values=[0.01, 0.02], Counts=[500, 500])
    began = datetime.now(UTC)
    results = _get(api, *["SampleCount"] * 200)
    assert (datetime.now(UTC) - began).total_seconds() < 3
    assert [sum(result["Values"]) for result in results] == [100_000] * 200


def statistics_of_metric_data(api: Api) -> None:
    mine = ({"Name": "X", "Value": "1"},)
    _put(api, "A", 0, Values=[1.0, 2.0, 10.0], Counts=[2, 1, 1], Dimensions=mine)
    _put(api, "A", 59, Value=6.0, Dimensions=mine)
    _put(api, "A", 60, Value=7.0, Dimensions=mine)
    _put(api, "B", 1, Value=99.0, Dimensions=mine)  # another namespace
    _put(api, "A", 1, Value=99.0)  # without the dimension it is another metric
    asked = ("Sum", "SampleCount", "Minimum", "Maximum", "Average", "p50", "p90", "TC(1:6)")
    results = _get(api, *asked, dimensions=mine)
    assert {tuple(result["Timestamps"]) for result in results} == {
        (NOON, NOON + timedelta(minutes=1))
    }
    first = dict(zip(asked, (result["Values"][0] for result in results), strict=True))
    assert first == {
        "Sum": 20.0,
        "SampleCount": 5.0,
        "Minimum": 1.0,
        "Maximum": 10.0,
        "Average": 4.0,
        "p50": 2.0,
        "p90": 8.4,
        "TC(1:6)": 2.0,
    }


def metric_statistics(api: Api) -> None:
    _put(api, "A", 10, Values=[1.0, 3.0], Counts=[1, 3])
    answer = api.cloudwatch.get_metric_statistics(
        Namespace="A",
        MetricName="M",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
        ExtendedStatistics=["p50"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Timestamp"], point["Sum"]) == (NOON, 10.0)
    assert point["ExtendedStatistics"] == {"p50": 3.0}


def listed_metrics(api: Api) -> None:
    for value in ("1", "2"):
        _put(api, "A", 0, Values=[1.0], Counts=[1000], Dimensions=[{"Name": "X", "Value": value}])
    for value in (1.0, 2.0):
        _put(api, "B", 0, Value=value)
    assert len(api.cloudwatch.list_metrics(Namespace="B")["Metrics"]) == 1
    listed = api.cloudwatch.list_metrics(Namespace="A")["Metrics"]
    assert [m["Dimensions"][0]["Value"] for m in listed] == ["1", "2"]
    chosen = api.cloudwatch.list_metrics(Dimensions=[{"Name": "X", "Value": "2"}])["Metrics"]
    assert len(chosen) == 1


def only_what_aws_publishes(api: Api) -> None:
    alb = {"Name": "LoadBalancer", "Value": "app/x/y"}
    group = {"Name": "TargetGroup", "Value": "targetgroup/g/z"}
    names = ("HealthyHostCount", "RequestCount", "RequestProcessingTime")
    for namespace in ("AWS/ApplicationELB", "Leadline"):
        api.cloudwatch.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {"MetricName": name, "Dimensions": dimensions, "Value": 1.0}
                for name in names
                for dimensions in ([alb], [alb, group])
            ],
        )
    assert len(api.cloudwatch.list_metrics(Namespace="Leadline")["Metrics"]) == 6
    listed = api.cloudwatch.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    assert [(it["MetricName"], len(it["Dimensions"])) for it in listed] == [
        ("HealthyHostCount", 2),
        ("RequestCount", 1),
        ("RequestCount", 2),
    ]
    counted = ("RequestCount", "TargetResponseTime", "ProcessedBytes", "HealthyHostCount")
    api.cloudwatch.put_metric_data(
        Namespace="AWS/NetworkELB",
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": 1.0}
            for name in counted
            for dimensions in ([alb], [alb, group])
        ],
    )
    listed = api.cloudwatch.list_metrics(Namespace="AWS/NetworkELB")["Metrics"]
    assert [(it["MetricName"], len(it["Dimensions"])) for it in listed] == [
        ("NewFlowCount", 1),
        ("ProcessedBytes", 1),
        ("HealthyHostCount", 2),
    ]
    classic = {"Name": "LoadBalancerName", "Value": "x"}
    counted = ("RequestCount", "TargetResponseTime", "HTTPCode_Target_2XX_Count", "ProcessedBytes")
    api.cloudwatch.put_metric_data(
        Namespace="AWS/ELB",
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": 1.0}
            for name in counted
            for dimensions in ([classic], [classic, group])
        ],
    )
    listed = api.cloudwatch.list_metrics(Namespace="AWS/ELB")["Metrics"]
    assert [(it["MetricName"], len(it["Dimensions"])) for it in listed] == [
        ("RequestCount", 1),
        ("Latency", 1),
        ("HTTPCode_Backend_2XX", 1),
    ]


def metric_widget_image(api: Api) -> None:
    now = datetime.now(UTC)
    for minutes, value in ((2, 10.0), (1, 90.0)):
        _put(api, "W", (now - NOON).total_seconds() - 60 * minutes, Value=value)

    def asked(**widget: Any) -> bytes:
        text = json.dumps({"metrics": [["W", "M", {"period": 60}]], "start": "-PT10M"} | widget)
        return api.cloudwatch.get_metric_widget_image(MetricWidget=text)["MetricWidgetImage"]

    image = asked(width=300, height=200)
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", image[16:24]) == (300, 200)
    assert image != asked(width=300, height=200, metrics=[["W", "nothing"]])
    for wrong in ({"metrics": []}, {"metrics": [["W"]]}, {"start": "soon"}, {"width": 1}):
        with pytest.raises(ClientError) as refused:
            asked(**wrong)
        assert refused.value.response["Error"]["Code"] == "ValidationError", wrong


def cbor(api: Api) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own endpoint
        f"{api.endpoint}/service/GraniteServiceVersion20100801/operation/ListMetrics",
        data=cbor2.dumps({}),
        headers={
            "Content-Type": "application/cbor",
            "smithy-protocol": "rpc-v2-cbor",
            "Authorization": "AWS4-HMAC-SHA256 Credential=K/20260301/us-east-1/monitoring/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert cbor2.loads(answer.read()) == {"Metrics": []}
