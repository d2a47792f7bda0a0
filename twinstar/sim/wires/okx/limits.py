"""How much may be asked: each endpoint counts alone, in two seconds of wall time, by address, account or instrument.

Source: twinstar/builtin/limits/okx.toml names where the figures come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from twinstar.sim.ports import VenueClock
from twinstar.sim.wires.okx.desk import Route
from twinstar.sim.wires.okx.errors import TOO_MANY, ApiError
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.windows import Window

SPAN_MS = 2_000
ORDERS_OF_ACCOUNT = 1_000


class Limits:
    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._used: dict[tuple[str, str], Window] = {}

    def spend(self, route: Route, account: str, rows: Sequence[Params]) -> None:
        if route.by == "instrument":
            for row in rows:
                whose = f"{account} {row.get('instId') or row.get('instIdCode')}"
                self._count(route.path, whose, route.cap, "50011", "Too Many Requests")
        else:
            self._count(route.path, account, route.cap, "50011", "Too Many Requests")
        for _ in rows if route.orders else ():
            self._count("orders", account, ORDERS_OF_ACCOUNT, "50061", "Order rate limit reached for this account")

    def _count(self, what: str, whose: str, cap: int, code: str, message: str) -> None:
        window = self._used.setdefault((what, whose), Window(SPAN_MS))
        if window.add(self._clock.now_ms(), 1) > cap:
            raise ApiError(code, message, status=TOO_MANY)
