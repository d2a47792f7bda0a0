"""Order ids of ours: ``ts``, then base 32 of when this run began and of a count, 20 characters in all.

Lower-case letters and digits only, so that every venue's alphabet and length takes them as client order id.
"""

from __future__ import annotations

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_WIDTH = 9
PREFIX = "ts"
LENGTH = len(PREFIX) + 2 * _WIDTH


class OrderIds:
    """No id comes twice, not even when the clock was set back between two runs."""

    def __init__(self, now_ms: int, last_id: str | None = None) -> None:
        self._run = max(now_ms, run_of(last_id) + 1 if last_id else 0)
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return PREFIX + _encode(self._run) + _encode(self._count)


def is_ours(client_order_id: str | None) -> bool:
    return (
        client_order_id is not None
        and len(client_order_id) == LENGTH
        and client_order_id.startswith(PREFIX)
        and all(c in _DIGITS for c in client_order_id[len(PREFIX) :])
    )


def run_of(order_id: str) -> int:
    """The run (its begin, ms) that an id of ours comes from; 0 for an id of another form."""
    return _decode(order_id[len(PREFIX) : len(PREFIX) + _WIDTH]) if is_ours(order_id) else 0


def _encode(number: int) -> str:
    digits = []
    for _ in range(_WIDTH):
        number, digit = divmod(number, 32)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _decode(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 32 + _DIGITS.index(digit)
    return number
