"""Upbit's request limits, counted in whole seconds of wall time.

Source: docs.upbit.com/kr/docs/rate-limits and the notice order-rate-limit-update (order: 12 a second since
21 Aug 2026). Quotation is counted by IP (here: together), the rest by account. The group names are those of the
``Remaining-Req`` header. How long a block lasts is not published, only that it grows; the times below are ours.
"""

from __future__ import annotations

from msgspec import Struct

from twinstar.sim.wires.krw.errors import Denial
from twinstar.sim.wires.upbit.errors import denied

PATIENCE = 20  # refusals in a row before the caller is shut out
FIRST_BLOCK_S = 5


class Group(Struct, frozen=True):
    name: str
    per_second: int

    def remaining(self, left: int) -> str:
        """The header; ``min`` is a constant that Upbit keeps for old clients."""
        return f"group={self.name}; min={self.per_second * 60}; sec={left}"


MARKET = Group("market", 10)
CANDLES = Group("candles", 10)
TRADES = Group("crix-trades", 10)
TICKER = Group("ticker", 10)
ORDERBOOK = Group("orderbook", 10)
DEFAULT = Group("default", 30)
ORDER = Group("order", 12)


class Caller:
    """What one IP or account has used."""

    def __init__(self) -> None:
        self._second = 0
        self._used: dict[str, int] = {}
        self._refused = 0
        self._blocks = 0
        self._blocked_until_ms = 0

    def admit(self, group: Group, now_ms: int) -> int:
        """How many requests of this group are left in this second. Denial 429, or 418 to who goes on regardless."""
        if now_ms < self._blocked_until_ms:
            raise _blocked(self._blocked_until_ms - now_ms)
        if now_ms // 1000 != self._second:
            self._second = now_ms // 1000
            self._used.clear()
        used = self._used.get(group.name, 0)
        if used >= group.per_second:
            raise self._refuse(now_ms)
        self._used[group.name] = used + 1
        self._refused = 0
        return group.per_second - used - 1

    def _refuse(self, now_ms: int) -> Denial:
        self._refused += 1
        if self._refused <= PATIENCE:
            return denied("too_many_requests")
        self._refused = 0
        block_ms = FIRST_BLOCK_S * 1000 * 2**self._blocks
        self._blocks += 1
        self._blocked_until_ms = now_ms + block_ms
        return _blocked(block_ms)


def _blocked(left_ms: int) -> Denial:
    seconds = -(-left_ms // 1000)
    return Denial(418, "too_many_requests", f"요청이 차단되었습니다. {seconds}초 후 다시 시도해주세요.")
