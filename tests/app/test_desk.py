"""Orders, positions and balances as rows: what is dust, what is locked, and whose it is."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, SPOT, Desk, as_listed
from msgspec.structs import replace

from twinstar.app.desk import Asked
from twinstar.app.desk.history import fills
from twinstar.app.desk.views import balances, orders, positions
from twinstar.domain import (
    AccountSeen,
    Balance,
    Enter,
    Fill,
    Holding,
    OrderFilled,
    OrderKind,
    PlaceOrder,
    PriceSeen,
    Resting,
    Side,
)

ALL = Asked()


def holding(quantity: str, of=SPOT) -> Desk:
    desk = Desk()
    wish = Enter(instrument=of, side=Side.BUY, quantity=D(quantity), stop_price=D(90))
    (order,) = [c.order for c in desk.wish(wish) if isinstance(c, PlaceOrder)]
    for command in (*desk.fill(order), *desk.pass_time(1_500)):
        if isinstance(command, PlaceOrder):
            desk.accept(command.order)  # its stop
    return desk


def see(desk: Desk, venue: str, *there: Balance, holdings=(), orders=None) -> None:
    desk.now_ms += 10_000
    desk.tell(AccountSeen(time_ms=desk.now_ms, venue=venue, holdings=tuple(holdings), balances=there, orders=orders))


@pytest.mark.parametrize(
    ("price", "state"),
    [("100", "open"), ("4", "dust")],  # 1 BTC at 4 is less than the venue's smallest order of 5
)
def test_what_the_venue_lets_nobody_sell_is_dust(price, state):
    desk = holding("1")
    desk.tell(PriceSeen(time_ms=1, instrument=SPOT, price=D(price)))
    (row,) = positions(desk.state, ALL)
    assert (row.state, row.quantity, row.asset) == (state, D("1.000"), "KRW")


def test_a_perpetual_is_never_too_cheap_to_be_closed():
    desk = holding("0.1", PERP)
    desk.tell(PriceSeen(time_ms=1, instrument=PERP, price=D(4)))
    assert [row.state for row in positions(desk.state, ALL)] == ["open"]


def test_what_open_orders_lock_is_still_in_the_total():
    desk = holding("1")
    see(desk, "spot", Balance(asset="BTC", free=D("0.25"), locked=D("0.75")), Balance(asset="KRW", free=D(7)))
    bitcoin, won = balances(desk.state, ALL)
    assert (bitcoin.total, bitcoin.locked, bitcoin.held, bitcoin.dust) == (D("1.00"), D("0.75"), D("1.000"), False)
    assert (won.total, won.held, won.dust) == (D(7), D(0), False)
    assert won.as_of_ms == desk.now_ms


def test_a_crumb_of_what_can_be_traded_is_dust_and_money_never_is():
    desk = Desk()
    see(desk, "spot", Balance(asset="BTC", free=D("0.0004")), Balance(asset="KRW", free=D("0.4")))
    assert [(row.asset, row.dust) for row in balances(desk.state, ALL)] == [("BTC", True), ("KRW", False)]


def test_what_is_not_ours_is_shown_beside_what_is():
    desk = holding("1", PERP)
    stranger = Resting(
        venue_order_id="77",
        client_order_id="web-1",
        instrument=PERP,
        side=Side.SELL,
        kind=OrderKind.LIMIT,
        quantity=D(3),
        price=D(120),
    )
    there = Holding(instrument=PERP, quantity=D(4), entry_price=D(90))
    for _ in range(2):
        see(desk, "perp", holdings=[there], orders=(*as_listed(desk, "perp"), stranger))
    assert [(row.state, row.quantity) for row in positions(desk.state, ALL)] == [
        ("open", D("1.000")),
        ("external", D(3)),
    ]
    assert [(row.venue_order_id, row.ours) for row in orders(desk.state, ALL)][-1] == ("77", False)


def test_a_fee_that_was_told_later_is_in_its_fill():
    filled = OrderFilled(
        time_ms=1,
        fill=Fill(fill_id="1", order_id="o", instrument=PERP, side=Side.BUY, price=D(100), quantity=D(1)),
    )
    with_fee = replace(filled, fill=replace(filled.fill, fee=D("0.1"), fee_asset="USDT"))
    assert [row.fee for row in fills([filled], ALL)] == [None]
    assert [(row.fee, row.quantity) for row in fills([filled, with_fee, with_fee], ALL)] == [(D("0.1"), D(1))]


def test_a_question_about_an_instrument_is_about_its_venue_too():
    asked = Asked(instruments=(str(SPOT),))
    assert (asked.is_about(SPOT), asked.is_about(PERP)) == (True, False)
    assert (asked.is_about_venue("spot"), asked.is_about_venue("perp")) == (True, False)
