"""Numbers on a grid of ticks and lots, and numbers that look random but are a function of where they are asked for."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

_MASK = (1 << 64) - 1


def nearest(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_HALF_EVEN) * step


def below(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def above(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step


def is_on(value: Decimal, step: Decimal) -> bool:
    return value % step == 0


def mixed(*numbers: int) -> int:
    """64 well-stirred bits (splitmix64): cheaper than a Random for each price level, and without any state."""
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def share(*numbers: int) -> float:
    """In [0, 1)."""
    return mixed(*numbers) / 2.0**64
