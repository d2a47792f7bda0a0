"""How much may be asked: market data by address, each other endpoint by account in a second.

Source: twinstar/builtin/limits/bingx.toml names where the figures come from.
"""

from __future__ import annotations

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.bingx.desk import Route
from twinstar.sim.wires.bingx.errors import ApiError
from twinstar.sim.wires.windows import Window

SECOND_MS, TEN_SECONDS_MS = 1_000, 10_000
MARKET = 500
BAN_MS = 300_000
LEFT, EXPIRES = "X-RateLimit-Requests-Remain", "X-RateLimit-Requests-Expire"


class Limits:
    """Who asks for too much of an endpoint is kept from it for five minutes."""

    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._market = Window(TEN_SECONDS_MS)
        self._used: dict[tuple[str, str], Window] = {}
        self._barred_until: dict[tuple[str, str], int] = {}

    def spend(self, route: Route, account: str, headers: dict[str, str]) -> None:
        """What is left is told in headers."""
        now, name = (
            self._clock.now_ms(),
            ("market", "") if route.is_public else (f"{route.method} {route.path}", account),
        )
        window = self._market if route.is_public else self._used.setdefault(name, Window(SECOND_MS))
        left = (MARKET if route.is_public else route.cap) - window.add(now, 1)
        headers[LEFT] = str(max(left, 0))
        headers[EXPIRES] = str(now - now % window.span_ms + window.span_ms)
        if left < 0 and now >= self._barred_until.get(name, 0):
            self._barred_until[name] = now + BAN_MS
        if now < (until := self._barred_until.get(name, 0)):
            told = "The endpoint trigger frequency limit rule is currently in the disabled period"
            raise ApiError(100410, f"code:100410:{told} and will be unblocked after {until}")
