"""Bithumb's request limits, by IP address (here: all callers together) and category, in whole seconds of wall time.

Source: apidocs.bithumb.com, API 요청 수 제한 안내 (2026-10-27). Who exceeds one is shut out of that category for
a while; how long is not published, nor what happens to who places and cancels too often in one coin.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from twinstar.sim.wires.bithumb.errors import denied
from twinstar.sim.wires.windows import Window

SECOND_MS = 1000
BLOCK_MS = 3000
PER_COIN = 20  # orders and cancels


class Group(Struct, frozen=True):
    name: str
    per_second: int


CANDLE = Group("candle", 150)
ORDERBOOK = Group("orderbook", 150)
TICKER = Group("ticker", 150)
TRADES = Group("trades", 150)
PUBLIC = Group("public", 150)
ORDER_CREATE = Group("order-create", 140)
ORDER_CANCEL = Group("order-cancel", 140)
PRIVATE = Group("private", 140)
BATCH = Group("batch", 20)


class Limits:
    def __init__(self) -> None:
        self._windows: defaultdict[str, Window] = defaultdict(lambda: Window(SECOND_MS))
        self._blocked_until_ms: dict[str, int] = {}

    def admit(self, group: Group, now_ms: int) -> None:
        if now_ms < self._blocked_until_ms.get(group.name, 0):
            raise denied("too_many_requests")
        if self._windows[group.name].add(now_ms, 1) > group.per_second:
            self._blocked_until_ms[group.name] = now_ms + BLOCK_MS
            raise denied("too_many_requests")

    def admit_coin(self, market: str, now_ms: int) -> None:
        """One order or cancel of this market."""
        if self._windows[market].add(now_ms, 1) > PER_COIN:
            raise denied("too_many_orders")
