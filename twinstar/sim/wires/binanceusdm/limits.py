"""How much may be asked: request weight per minute (by address), new orders per 10 s and minute (by account).

Counted in wall time, in windows aligned to the clock, as the venue's headers show it.
"""

from __future__ import annotations

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.binanceusdm.errors import ApiError
from twinstar.sim.wires.windows import Window

MINUTE_MS = 60_000
WEIGHT_A_MINUTE = 2_400
ORDERS = ((10_000, "10S", "10 SECOND", 300), (MINUTE_MS, "1M", "1 MINUTE", 1_200))
PATIENCE = 10  # requests that may ignore a 429 before the address is banned; the venue does not publish its own
FIRST_BAN_MS = 120_000  # "from 2 minutes to 3 days"
LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS


class Limits:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
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
        if used <= WEIGHT_A_MINUTE:
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
            f"Too many requests; current limit is {WEIGHT_A_MINUTE} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API.",
            status=429,
            headers={"Retry-After": str((MINUTE_MS - now % MINUTE_MS) // 1000 + 1)},
        )

    def headers(self) -> dict[str, str]:
        return {"X-MBX-USED-WEIGHT-1M": str(self._weight.add(self._clock.now_ms(), 0))}

    def count_order(self, account: str) -> None:
        now = self._clock.now_ms()
        for window, (_, _, words, limit) in zip(self._of(account), ORDERS, strict=True):
            if window.add(now, 1) > limit:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {limit} orders per {words}.",
                    status=429,
                )

    def order_headers(self, account: str) -> dict[str, str]:
        now = self._clock.now_ms()
        return {
            f"X-MBX-ORDER-COUNT-{name}": str(window.add(now, 0))
            for window, (_, name, _, _) in zip(self._of(account), ORDERS, strict=True)
        }

    def _of(self, account: str) -> tuple[Window, ...]:
        if account not in self._orders:
            self._orders[account] = tuple(Window(span) for span, *_ in ORDERS)
        return self._orders[account]

    def _banned(self, now: int) -> ApiError:
        return ApiError(
            -1003,
            f"Way too many requests; IP banned until {self._banned_until}. "
            "Please use the websocket for live updates to avoid bans.",
            status=418,
            headers={"Retry-After": str((self._banned_until - now) // 1000 + 1)},
        )
