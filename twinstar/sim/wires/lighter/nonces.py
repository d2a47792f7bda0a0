"""The number of the next transaction of each API key. One that is refused spends none.

Source: apidocs.lighter.xyz, on nonce management (2026-07).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from twinstar.sim.wires.lighter.errors import BAD_BATCH_NONCE, BAD_NONCE, ApiError

LARGEST = 2**47 - 1
FIRST = 1

Lane = tuple[int, int]  # account, slot of the key


class Nonces:
    def __init__(self) -> None:
        self._last: dict[Lane, int] = {}

    def next(self, lane: Lane) -> int:
        return self._last.get(lane, FIRST - 1) + 1

    def check(self, lane: Lane, nonce: int, *, may_skip: bool) -> None:
        """The very next one; with ``may_skip`` any that is larger than the last."""
        following = self.next(lane)
        fits = following <= nonce <= LARGEST if may_skip else nonce == following
        if not fits:
            raise ApiError(BAD_NONCE[0], f"{BAD_NONCE[1]}: expected {following}, got {nonce}")

    def spend(self, lane: Lane, nonce: int) -> None:
        self._last[lane] = nonce


def check_batch(nonces: Sequence[int]) -> None:
    if any(after <= before for before, after in pairwise(nonces)):
        raise ApiError(*BAD_BATCH_NONCE)
