"""Whatever clients do, money neither appears nor gets lost: to the digit, after every step."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sim.kit import BUY, PERP, SELL, SPOT, D, Stage

from twinstar.sim.model import AccountChanged, Kind, Refusal, TimeInForce

ACCOUNTS = ("main", "other")
MONEY = {"USDT": D(50_000), "KRW": D(300_000_000), "BTC": D(2)}
BASE = {PERP.symbol: D(60_000), SPOT.symbol: D(90_000_000)}

ZERO = Decimal(0)

orders = st.tuples(
    st.just("order"),
    st.sampled_from(ACCOUNTS),
    st.sampled_from((PERP, SPOT)),
    st.sampled_from((BUY, SELL)),
    st.sampled_from((Kind.MARKET, Kind.LIMIT, Kind.STOP_MARKET, Kind.TAKE_PROFIT_LIMIT)),
    st.sampled_from(tuple(TimeInForce)),
    st.integers(1, 900),
    st.integers(-30, 30),
    st.booleans(),
)
ticks = st.tuples(st.just("tick"), st.sampled_from((PERP, SPOT)), st.integers(-40, 40), st.integers(1, 500))
cancels = st.tuples(st.just("cancel"), st.sampled_from(ACCOUNTS), st.integers(0, 30))
amendments = st.tuples(
    st.just("amend"), st.sampled_from(ACCOUNTS), st.integers(0, 30), st.integers(1, 900), st.integers(-30, 30)
)
fundings = st.tuples(st.just("fund"), st.integers(-50, 50))
steps = st.one_of(orders, orders, ticks, ticks, cancels, amendments, fundings)


class Flow:
    """Random wishes against a venue with spot, a perpetual and two clients."""

    def __init__(self, *, fee_in_received: bool) -> None:
        spot = replace(SPOT, fee_in_received=fee_in_received)
        self.stage = Stage(PERP, spot, accounts=ACCOUNTS, money={asset: str(amount) for asset, amount in MONEY.items()})
        self.given = dict.fromkeys(ACCOUNTS, ZERO)  # by funding and the insurance fund
        for name in ACCOUNTS:
            self.stage.exchange.on_account(name, lambda event, name=name: self.note(name, event))

    def note(self, name: str, event: object) -> None:
        match event:
            case AccountChanged(why="funding"):
                self.given[name] += event.realized
            case AccountChanged(why="deposit"):
                self.given[name] -= self.wallet_before_insurance(name)

    def wallet_before_insurance(self, name: str) -> Decimal:
        return MONEY["USDT"] + self.given[name] + self.traded(name)

    def traded(self, name: str) -> Decimal:
        executions = self.stage.exchange.executions(name, symbol=PERP.symbol)
        return sum((each.realized - each.fee for each in executions), ZERO)

    def do(self, step: tuple[object, ...]) -> None:
        with suppress(Refusal):
            getattr(self, str(step[0]))(*step[1:])

    def order(self, *wish) -> None:
        name, listing, side, kind, time_in_force, size, offset, reduce = wish
        price = BASE[listing.symbol] + offset * 100 * listing.tick
        self.stage.place(
            side,
            D(size) / 1000,
            price if kind in (Kind.LIMIT, Kind.TAKE_PROFIT_LIMIT) else None,
            kind=kind,
            trigger=price if kind.is_trigger else None,
            time_in_force=time_in_force,
            reduce_only=reduce and listing is PERP,
            account=name,
            symbol=listing.symbol,
        )

    def tick(self, listing, offset, size) -> None:
        price = BASE[listing.symbol] + offset * 100 * listing.tick
        self.stage.tick(price, D(size) / 1000, symbol=listing.symbol)

    def cancel(self, name, number) -> None:
        if found := self.pick(name, number):
            self.stage.exchange.cancel(name, found.id)

    def amend(self, name, number, size, offset) -> None:
        if found := self.pick(name, number):
            price = BASE[found.request.symbol] + offset * 100 * (PERP if "USDT" in found.request.symbol else SPOT).tick
            limit = found.request.price is not None
            self.stage.exchange.amend(name, found.id, quantity=D(size) / 1000, price=price if limit else None)

    def fund(self, rate) -> None:
        self.stage.exchange.treasury.fund(D(rate) / 10_000)

    def pick(self, name, number):
        found = self.stage.exchange.orders(name, open_only=True)
        return found[number % len(found)] if found else None

    def check(self) -> None:
        exchange = self.stage.exchange
        for name in ACCOUNTS:
            account = exchange.accounts[name]
            wallet = account.balance("USDT")
            assert wallet.free == MONEY["USDT"] + self.given[name] + self.traded(name)
            self.check_spot(name)
            held, cost = ZERO, ZERO
            for each in exchange.executions(name, symbol=PERP.symbol):
                held += each.side.sign * each.quantity
                cost += each.side.sign * each.quantity * each.price + each.realized
            position = account.position(PERP.symbol)
            assert (position.quantity, position.cost) == (held, cost)

    def check_spot(self, name: str) -> None:
        account = self.stage.exchange.accounts[name]
        krw, btc = MONEY["KRW"], MONEY["BTC"]
        for each in self.stage.exchange.executions(name, symbol=SPOT.symbol):
            fee = {each.fee_asset: each.fee}
            krw -= each.side.sign * each.price * each.quantity + fee.pop("KRW", ZERO)
            btc += each.side.sign * each.quantity - fee.pop("BTC", ZERO)
            assert not fee
        locked = {"KRW": ZERO, "BTC": ZERO}
        for order in account.open_of(SPOT.symbol):
            locked["KRW" if order.request.side is BUY else "BTC"] += order.locked
        for asset, total in (("KRW", krw), ("BTC", btc)):
            balance = account.balance(asset)
            assert (balance.total, balance.locked) == (total, locked[asset])
            assert balance.free >= 0


@settings(max_examples=120, deadline=None)
@given(st.lists(steps, max_size=40), st.booleans())
def test_money_is_conserved_to_the_digit(flow: list[tuple[object, ...]], fee_in_received: bool) -> None:
    stage = Flow(fee_in_received=fee_in_received)
    for step in flow:
        stage.do(step)
        stage.check()


@settings(max_examples=120, deadline=None)
@given(st.lists(steps, max_size=40))
def test_orders_always_add_up(flow: list[tuple[object, ...]]) -> None:
    stage = Flow(fee_in_received=False)
    for step in flow:
        stage.do(step)
    for name in ACCOUNTS:
        for order in stage.stage.exchange.orders(name):
            assert order.filled == sum((each.quantity for each in order.executions), ZERO)
            assert order.fee == sum((each.fee for each in order.executions), ZERO)
            assert order.remaining >= 0
            assert order.status.is_open or order.locked == 0
            if order.request.price is not None and order.request.side is BUY:
                assert all(each.price <= order.request.price for each in order.executions)
