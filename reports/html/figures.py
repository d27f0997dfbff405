"""How figures are written on a page: yuan to the fen, signed differences, shares, counts; thousands separated."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

__all__ = ["count", "date_span", "percent_of", "signed", "step_figure", "yuan", "yuan_text"]

_MINUS = "−"


def yuan_text(amount: Decimal | int, plus: bool = False) -> str:
    """`−1,234.56`; with `plus` a gain is `+1,234.56`."""
    value = Decimal(amount)
    sign = _MINUS if value < 0 else "+" if plus and value > 0 else ""
    return f"{sign}{abs(value):,.2f}"


def yuan(amount: Decimal | int | None) -> Markup:
    """An amount that a machine can read back from the page; empty for none."""
    return _data(amount, False)


def signed(amount: Decimal | int | None) -> Markup:
    """A difference with its sign."""
    return _data(amount, True)


def _data(amount: Decimal | int | None, plus: bool) -> Markup:
    if amount is None:
        return Markup("")
    return Markup('<data value="{}">{}</data>').format(f"{Decimal(amount):.2f}", yuan_text(amount, plus))


def count(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def percent_of(part: Decimal | int, whole: Decimal | int, plus: bool = False) -> str:
    """`12.3%` of the whole, halves rounded up; a dash where there is no whole."""
    if not whole:
        return "–"
    value = (Decimal(part) * 100 / abs(Decimal(whole))).quantize(Decimal("0.1"), "ROUND_HALF_UP")
    sign = _MINUS if value < 0 else "+" if plus and value > 0 else ""
    return f"{sign}{abs(value):,}%"


def step_figure(value: Decimal | None, unit: str | None) -> str:
    """A figure of a step in its unit: yuan, share or count."""
    if value is None:
        return ""
    if unit == "share":
        return f"{(value * 100).normalize():f}%"
    return yuan_text(value) if unit == "yuan" else f"{value.normalize():,f}"


def date_span(first: object, last: object) -> str:
    """`2025-03-02 – 2025-03-09`, one day alone when it is the same or there is no other."""
    return f"{first} – {last}" if last and last != first else f"{first or ''}"
