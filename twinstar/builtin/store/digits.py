"""How wide the columns of a series must be to hold all its values exactly.

A decimal of up to 18 digits is an integer on disk, and integers that change little pack to a few bits. So a column has
18 digits, and 38 (all that Arrow, and most tools, can read) only where a series needs them; the place of the point
follows the series.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from functools import cache
from typing import TypeAlias

from msgspec import Struct

from twinstar.builtin.store.words import Prices

EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
_PACKED = 18
_MOST = 38


class Digits(Struct, frozen=True, array_like=True):
    """Before and behind the point."""

    before: int = 1
    behind: int = 0

    @property
    def precision(self) -> int:
        return _PACKED if is_packed(self) else _MOST


Form: TypeAlias = tuple[Digits, ...]  # of open, high, low, close and volume

NARROWEST: Form = (Digits(),) * 5


def columns(form: Form) -> tuple[tuple[int, int], ...]:
    """Precision and scale of each."""
    return tuple((digits.precision, digits.behind) for digits in form)


class Gauge:
    """Tells whether values fit a form, in a tenth of the time that counting their digits takes."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self._steps = tuple(Decimal((0, (1,), -digits.behind)) for digits in form)
        self._rounded = tuple(_rounding(digits.before + digits.behind) for digits in form)

    def widened(self, values: Prices) -> Gauge:
        """Itself when they fit. Raise `ValueError` for what no column can hold."""
        return self if self.holds(*values) else gauge_of(widest(self.form, tuple(map(_digits, values))))

    def holds(self, a: Decimal, b: Decimal, c: Decimal, d: Decimal, e: Decimal) -> bool:
        """Word for word, for every candle comes by here: a loop takes three times as long."""
        (ra, rb, rc, rd, re), (sa, sb, sc, sd, se) = self._rounded, self._steps
        try:
            return ra(a, sa) == a and rb(b, sb) == b and rc(c, sc) == c and rd(d, sd) == d and re(e, se) == e
        except InvalidOperation:
            return False  # a signaling NaN cannot even be compared


@cache
def gauge_of(form: Form) -> Gauge:
    """One for all series of a form, of which there are few."""
    return Gauge(form)


def is_packed(digits: Digits) -> bool:
    return digits.before + digits.behind <= _PACKED


def widest(one: Form, other: Form) -> Form:
    """What holds both. Raise `ValueError` when no column is as wide as that."""
    return tuple(map(_wider, one, other))


def _wider(one: Digits, other: Digits) -> Digits:
    wider = Digits(max(one.before, other.before), max(one.behind, other.behind))
    if wider.before + wider.behind > _MOST:
        raise ValueError(
            f"{wider.before + wider.behind} digits are needed to keep the series exact, and a column has {_MOST}"
        )
    return wider


def _digits(value: Decimal) -> Digits:
    """Without the zeros at its end, which would only widen the column."""
    if not value.is_finite():
        raise ValueError(f"{value} is no price and no volume")
    short = value.normalize(EXACT)
    exponent = short.as_tuple().exponent
    return Digits(max(1, short.adjusted() + 1), max(0, -exponent) if isinstance(exponent, int) else 0)


@cache
def _rounding(digits: int) -> Callable[[Decimal, Decimal], Decimal]:
    """To so many places as the second has; NaN when that takes more digits."""
    return Context(prec=digits, traps=[]).quantize
