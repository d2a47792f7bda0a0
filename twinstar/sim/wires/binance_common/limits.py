"""How much may be asked: request weight per minute (by address), new orders in some spans (by account).

Counted in wall time, in windows aligned to the clock, as the venue's headers show it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.windows import Window

MINUTE_MS = 60_000
PATIENCE = 10  # requests that may ignore a 429 before the address is banned; the venue does not publish its own
FIRST_BAN_MS = 120_000  # "from 2 minutes to 3 days"
LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS


class Orders(Struct, frozen=True):
    """So many new orders in a span, as the venue's headers (``10S``) and its words (``10 SECOND``) call it."""

    span_ms: int
    name: str
    words: str
    most: int


class Limits:
    def __init__(self, clock: VenueClock, weight_a_minute: int, orders: Sequence[Orders]) -> None:
        self._clock = clock
        self._most = weight_a_minute
        self._spans = orders
        self._weight = Window(MINUTE_MS)
        self._orders: dict[str, tuple[Window, ...]] = {}
        self._ignored = 0  # requests sent in spite of a 429
        self._banned_until = 0
        self._ban_ms = FIRST_BAN_MS

    def spend(self, weight: int) -> None:
        """Raises 429 over the limit, 418 for an address that goes on regardless."""
        now = self._clock.now_ms()
        if now < self._banned_until:
            raise self._banned(now)
        used = self._weight.add(now, weight)
        if used <= self._most:
            self._ignored = 0
            return
        self._ignored += 1
        if self._ignored > PATIENCE:
            self._banned_until = now + self._ban_ms
            self._ban_ms = min(self._ban_ms * 2, LONGEST_BAN_MS)
            self._ignored = 0
            raise self._banned(now)
        raise ApiError(
            -1003,
            f"Too many requests; current limit is {self._most} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API.",
            status=429,
            headers={"Retry-After": str((MINUTE_MS - now % MINUTE_MS) // 1000 + 1)},
        )

    def headers(self) -> dict[str, str]:
        return {"X-MBX-USED-WEIGHT-1M": str(self._weight.add(self._clock.now_ms(), 0))}

    def count_order(self, account: str) -> None:
        now = self._clock.now_ms()
        for window, span in zip(self._of(account), self._spans, strict=True):
            if window.add(now, 1) > span.most:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {span.most} orders per {span.words}.",
                    status=429,
                )

    def order_headers(self, account: str) -> dict[str, str]:
        now = self._clock.now_ms()
        return {
            f"X-MBX-ORDER-COUNT-{span.name}": str(window.add(now, 0))
            for window, span in zip(self._of(account), self._spans, strict=True)
        }

    def _of(self, account: str) -> tuple[Window, ...]:
        if account not in self._orders:
            self._orders[account] = tuple(Window(span.span_ms) for span in self._spans)
        return self._orders[account]

    def _banned(self, now: int) -> ApiError:
        return ApiError(
            -1003,
            f"Way too many requests; IP banned until {self._banned_until}. "
            "Please use the websocket for live updates to avoid bans.",
            status=418,
            headers={"Retry-After": str((self._banned_until - now) // 1000 + 1)},
        )
