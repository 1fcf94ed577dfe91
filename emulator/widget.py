"""The picture of GetMetricWidgetImage: lines, a grid and figures at the axes, as a PNG without any library."""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

WIDTH, HEIGHT = 600, 395
"""Of a widget that has no size of its own, as on AWS."""
MOST_METRICS = 100
_LEAST_SIDE, _MOST_SIDE = 50, 2000
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 20, 30
_WHITE, _GREY, _BLACK = b"\xff\xff\xff", b"\xdd\xdd\xdd", b"\x44\x44\x44"
_COLOURS = [
    bytes.fromhex(it)
    for it in ("1f77b4", "ff7f0e", "2ca02c", "d62728", "9467bd", "8c564b", "e377c2", "7f7f7f")
]
# Three columns of five rows each, from the left upper corner on.
_GLYPHS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001111001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001001001001",
    "8": "111101111101111", "9": "111101111001111", ".": "000000000000010", ":": "000010000010000",
    "k": "101110100110101", "M": "101111111101101", "G": "111100101101111",
}  # fmt: skip
_SCALE = 2
_DURATION = re.compile(r"([-+]?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

Points = list[tuple[datetime, float]]


class WidgetError(ValueError):
    """The widget is not one; the message says why."""


@dataclass(frozen=True)
class Line:
    """One metric of a widget."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int


@dataclass(frozen=True)
class Widget:
    """What is to be drawn."""

    lines: tuple[Line, ...]
    start: datetime
    end: datetime
    width: int
    height: int
    limits: tuple[float, ...]


def read(widget: Any, now: datetime) -> Widget:
    """A widget's JSON, read.

    Raises:
        WidgetError: where it is none, or has what is not emulated.
    """
    if not isinstance(widget, dict):
        raise WidgetError("it is no JSON object")
    metrics = widget.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        raise WidgetError("Should have required property 'metrics'")
    if len(metrics) > MOST_METRICS:
        raise WidgetError(f"metrics should NOT have more than {MOST_METRICS} items")
    lines: list[Line] = []
    before: list[str] = []
    for metric in metrics:
        names = [it for it in metric if isinstance(it, str)] if isinstance(metric, list) else []
        options = metric[-1] if names and isinstance(metric[-1], dict) else {}
        before = _repeated(names, before)
        if len(before) < 2 or len(before) % 2:
            raise WidgetError(
                "a metric should be a list of namespace, name, and pairs of dimensions; expressions are not emulated"
            )
        pairs = tuple(zip(before[2::2], before[3::2], strict=True))
        statistic = str(options.get("stat", widget.get("stat", "Average")))
        period = int(options.get("period", widget.get("period", 300)))
        lines.append(Line(before[0], before[1], pairs, statistic, max(period, 1)))
    sides = [int(widget.get("width", WIDTH)), int(widget.get("height", HEIGHT))]
    if not all(_LEAST_SIDE <= side <= _MOST_SIDE for side in sides):
        raise WidgetError(f"width and height should be {_LEAST_SIDE} to {_MOST_SIDE}")
    start, end = (
        _moment(widget.get("start", "-PT3H"), now),
        _moment(widget.get("end", "PT0H"), now),
    )
    if start >= end:
        raise WidgetError("start should be before end")
    horizontal = (widget.get("annotations") or {}).get("horizontal") or []
    limits = tuple(float(it["value"]) for it in horizontal if "value" in it)
    return Widget(tuple(lines), start, end, sides[0], sides[1], limits)


def _repeated(names: list[str], before: list[str]) -> list[str]:
    """A dot stands for what the metric before has in its place, three dots for all that is not said."""
    if "..." in names:
        at = names.index("...")
        after = names[at + 1 :]
        names = [*names[:at], *before[at : len(before) - len(after)], *after]
    return [before[i] if it == "." and i < len(before) else it for i, it in enumerate(names)]


def _moment(text: Any, now: datetime) -> datetime:
    found = _DURATION.fullmatch(str(text))
    if found:
        days, hours, minutes, seconds = (int(it or 0) for it in found.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return now - length if found[1] == "-" else now + length
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise WidgetError(f"'{text}' is neither a time nor a duration such as -PT3H") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(_WHITE * width) for _ in range(height)]

    def dot(self, x: int, y: int, colour: bytes, size: int = 1) -> None:
        for row in range(max(y, 0), min(y + size, self.height)):
            for column in range(max(x, 0), min(x + size, self.width)):
                self._rows[row][column * 3 : column * 3 + 3] = colour

    def line(
        self, at: tuple[float, float], to: tuple[float, float], colour: bytes, size: int = 1
    ) -> None:
        steps = max(1, round(max(abs(to[0] - at[0]), abs(to[1] - at[1]))))
        for step in range(steps + 1):
            x = at[0] + (to[0] - at[0]) * step / steps
            y = at[1] + (to[1] - at[1]) * step / steps
            self.dot(round(x), round(y), colour, size)

    def text(self, right: int, top: int, text: str) -> None:
        """Ends at ``right``; what has no glyph is a gap."""
        left = right - len(text) * 4 * _SCALE
        for place, letter in enumerate(text):
            for i, bit in enumerate(_GLYPHS.get(letter, "")):
                if bit == "1":
                    x = left + (place * 4 + i % 3) * _SCALE
                    self.dot(x, top + i // 3 * _SCALE, _BLACK, _SCALE)

    def png(self) -> bytes:
        raw = b"".join(b"\0" + row for row in self._rows)
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )


def png(widget: Widget, points_of: Callable[[Line], Points]) -> bytes:
    """The picture; a metric without data has no line, as on AWS."""
    series = [points_of(line) for line in widget.lines]
    values = [value for points in series for _, value in points]
    top = max([*values, *widget.limits, 1e-9]) * 1.05
    canvas = _Canvas(widget.width, widget.height)
    right, bottom = widget.width - _RIGHT, widget.height - _BOTTOM
    seconds = (widget.end - widget.start).total_seconds()

    def x(moment: datetime) -> float:
        return _LEFT + (right - _LEFT) * (moment - widget.start).total_seconds() / seconds

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * max(value, 0) / top

    for quarter in range(5):
        value = top * quarter / 4
        canvas.line((_LEFT, y(value)), (right, y(value)), _GREY)
        canvas.text(_LEFT - 4, round(y(value)) - 5, _short(value))
        moment = widget.start + (widget.end - widget.start) * quarter / 4
        canvas.line((x(moment), bottom), (x(moment), bottom + 4), _BLACK)
        canvas.text(min(round(x(moment)) + 20, widget.width), bottom + 8, f"{moment:%H:%M}")
    canvas.line((_LEFT, bottom), (right, bottom), _BLACK)
    for limit in widget.limits:
        canvas.line((_LEFT, y(limit)), (right, y(limit)), _BLACK)
    for number, points in enumerate(series):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(x(moment), y(value)) for moment, value in sorted(points)]
        for at, to in zip(places, [*places[1:], *places[-1:]], strict=True):
            canvas.line(at, to, colour, 2)
    return canvas.png()


def _short(value: float) -> str:
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{sign}"
    return f"{value:.3g}"
