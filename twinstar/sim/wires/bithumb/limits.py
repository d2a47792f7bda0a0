"""Bithumb's request limits, by IP address (here: all callers together) and category, in whole seconds of wall time.

Source: apidocs.bithumb.com, API 요청 수 제한 안내 (2026-10-27). Who exceeds one is shut out of that category for
a while; how long is not published, nor what happens to who places and cancels too often in one coin. WebSockets: 기본
정보, ten a second, 429 beyond, and ten minutes outside for who goes on.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from twinstar.sim.ports import TurnedAway
from twinstar.sim.wires.bithumb.errors import denied
from twinstar.sim.wires.windows import Window

SECOND_MS = 1000
BLOCK_MS = 3000
PER_COIN = 20  # orders and cancels
DIALS = 10  # WebSockets opened
PATIENCE = 50  # dials in a row that are turned away before the address is shut out
DIAL_BLOCK_MS = 10 * 60 * SECOND_MS
TOO_MANY = 429


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


class Door:
    """Of the WebSockets, for one IP address."""

    def __init__(self) -> None:
        self._window = Window(SECOND_MS)
        self._turned_away = 0
        self._blocked_until_ms = 0

    def admit(self, now_ms: int) -> None:
        if now_ms < self._blocked_until_ms:
            raise TurnedAway(TOO_MANY)
        if self._window.add(now_ms, 1) <= DIALS:
            self._turned_away = 0
            return
        self._turned_away += 1
        if self._turned_away >= PATIENCE:
            self._blocked_until_ms = now_ms + DIAL_BLOCK_MS
        raise TurnedAway(TOO_MANY)
