"""A simulated venue whose market moves only when a test says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

from twinstar.sim.accounts import Account
from twinstar.sim.clock import Pace
from twinstar.sim.crowd import Crowd
from twinstar.sim.exchange import SimExchange
from twinstar.sim.feed import Feed, VenueTime
from twinstar.sim.ledger import Ledger
from twinstar.sim.market import Mark, Market
from twinstar.sim.model import (
    AccountEvent,
    Balance,
    Kind,
    Listing,
    Order,
    Position,
    Request,
    Side,
    Tick,
    TimeInForce,
)
from twinstar.sim.pit import Pit
from twinstar.sim.ports import Keys
from twinstar.sim.rows import Row

START_MS = 1_735_689_600_000  # 2025-01-01T00:00 UTC
BUY, SELL = Side.BUY, Side.SELL
D = Decimal

PERP = Listing(
    symbol="BTC/USDT:USDT",
    base="BTC",
    quote="USDT",
    settle="USDT",
    tick=D("0.1"),
    lot=D("0.001"),
    min_quantity=D("0.001"),
    min_notional=D(5),
    maker_fee=D("0.0002"),
    taker_fee=D("0.0005"),
    max_leverage=125,
)
SPOT = Listing(
    symbol="BTC/KRW",
    base="BTC",
    quote="KRW",
    tick=D(1000),
    lot=D("0.00000001"),
    min_quantity=D("0.00000001"),
    min_notional=D(5000),
    maker_fee=D("0.0005"),
    taker_fee=D("0.0005"),
)
FIRST_PRICE = {PERP.symbol: D(60000), SPOT.symbol: D(90_000_000)}


class Wall:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms

    def seconds(self) -> float:
        return self.ms / 1000


class OneRow:
    """A source that only says at which price trading begins."""

    start_ms = START_MS

    def __init__(self, price: Decimal) -> None:
        self._price = price

    def rows(self) -> Iterator[Row]:
        price = self._price
        yield Row(START_MS, price, price, price, price, D(1))


class Stage:
    def __init__(
        self,
        *listings: Listing,
        money: Mapping[str, str] | None = None,
        accounts: Sequence[str] = ("main",),
        ledger: Path | None = None,
    ) -> None:
        self.wall = Wall()
        markets = {each.symbol: _market(each) for each in listings}
        self.pits = {each.symbol: Pit(markets[each.symbol], Crowd(each, 1)) for each in listings}
        feed = Feed(markets, START_MS)
        self.exchange = SimExchange(
            markets,
            self.pits,
            {name: Account(name) for name in accounts},
            keys=[Keys(account=name, api_key=name, secret="secret") for name in accounts],
            clock=VenueTime(self.wall, Pace(self.wall), feed),
            feed=feed,
            ledger=Ledger(ledger) if ledger else None,
            seed=1,
        )
        self.events: list[AccountEvent] = []
        self.exchange.open(None, {asset: D(amount) for asset, amount in (money or {}).items()})
        self.exchange.on_account("main", self.events.append)
        self._listing = listings[0]
        self._ids = count(1)

    def tick(self, price: object, quantity: object = "0.001", taker: Side = BUY, symbol: str | None = None) -> None:
        """Somebody trades."""
        self.wall.ms += 1
        tick = Tick(
            id=next(self._ids),
            symbol=symbol or self._listing.symbol,
            market_ms=self.wall.ms,
            price=D(str(price)),
            quantity=D(str(quantity)),
            taker=taker,
        )
        self.exchange.happen(tick.symbol, tick)

    def place(
        self,
        side: Side,
        quantity: object = None,
        price: object = None,
        *,
        kind: Kind | None = None,
        trigger: object = None,
        cost: object = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        ends_if_taking: bool = False,
        reduce_only: bool = False,
        close_position: bool = False,
        client_id: str | None = None,
        account: str = "main",
        symbol: str | None = None,
    ) -> Order:
        request = Request(
            symbol=symbol or self._listing.symbol,
            side=side,
            kind=kind or (Kind.MARKET if price is None else Kind.LIMIT),
            quantity=_decimal(quantity),
            cost=_decimal(cost),
            price=_decimal(price),
            trigger_price=_decimal(trigger),
            time_in_force=time_in_force,
            ends_if_taking=ends_if_taking,
            reduce_only=reduce_only,
            close_position=close_position,
            client_id=client_id,
        )
        return self.exchange.place(account, request)

    def now(self, order: Order, account: str = "main") -> Order:
        return self.exchange.order(account, order_id=order.id)

    def balance(self, asset: str, account: str = "main") -> Balance:
        balances = {each.asset: each for each in self.exchange.balances(account)}
        return balances.get(asset) or Balance(asset=asset)

    def position(self, account: str = "main") -> Position:
        return next(each for each in self.exchange.positions(account) if each.symbol == self._listing.symbol)

    def best(self, side: Side) -> tuple[Decimal, Decimal]:
        book = self.exchange.book(self._listing.symbol, 1)
        return (book.bids if side is BUY else book.asks)[0]


def _market(listing: Listing) -> Market:
    source = OneRow(FIRST_PRICE[listing.symbol])
    return Market(listing, source, ticks_a_minute=4, seed=1, mark=Mark(START_MS))


def _decimal(value: object) -> Decimal | None:
    return None if value is None else D(str(value))


def perpetual(money: str = "100000", **options: object) -> Stage:
    return Stage(PERP, money={"USDT": money}, **options)


def spot(krw: str = "100000000", btc: str = "1", **options: object) -> Stage:
    return Stage(SPOT, money={"KRW": krw, "BTC": btc}, **options)
