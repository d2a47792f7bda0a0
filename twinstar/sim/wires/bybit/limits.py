"""How much may be asked: by address over all hosts, and by user and endpoint in each second.

Source: bybit-exchange.github.io/docs/v5/rate-limit (2025-11). Past the first, every answer is 403 for ten minutes;
past the second, it is retCode 10006.
"""

from __future__ import annotations

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.bybit.errors import ApiError
from twinstar.sim.wires.windows import Window

SECOND_MS = 1_000
ADDRESS = (5_000, 600)  # span, requests
BAN_MS = 600_000
TOO_FREQUENT = "access too frequent"


class Banned(Exception):
    """Answered with HTTP 403, and nothing that is JSON."""


class Limits:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._address = Window(ADDRESS[0])
        self._endpoints: dict[tuple[str, str], Window] = {}
        self._banned_until = 0

    def count(self) -> None:
        now = self._clock.now_ms()
        if now >= self._banned_until and self._address.add(now, 1) > ADDRESS[1]:
            self._banned_until = now + BAN_MS
        if now < self._banned_until:
            raise Banned(TOO_FREQUENT)

    def spend(self, account: str, path: str, cap: int, headers: dict[str, str]) -> None:
        """Fills in the headers that tell what is left."""
        window, now = self._endpoints.setdefault((account, path), Window(SECOND_MS)), self._clock.now_ms()
        used = window.add(now, 1)
        headers["X-Bapi-Limit"] = str(cap)
        headers["X-Bapi-Limit-Status"] = str(max(cap - used, 0))
        headers["X-Bapi-Limit-Reset-Timestamp"] = str(now if used <= cap else now - now % SECOND_MS + SECOND_MS)
        if used > cap:
            raise ApiError(10006, "Too many visits. Exceeded the API Rate Limit.")
