"""One whole reading of the account over REST: what became of each order, then what is held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from loguru import logger
from msgspec import Struct

import twinstar as ts
from twinstar_lighter import facts
from twinstar_lighter.markets import QUOTE, Listed
from twinstar_lighter.messages import (
    AccountRow,
    Accounts,
    FundingRow,
    Fundings,
    OrderRow,
    Orders,
    TradeRow,
    Trades,
)
from twinstar_lighter.orders import Market
from twinstar_lighter.owners import Failed, Owners
from twinstar_lighter.rest import Rest
from twinstar_lighter.tokens import Tokens

A = TypeVar("A", Orders, Trades, Fundings)
PAGE: Final = 100
PAGES: Final = 200  # an order may be weeks old, with thousands after it
LOOKS_BACK_MS: Final = 60_000  # before an order was made, by clocks that differ


class Reading(Struct, frozen=True, kw_only=True):
    venue: str
    account: int
    rest: Rest
    tokens: Tokens
    listed: Listed
    owners: Owners
    failed: Failed
    clock: ts.Clock
    visibility_ms: int

    async def read(self, gap: ts.Gap) -> list[ts.Event]:
        """Whatever fails, fails the whole."""
        for order in gap.orders:
            self.owners.learn(order.order_id)
        markets = await self.listed.by_id()
        active = await self.active()
        standing = [one for row in active if (one := self._resting(row, markets)) is not None]
        rows = await self._rows(gap.orders, active)
        events: list[ts.Event] = []
        for order in gap.orders:
            row = rows.get(self.owners.learn(order.order_id))
            events += self._unknown(order) if row is None else await self._fate(order, row, markets)
        if gap.funding is not None:
            events += await self._funding(gap.funding, markets)
        return [*events, await self._held(standing, markets)]

    async def active(self, market: int | None = None) -> list[OrderRow]:
        there = {} if market is None else {"market_id": market}
        told = await self._asked("accountActiveOrders", there, Orders)
        return told.orders or []

    async def find(self, index: int, market: int, since_ms: int) -> OrderRow | None:
        """An order of ours, standing or over; None: the venue does not know it."""
        rows = await self.active(market)
        found = next((row for row in rows if row.client_order_index == index), None)
        return found or (await self._over({index: since_ms}, {"market_id": market})).get(index)

    async def _over(self, since_ms: Mapping[int, int], there: Mapping[str, int]) -> dict[int, OrderRow]:
        """Those that have ended, by index, of the orders that were made since then."""
        found: dict[int, OrderRow] = {}
        async for told in self._pages("accountInactiveOrders", there, Orders):
            rows = told.orders or []
            found |= {row.client_order_index: row for row in rows if row.client_order_index in since_ms}
            oldest_ms = min((since_ms[index] for index in since_ms.keys() - found.keys()), default=None)
            if oldest_ms is None or min(map(facts.time_ms, rows), default=0) < oldest_ms:
                break
        return found

    async def _rows(self, orders: Sequence[ts.Order], active: Sequence[OrderRow]) -> dict[int, OrderRow]:
        """By our index. Whatever does not stand is looked for at once, in all markets: each question counts."""
        standing = {row.client_order_index: row for row in active if row.client_order_index}
        since_ms = {self.owners.learn(order.order_id): order.created_ms - LOOKS_BACK_MS for order in orders}
        gone = {index: ms for index, ms in since_ms.items() if index not in standing}
        return standing | (await self._over(gone, {}) if gone else {})

    async def _fate(self, order: ts.Order, row: OrderRow, markets: Mapping[int, Market]) -> list[ts.Event]:
        events: list[ts.Event] = [facts.accepted(row, order.order_id)]
        if row.filled_base_amount > order.filled:
            market = markets.get(row.market_index)
            if market is None:
                raise ts.errors.BadMessage(self.venue, f"order {order.order_id} is of market {row.market_index}")
            events += await self._fills(order, row, market)
        over = facts.over(row, order.order_id)
        if over is not None:
            return [*events, over]
        return events + self._terms(order, row)

    def _terms(self, order: ts.Order, row: OrderRow) -> list[ts.Event]:
        """Of an order that was to be changed: the terms that stand, once they can be no others any more."""
        if order.asked is None or order.status is not ts.OrderStatus.IN_DOUBT:
            return []
        now_ms, terms = self.clock.now_ms(), facts.terms_of(row, order)
        may_come = not facts.is_over(row) and order.order_id not in self.failed
        if terms != order.asked and may_come and now_ms - order.status_ms <= self.visibility_ms:
            return []
        return [
            ts.OrderAmended(
                time_ms=now_ms,
                order_id=order.order_id,
                terms=terms,
                venue_order_id=str(row.order_index),
                answers=order.asked,
            )
        ]

    async def _fills(self, order: ts.Order, row: OrderRow, market: Market) -> list[ts.OrderFilled]:
        rows = await self._trades(row)
        fills = [
            facts.filled(each, self.account, order.order_id, market)
            for each in rows
            if facts.own_index(each, self.account) == row.client_order_index
        ]
        if sum(fill.fill.quantity for fill in fills) < row.filled_base_amount:
            raise ts.errors.VenueUnavailable(self.venue, f"order {order.order_id}: not all its trades are shown yet")
        return fills

    async def _trades(self, row: OrderRow) -> list[TradeRow]:
        asked: dict[str, str | int] = {
            "market_id": row.market_index,
            "order_index": row.order_index,
            "sort_by": "timestamp",
        }
        return [trade async for told in self._pages("trades", asked, Trades) for trade in told.trades or ()]

    def _unknown(self, order: ts.Order) -> list[ts.Event]:
        """The venue does not know it; it counts only once it may have taken all the time it needs."""
        now_ms = self.clock.now_ms()
        if now_ms - order.status_ms <= self.visibility_ms:
            return []
        reason = "the venue does not know it"
        if order.status is ts.OrderStatus.IN_DOUBT and not order.filled and order.venue_order_id is None:
            return [ts.OrderRejected(time_ms=now_ms, order_id=order.order_id, reason=reason)]
        if order.status is ts.OrderStatus.SUBMITTED:
            return []  # in flight: whoever sends it will tell
        return [ts.OrderCanceled(time_ms=now_ms, order_id=order.order_id, reason=reason, filled=order.filled)]

    async def _funding(self, sought: ts.FundingSought, markets: Mapping[int, Market]) -> list[ts.Event]:
        """Nothing is decided by it: what cannot be had now is asked for later, and holds up no order."""
        rows: list[FundingRow] = []
        try:
            async for told in self._pages("positionFunding", {}, Fundings):
                rows += told.position_fundings or []
                if rows and rows[-1].timestamp * 1_000 < sought.since_ms:
                    break
        except ts.errors.AuthFailed:
            raise
        except ts.errors.VenueError as e:
            logger.bind(venue=self.venue).warning("its funding payments are not known yet: {}", e.reason)
            return []
        return [
            ts.FundingPaid(
                time_ms=row.timestamp * 1_000,
                instrument=markets[row.market_id].instrument.id,
                amount=row.change,
                asset=QUOTE,
                payment_id=f"{row.market_id}-{row.funding_id}",
            )
            for row in sorted(rows, key=lambda row: (row.timestamp, row.funding_id))
            if row.market_id in markets
            and markets[row.market_id].instrument.id in sought.instruments
            and row.timestamp * 1_000 >= sought.since_ms
            and f"{row.market_id}-{row.funding_id}" not in sought.known
        ]

    async def row(self) -> AccountRow:
        told = await self.rest.ask(
            "account", {"by": "index", "value": self.account}, Accounts, token=await self.tokens.current()
        )
        row = next((row for row in told.accounts if row.index == self.account), None)
        if row is None:
            raise ts.errors.BadMessage(self.venue, "account: the answer is of another one")
        return row

    async def _held(self, standing: list[ts.Resting], markets: Mapping[int, Market]) -> ts.AccountSeen:
        """A whole snapshot: a market that is not in it is flat."""
        row = await self.row()
        holdings = tuple(
            ts.Holding(
                instrument=markets[held.market_id].instrument.id,
                quantity=held.sign * held.position,
                entry_price=held.avg_entry_price,
            )
            for held in row.positions or ()
            if held.position and held.market_id in markets
        )
        locked = max(row.collateral - row.available_balance, Decimal(0))
        return ts.AccountSeen(
            time_ms=self.clock.now_ms(),
            venue=self.venue,
            holdings=holdings,
            balances=(ts.Balance(asset=QUOTE, free=row.available_balance, locked=locked),),
            orders=tuple(standing),
        )

    def _resting(self, row: OrderRow, markets: Mapping[int, Market]) -> ts.Resting | None:
        market = markets.get(row.market_index)
        return facts.resting(row, market, self.owners.of(row.client_order_index)) if market is not None else None

    async def _pages(self, path: str, params: Mapping[str, str | int], kind: type[A]) -> AsyncIterator[A]:
        """Newest first. Raise `VenueUnavailable` where they do not end."""
        cursor: dict[str, str] = {}
        for _ in range(PAGES):
            told = await self._asked(path, {**params, "limit": PAGE, **cursor}, kind)
            yield told
            if not told.next_cursor:
                return
            cursor = {"cursor": told.next_cursor}
        raise ts.errors.VenueUnavailable(self.venue, f"{path}: more than {PAGES * PAGE} rows")

    async def _asked(self, path: str, params: Mapping[str, str | int], kind: type[A]) -> A:
        token = await self.tokens.current()
        return await self.rest.ask(path, {"account_index": self.account, **params}, kind, token=token)
