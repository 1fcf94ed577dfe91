"""CloudWatch: metrics by namespace and dimensions, whole minutes, percentiles."""

import json
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from emulator import widget
from emulator.metrics import Identity, MetricStore, UnknownStatisticError
from emulator.published import published


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    stored_by_metric()
    statistics_of_metric_data()
    metric_statistics()
    listed_metrics()
    only_what_aws_publishes()
    metric_widget_image()


def store_of(backend: CloudWatchBackend) -> MetricStore:
    """The samples of one account and region."""
    if not hasattr(backend, "metric_store"):
        backend.metric_store = MetricStore()
    return backend.metric_store


def _identity(namespace: str, name: str, dimensions: list[dict[str, str]] | None) -> Identity:
    return namespace, name, frozenset((d["Name"], d["Value"]) for d in dimensions or [])


def _second(moment: datetime | None) -> int:
    """moto hands over naive datetimes, in UTC."""
    moment = moment or utcnow()
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def stored_by_metric() -> None:
    """moto keeps an object for every sample ever sent and walks all of them for every period of every query.

    A bench run sends some hundred thousand; reading them took minutes.
    """
    validate = CloudWatchBackend._validate_parameters_put_metric_data

    def put_metric_data(
        self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        for number, datum in enumerate(metric_data, start=1):
            validate(self, datum, number)
        store = store_of(self)
        for datum in metric_data:
            identity = _identity(namespace, datum["MetricName"], datum.get("Dimensions"))
            second = _second(datum.get("Timestamp"))
            if datum.get("StatisticValues"):
                given = datum["StatisticValues"]
                names = ("SampleCount", "Sum", "Minimum", "Maximum")
                store.put_set(identity, second, tuple(float(given[name]) for name in names))
            elif datum.get("Values"):
                values = [float(value) for value in datum["Values"]]
                counts = [float(count) for count in datum.get("Counts") or [1] * len(values)]
                if len(counts) != len(values):
                    raise InvalidParameterValue("Values and Counts must have the same length.")
                store.put(identity, second, zip(values, counts, strict=True))
            else:
                store.put(identity, second, [(float(datum.get("Value", 0)), 1)])

    CloudWatchBackend.put_metric_data = put_metric_data


def statistics_of_metric_data() -> None:
    """moto mixes up namespaces, lets periods begin anywhere, repeats the last one and has no percentiles."""
    original = CloudWatchBackend.get_metric_data

    def get_metric_data(
        self: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampDescending",
    ) -> list[dict[str, Any]]:
        if start_time >= end_time:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        answers = []
        for query in queries:
            if "Expression" in query:
                answers += original(self, [query], start_time, end_time, scan_by)
                continue
            stat = query["MetricStat"]
            metric = stat["Metric"]
            identity = _identity(
                metric["Namespace"], metric["MetricName"], metric.get("Dimensions")
            )
            found = _statistics(self, identity, start_time, end_time, stat["Period"], stat["Stat"])
            if scan_by == "TimestampDescending":
                found.reverse()
            if query.get("ReturnData", True):
                answers.append(
                    {
                        "id": query["Id"],
                        "label": query.get("Label") or metric["MetricName"],
                        "timestamps": [moment for moment, _ in found],
                        "values": [value for _, value in found],
                        "status_code": "Complete",
                    }
                )
        return answers

    CloudWatchBackend.get_metric_data = get_metric_data


def _statistics(  # noqa: PLR0917, PLR0913 - the API's own parameters
    backend: CloudWatchBackend,
    identity: Identity,
    start: datetime,
    end: datetime,
    period: int,
    name: str,
) -> list[tuple[datetime, float]]:
    periods = store_of(backend).periods(identity, _second(start), _second(end), int(period))
    try:
        found = [(begin, samples.statistic(name)) for begin, samples in periods.items()]
    except UnknownStatisticError:
        raise ValidationError(f"The value {name} for parameter Stat is not supported.") from None
    return [
        (datetime.fromtimestamp(begin, UTC).replace(tzinfo=None), value)
        for begin, value in found
        if value is not None
    ]


def metric_statistics() -> None:
    """GetMetricStatistics from the same samples; moto ignores ExtendedStatistics (percentiles)."""

    def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
        name = self._get_param("MetricName")
        identity = _identity(self._get_param("Namespace"), name, self._get_param("Dimensions", []))
        start, end = self._get_param("StartTime"), self._get_param("EndTime")
        if start >= end:
            raise InvalidParameterValue(
                "The parameter StartTime must be less than the parameter EndTime."
            )
        points: dict[datetime, dict[str, Any]] = {}
        plain = self._get_param("Statistics", []) or []
        extended = self._get_param("ExtendedStatistics", []) or []
        for statistic in [*plain, *extended]:
            found = _statistics(
                self.cloudwatch_backend, identity, start, end, self._get_param("Period"), statistic
            )
            for moment, value in found:
                point = points.setdefault(moment, {"Timestamp": moment})
                if statistic in plain:
                    point[statistic] = value
                else:
                    point.setdefault("ExtendedStatistics", {})[statistic] = value
        return ActionResult({"Label": name, "Datapoints": list(points.values())})

    CloudWatchResponse.get_metric_statistics = get_metric_statistics


def listed_metrics() -> None:
    """ListMetrics from the same samples."""
    original = CloudWatchBackend.get_filtered_metrics

    def get_filtered_metrics(
        self: CloudWatchBackend,
        metric_name: str | None,
        namespace: str | None,
        dimensions: list[dict[str, str]],
    ) -> list[MetricDatumBase]:
        metrics = [
            MetricDatumBase(
                space, name, [{"Name": n, "Value": v} for n, v in sorted(own)], timestamp=None
            )
            for space, name, own in store_of(self).identities()
        ]
        chosen = [m for m in metrics if m.filter(namespace, metric_name, dimensions or [])]
        return chosen + original(self, metric_name, namespace, dimensions)

    CloudWatchBackend.get_filtered_metrics = get_filtered_metrics


def only_what_aws_publishes() -> None:
    """Leadline stands in for load balancers, and publishes figures that they lack or name otherwise."""
    put = CloudWatchBackend.put_metric_data

    def put_metric_data(
        self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        put(self, namespace, published(namespace, metric_data))

    CloudWatchBackend.put_metric_data = put_metric_data


def metric_widget_image() -> None:
    """moto has no GetMetricWidgetImage."""

    def get_metric_widget_image(self: CloudWatchResponse) -> ActionResult:
        try:
            asked = widget.read(json.loads(self._get_param("MetricWidget")), datetime.now(UTC))
        except (ValueError, TypeError) as error:
            raise ValidationError(f"The metric widget is invalid: {error}") from None

        def points(line: widget.Line) -> widget.Points:
            identity = line.namespace, line.name, frozenset(line.dimensions)
            found = _statistics(
                self.cloudwatch_backend,
                identity,
                asked.start,
                asked.end,
                line.period,
                line.statistic,
            )
            return [(moment.replace(tzinfo=UTC), value) for moment, value in found]

        return ActionResult({"MetricWidgetImage": widget.png(asked, points)})

    CloudWatchResponse.get_metric_widget_image = get_metric_widget_image
