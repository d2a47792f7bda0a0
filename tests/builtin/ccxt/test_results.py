"""Our profit and loss, from what the venue told over its sockets, against the simulated exchange's own books."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from builtin.ccxt.kit import Scene, scene

from twinstar.domain import InstrumentListed, Order, PlaceOrder, Side
from twinstar.engine.pnl import Books, booked
from twinstar.engine.statement import Result, statement
from twinstar.ports import FundingSought, Gap, Record


class Trader:
    """Trades at market, and keeps what a journal would have of it."""

    def __init__(self, one: Scene) -> None:
        self.one, self.orders = one, list[Order]()
        self.records: list[Record] = []
        self.since_ms = one.clock.now_ms() - 60_000

    async def begin(self) -> None:
        for instrument in await self.one.venue.listing.instruments([self.one.symbol]):
            self.records.append(InstrumentListed(time_ms=0, instrument=instrument))

    async def trade(self, side: Side, quantity: Decimal) -> None:
        order = self.one.order(side=side, quantity=quantity)
        self.orders.append(order)
        self.records.append(PlaceOrder(order))
        await self.one.venue.trading.place(order)
        self.one.minutes(1)

    async def result(self) -> Result:
        """Read from the venue after it all, as a restart would."""
        sought = FundingSought(instruments=frozenset({self.one.instrument}), since_ms=self.since_ms)
        gap = Gap(orders=tuple(self.orders), funding=sought)
        books = Books()
        records = [*self.records, *await self.one.venue.trading.account(gap)]
        (result,) = statement(books, list(booked(books, records)), {self.one.instrument: self.one.price}, None)
        return result


async def test_realized_fees_and_funding_of_a_perpetual_are_the_venues_to_the_digit() -> None:
    async with scene("binanceusdm") as one:
        trader, random, held = Trader(one), Random(11), Decimal(0)
        await trader.begin()
        before = one.exchange.accounts["main"].balance("USDT").total
        for _ in range(12):  # through zero and back, in parts
            change = random.choice([-3, -2, -1, 1, 2, 3]) * Decimal("0.037")
            await trader.trade(Side.BUY if change > 0 else Side.SELL, abs(change))
            held += change
            one.exchange.treasury.fund(Decimal(random.randint(-30_000, 30_000)).scaleb(-8))
        wallet = one.exchange.accounts["main"].balance("USDT").total
        result = await trader.result()
        assert held
        assert result.unrealized is not None
        assert result.booked + result.unrealized == wallet + one.exchange.unrealized("main", one.symbol) - before

        await trader.trade(Side.SELL if held > 0 else Side.BUY, abs(held))
        result, theirs = await trader.result(), one.exchange.executions("main")
        assert result.realized == sum(each.realized for each in theirs)
        assert result.fees == {"USDT": sum(each.fee for each in theirs)}
        assert result.funding == {"USDT": sum(each.amount for each in one.exchange.payments("main"))}
        assert (result.booked, result.unrealized) == (one.exchange.accounts["main"].balance("USDT").total - before, 0)


async def test_on_spot_what_came_of_it_is_what_the_purse_has_more_or_less() -> None:
    async with scene("upbit") as one:
        trader = Trader(one)
        await trader.begin()
        before = one.exchange.accounts["main"].balance("KRW").total
        for side, quantity in ((Side.BUY, "0.2"), (Side.BUY, "0.15"), (Side.SELL, "0.1"), (Side.SELL, "0.25")):
            await trader.trade(side, Decimal(quantity))
        result, after = await trader.result(), one.exchange.accounts["main"].balance("KRW").total
        assert (result.asset, result.unrealized) == ("KRW", 0)
        assert abs(result.booked - (after - before)) < Decimal(
            "1e-8"
        )  # the fee of an order is shared out by its trades
