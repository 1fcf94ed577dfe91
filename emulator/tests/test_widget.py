"""What a metric widget says, and that its lines are where the values are."""

import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from emulator.widget import Line, WidgetError, png, read

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CPU = ["AWS/EC2", "CPUUtilization", "InstanceId", "i-1"]


def test_dots_stand_for_what_the_metric_before_says() -> None:
    widget = read(
        {
            "metrics": [
                [*CPU, {"stat": "Maximum", "period": 60}],
                ["...", "i-2"],
                [".", "NetworkIn", ".", "i-3"],
            ],
            "stat": "Sum",
            "start": "-PT1H",
            "annotations": {"horizontal": [{"value": 80}]},
        },
        NOW,
    )
    assert widget.lines == (
        Line("AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),), "Maximum", 60),
        Line("AWS/EC2", "CPUUtilization", (("InstanceId", "i-2"),), "Sum", 300),
        Line("AWS/EC2", "NetworkIn", (("InstanceId", "i-3"),), "Sum", 300),
    )
    assert (widget.start, widget.end) == (NOW - timedelta(hours=1), NOW)
    assert (widget.width, widget.height, widget.limits) == (600, 395, (80.0,))


@pytest.mark.parametrize(
    ("widget", "why"),
    [
        ([], "no JSON object"),
        ({}, "required property 'metrics'"),
        ({"metrics": [CPU] * 101}, "more than 100"),
        ({"metrics": [[{"expression": "m1 * 2"}]]}, "expressions are not emulated"),
        ({"metrics": [CPU], "start": "PT1H"}, "before end"),
        ({"metrics": [CPU], "end": "later"}, "neither a time"),
        ({"metrics": [CPU], "height": 5000}, "50 to 2000"),
    ],
)
def test_what_is_no_widget_is_refused(widget: object, why: str) -> None:
    with pytest.raises(WidgetError, match=why):
        read(widget, NOW)


def test_a_line_is_where_its_values_are() -> None:
    widget = read({"metrics": [CPU], "start": "-PT1H", "width": 200, "height": 150}, NOW)
    low = NOW - timedelta(minutes=45)
    high = NOW - timedelta(minutes=15)
    image = png(widget, lambda _: [(high, 100.0), (low, 10.0)])
    data = image[image.index(b"IDAT") + 4 : image.index(b"IEND") - 8]
    raw = zlib.decompress(data)
    rows = [raw[1 + i : 601 + i] for i in range(0, len(raw), 601)]
    blue = bytes.fromhex("1f77b4")
    drawn = [
        (x, y) for y, row in enumerate(rows) for x in range(200) if row[3 * x : 3 * x + 3] == blue
    ]
    left, right = min(drawn), max(drawn)
    assert left[0] == pytest.approx(90, abs=2)
    assert right[0] == pytest.approx(151, abs=2)
    assert left[1] > 100
    assert right[1] < 40
    assert struct.unpack(">II", image[16:24]) == (200, 150)
