"""Numbers as the venue wrote them, to the digit."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache

_LARGEST = 24  # digits before the point: more than any market has traded

_RECENT = 4_096  # the open, high and low of a candle come with every frame of it, and prices again and again

_is_number = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?").fullmatch


def exact(value: object) -> Decimal:
    """Raise `ValueError` for whatever is not one plain number: NaN, blanks, commas, other digits, nothing."""
    if type(value) is str:
        return _written(value)
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not a number")
    if isinstance(value, float):
        # Some of ccxt's parsers leave only floats: their shortest form is what the venue wrote, up to 15 digits.
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is not a number")
        return Decimal(repr(value))
    return _written(str(value))


@lru_cache(_RECENT)
def _written(text: str) -> Decimal:
    if not _is_number(text) or (number := Decimal(text)).adjusted() >= _LARGEST:
        raise ValueError(f"{text[:40]!r} is not a number")
    return number


def positive(value: object) -> Decimal:
    number = exact(value)
    if number <= 0:
        raise ValueError(f"{number} is not positive")
    return number


def none_or_exact(value: object) -> Decimal | None:
    return None if value is None else exact(value)


def time_ms(value: object) -> int:
    """Epoch milliseconds, the whole ones of a time that has fractions; a time in another unit is no time."""
    if type(value) is int and 10**12 <= value < 10**13:
        return value
    if not isinstance(value, float) or not 10**12 <= value < 10**13:
        raise ValueError(f"{value!r} is not a time in milliseconds")
    return math.floor(value)  # never to the nearest: that may lie in the next candle
