"""Profit and loss from a journal: whose it is, in which asset, and on which day."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from engine.desk import PERP, SPOT, Desk, placed

from twinstar.domain import (
    Enter,
    Exit,
    Fill,
    FundingPaid,
    Order,
    OrderFilled,
    PlaceOrder,
    PositionReconciled,
    Side,
    Verdict,
)
from twinstar.engine.pnl import Books, booked
from twinstar.engine.statement import By, statement
from twinstar.ports import Record

DAY_MS = 86_400_000


class Diary(Desk):
    """A desk that keeps what would be journaled."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        super().__init__()

    def tell(self, event):
        commands = super().tell(event)
        self.records += [event, *commands]
        return commands

    def trade(self, side: Side, quantity: str, price: str, of=PERP, **fee: object) -> Order:
        """Filled at once, whatever protects it."""
        stop = D(price) * (D("0.5") if side is Side.BUY else D(2))
        self.now_ms += 60_000
        wish = Enter(instrument=of, side=side, quantity=D(quantity), stop_price=stop)
        order = placed([c for c in self.wish(wish) if isinstance(c, PlaceOrder)])
        self.paid(order, quantity, price, **fee)
        return order

    def exit(self, price: str, of=PERP, **fee: object) -> None:
        order = next(c.order for c in self.wish(Exit(instrument=of)) if isinstance(c, PlaceOrder))
        self.paid(order, str(order.quantity), price, **fee)

    def paid(self, order: Order, quantity: str, price: str, fee: str | None = None, asset: str | None = None) -> None:
        fill = Fill(
            fill_id=f"f{len(self.records)}",
            order_id=order.order_id,
            instrument=order.instrument,
            side=order.side,
            price=D(price),
            quantity=D(quantity),
            fee=None if fee is None else D(fee),
            fee_asset=asset,
        )
        self.tell(OrderFilled(time_ms=self.now_ms, fill=fill))

    def fund(self, amount: str, payment_id: str) -> None:
        self.tell(
            FundingPaid(time_ms=self.now_ms, instrument=PERP, amount=D(amount), asset="USDT", payment_id=payment_id)
        )

    def results(self, by: By | None = None, last: str | None = "100"):
        books = Books()
        entries = list(booked(books, self.records))
        prices = {} if last is None else {PERP: D(last), SPOT: D(last)}
        for of, position in self.state.positions.items():
            assert books.held(of).quantity == position.quantity
        return statement(books, entries, prices, by)


def test_a_result_is_what_was_realized_less_fees_and_with_funding():
    diary = Diary()
    diary.trade(Side.BUY, "2", "100", fee="0.2", asset="USDT")
    diary.fund("-0.5", "1")
    diary.exit("110", fee="0.3", asset="USDT")
    (result,) = diary.results()
    assert (result.realized, result.fees, result.funding) == (D(20), {"USDT": D("0.5")}, {"USDT": D("-0.5")})
    assert (result.booked, result.unrealized, result.fills) == (D("19.0"), D(0), 2)


def test_a_fee_in_a_third_asset_is_shown_and_not_converted():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100", fee="0.01", asset="BNB")
    (result,) = diary.results()
    assert (result.fees, result.booked) == ({"BNB": D("0.01")}, D(0))


def test_a_fee_taken_of_what_was_bought_makes_the_lot_smaller_and_is_told_in_its_asset():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100", of=SPOT, fee="0.001", asset="BTC")
    diary.exit("110", of=SPOT)
    (result,) = diary.results()
    assert (result.asset, result.realized, result.fees) == ("KRW", D("9.99"), {"BTC": D("0.001")})


def test_a_fee_that_the_venue_has_not_told_is_counted_as_unknown():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100")
    assert diary.results()[0].fees_unknown == 1


def test_a_fee_that_is_told_later_is_booked_then_and_once():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100")
    (told,) = [record for record in diary.records if isinstance(record, OrderFilled)]
    fill = msgspec.structs.replace(told.fill, fee=D("0.1"), fee_asset="USDT")
    for _ in range(2):
        diary.tell(msgspec.structs.replace(told, fill=fill))
    (result,) = diary.results()
    assert (result.fees, result.fees_unknown, result.fills) == ({"USDT": D("0.1")}, 0, 1)


def test_what_is_told_twice_is_booked_once():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100", fee="0.1", asset="USDT")
    diary.fund("0.5", "1")
    once = diary.results()
    diary.records += [r for r in diary.records if isinstance(r, OrderFilled | FundingPaid)]
    assert diary.results() == once


def test_what_is_held_counts_at_the_last_price_and_is_unknown_without_one():
    diary = Diary()
    diary.trade(Side.SELL, "2", "100")
    assert diary.results(last="90")[0].unrealized == D(20)
    assert diary.results(last=None)[0].unrealized is None


def test_money_of_two_kinds_is_never_added():
    diary = Diary()
    diary.trade(Side.BUY, "1", "100")
    diary.trade(Side.BUY, "1", "100", of=SPOT)
    assert [(r.of, r.asset) for r in diary.results()] == [("all", "KRW"), ("all", "USDT")]


def test_each_day_has_what_was_booked_in_it():
    diary = Diary()
    diary.now_ms = 5 * DAY_MS
    diary.trade(Side.BUY, "1", "100", fee="0.1", asset="USDT")
    diary.now_ms += DAY_MS
    diary.exit("103", fee="0.2", asset="USDT")
    days = diary.results(By.DAY)
    assert [(r.of, r.booked, r.unrealized) for r in days] == [
        ("1970-01-06", D("-0.1"), None),
        ("1970-01-07", D("2.8"), None),
    ]


def test_a_profit_is_of_the_strategy_that_opened_whoever_closed():
    diary = Diary()
    order = diary.trade(Side.BUY, "1", "100")
    stop = next(o for o in diary.state.open_orders(PERP) if o.order_id != order.order_id)
    assert stop.strategy is None
    diary.paid(stop, "1", "90", fee="0.1", asset="USDT")
    (result,) = diary.results(By.STRATEGY)
    assert (result.of, result.realized, result.fees) == ("s", D(-10), {"USDT": D("0.1")})


def test_what_was_closed_behind_our_back_is_booked_at_the_price_of_the_correction():
    diary = Diary()
    diary.trade(Side.BUY, "2", "100")
    gone = PositionReconciled(
        time_ms=1, instrument=PERP, verdict=Verdict.UPDATE, quantity=D("0.5"), price=D(80), evidence="two readings"
    )
    diary.tell(gone)
    (result,) = diary.results(By.INSTRUMENT)
    assert (result.of, result.realized, result.fills) == (str(PERP), D(-30), 1)
