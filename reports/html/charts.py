"""Small charts as inline SVG: bars from a line at zero, each with a title, a description and its values as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from markupsafe import Markup

from reports.html.figures import count, yuan_text

__all__ = ["Bar", "columns", "meter", "rows"]

Tone = Literal["plain", "strong", "less", "more"]

_WIDTH = 480
_METER = 200
_WIDEST = Decimal(48)
_DIGIT = 8
_TOP = 12
_PLOT = 150
_FOOT = 34
_ROW = 44
_TICKS = 4


@dataclass(frozen=True)
class Bar:
    """One value: yuan, or a count of people where it is whole. `below` is a second line under the label.

    A bar that shows a difference has a sign with `plus`.
    """

    label: str
    value: Decimal | int
    tone: Tone = "plain"
    below: str = ""
    plus: bool = False

    @property
    def text(self) -> str:
        return count(self.value) if isinstance(self.value, int) else yuan_text(self.value, self.plus)


def columns(name: str, title: str, bars: Sequence[Bar], width: int = _WIDTH) -> Markup:
    """Upright bars side by side over an axis: yuan are read from the axis, counts of people stand at their bars.

    `name` is unique on the page; `width` is in units of which a letter has about 13.
    """
    counted = isinstance(bars[0].value, int)
    ticks = _ticks([bar.value for bar in bars])
    left = 0 if counted else max(len(_tick_text(tick)) for tick in ticks) * _DIGIT + 10
    plot = _Plot(ticks[0], ticks[-1], left, width)
    parts = [] if counted else [plot.tick(tick) for tick in ticks]
    slot = Decimal(width - plot.left) / len(bars)
    parts += [plot.column(bar, plot.left + slot * number, slot) for number, bar in enumerate(bars)]
    y = plot.height(Decimal(0))
    parts.append(Markup('<line class="zero" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(plot.left, width, y, y))
    return _svg(name, title, bars, (width, _TOP + _PLOT + _FOOT), parts)


def rows(name: str, title: str, bars: Sequence[Bar]) -> Markup:
    """Bars one under the other, each below its label and value, from a common line at zero."""
    low = min(Decimal(0), *(Decimal(bar.value) for bar in bars))
    high = max(Decimal(0), *(Decimal(bar.value) for bar in bars))
    scale = Decimal(_WIDTH) / ((high - low) or 1)
    zero = -low * scale
    parts = [_row(bar, number * _ROW, zero, scale) for number, bar in enumerate(bars)]
    foot = _ROW * len(bars)
    return _svg(name, title, bars, (_WIDTH, foot + 2), parts)


def meter(name: str, title: str, used: Decimal, limit: Decimal) -> Markup:
    """How much of a limit is used."""
    width = _at(min(Decimal(1), used / limit if limit else Decimal(1)) * _METER)
    parts = [
        Markup('<rect class="room" x="1" y="1" width="{}" height="18"/>').format(_METER - 2),
        Markup('<rect class="strong" x="1" y="1" width="{}" height="18"/>').format(width),
    ]
    return _svg(name, title, [Bar(title, used), Bar(title, limit)], (_METER, 20), parts)


@dataclass(frozen=True)
class _Plot:
    """The field of a chart of columns, from the value at its foot to the one at its top."""

    low: Decimal
    high: Decimal
    left: int
    width: int

    def height(self, value: Decimal) -> Decimal:
        """Where a value stands, counted from the top of the chart."""
        return _at(_TOP + _PLOT * (self.high - value) / (self.high - self.low))

    def tick(self, tick: Decimal) -> Markup:
        y = self.height(tick)
        line = Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(self.left, self.width, y, y)
        return line + _text(self.left - 6, y + 4, _tick_text(tick), "end")

    def column(self, bar: Bar, left: Decimal, slot: Decimal) -> Markup:
        top, foot = sorted((self.height(Decimal(bar.value)), self.height(Decimal(0))))
        middle = _at(left + slot / 2)
        wide = min(_at(slot * Decimal("0.7")), _WIDEST)
        rect = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            bar.tone, middle - wide / 2, top, wide, foot - top
        )
        labels = [
            _text(middle, _TOP + _PLOT + 16, bar.label, "middle"),
            _text(middle, _TOP + _PLOT + 30, bar.below, "middle"),
        ]
        at_bar = bar.text if bar.value and isinstance(bar.value, int) else ""
        return Markup("").join([rect, *labels, _text(middle, top - 3, at_bar, "middle")])


def _svg(name: str, title: str, bars: Sequence[Bar], size: tuple[int, int], parts: Sequence[Markup]) -> Markup:
    told = "; ".join(f"{' '.join(filter(None, (bar.label, bar.below)))}: {bar.text}" for bar in bars)
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {width} {height}" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{told}</desc>{parts}</svg>'
    ).format(width=size[0], height=size[1], name=name, title=title, told=told, parts=Markup("").join(parts))


def _row(bar: Bar, top: int, zero: Decimal, scale: Decimal) -> Markup:
    ends = sorted((zero, zero + Decimal(bar.value) * scale))
    rect = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="18"/>').format(
        bar.tone, _at(ends[0]), top + 20, _at(ends[1] - ends[0])
    )
    line = Markup('<line class="zero" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(_at(zero), top + 18, top + 40)
    return Markup("").join([_text(0, top + 14, bar.label), _text(_WIDTH, top + 14, bar.text, "end"), rect, line])


def _tick_text(tick: Decimal) -> str:
    return f"{tick:,.0f}".replace("-", "−")


def _text(x: Decimal | int, y: Decimal | int, text: str, anchor: str = "start") -> Markup:
    if not text:
        return Markup("")
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _at(place: Decimal) -> Decimal:
    return place.quantize(Decimal("0.1"))


def _ticks(values: Sequence[Decimal | int]) -> list[Decimal]:
    """Round values from below the least (zero at most) to above the greatest."""
    low, high = min(Decimal(0), *map(Decimal, values)), max(Decimal(0), *map(Decimal, values))
    step = _round_step((high - low or Decimal(1)) / _TICKS)
    first, last = (low / step).to_integral_value("ROUND_FLOOR"), (high / step).to_integral_value("ROUND_CEILING")
    return [step * n for n in range(int(first), max(int(last), int(first) + 1) + 1)]


def _round_step(rough: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten; not below one."""
    if rough <= 1:
        return Decimal(1)
    power = Decimal(10) ** rough.adjusted()
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
