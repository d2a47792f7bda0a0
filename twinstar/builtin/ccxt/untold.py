"""Trades that a stream tells of without telling them: they are read, and come in its place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.feed import Untold
from twinstar.builtin.ccxt.markets import contract_of
from twinstar.builtin.ccxt.numbers import time_ms
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain import Event, InstrumentId, Lane, OrderFilled, OrderInDoubt, in_lane
from twinstar.errors import AuthFailed, VenueError

REMEMBERED = 1_000  # orders


class UntoldTrades:
    """Of one stream. Whatever an answer does not show leaves the order in doubt."""

    def __init__(self, exchange: TwinExchange, owners: Owners) -> None:
        self._exchange, self._owners = exchange, owners
        self._told: OrderedDict[str, dict[str, Decimal]] = OrderedDict()  # by order, each fill's quantity

    async def events(self, untold: Untold) -> list[Event]:
        told = self._told.setdefault(untold.order_id, {})
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        events: list[Event] = []
        if _lacks(untold, told):
            fills = [each for each in await self._fills(untold) if each.fill.fill_id not in told]
            told.update({each.fill.fill_id: each.fill.quantity for each in fills})
            events += fills
        if _lacks(untold, told):
            self._owners.note_filled(untold.order_id, untold.told.filled)
            at_ms, reason = time_ms(untold.told.time_ms), untold.told.unsaid
            return [*events, OrderInDoubt(time_ms=at_ms, order_id=untold.order_id, reason=reason)]
        return events if untold.over is None else [*events, untold.over]

    async def _fills(self, untold: Untold) -> list[OrderFilled]:
        """None where the answer cannot be had, or read: the order is in doubt then, and the whole account is read."""
        try:
            with in_lane(Lane.ACCOUNT), reading(self._exchange, f"trades of {untold.order_id}"):
                return await self._read(untold)
        except AuthFailed:
            raise
        except VenueError:
            return []

    async def _read(self, untold: Untold) -> list[OrderFilled]:
        exchange, symbol, ask = self._exchange, untold.symbol, self._exchange.habit.orders.untold
        rows = await ask(exchange, symbol, untold.told) if ask is not None else ()
        instrument, contract = InstrumentId(symbol, exchange.venue), contract_of(exchange, symbol)
        fills = [facts.order_filled(row, untold.order_id, instrument, contract) for row in rows]
        for row in rows:
            self._owners.learn(row["order"], untold.order_id)
        return fills


def _lacks(untold: Untold, told: Mapping[str, Decimal]) -> bool:
    """Of a stop that went off it is not told how much was filled: something must be."""
    return not told or sum(told.values()) < untold.filled
