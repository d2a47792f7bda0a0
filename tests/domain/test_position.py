"""A position is what fills add up to, through flat and through zero."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Fill, InstrumentId, Position, Side

BTC = InstrumentId("BTC/USDT:USDT", "perp")


def fills(*parts: tuple[str, str, str]) -> Position:
    position = Position(instrument=BTC)
    for i, (side, quantity, price) in enumerate(parts):
        fill = Fill(fill_id=str(i), order_id="o", instrument=BTC, side=Side(side), price=D(price), quantity=D(quantity))
        position = position.apply(fill)
    return position


def test_adding_averages_and_closing_realizes():
    position = fills(("buy", "1", "100"), ("buy", "1", "110"), ("sell", "1", "120"))
    assert (position.quantity, position.average_price, position.realized) == (D(1), D(105), D(15))


def test_a_short_gains_when_the_price_falls():
    position = fills(("sell", "2", "100"), ("buy", "2", "90"))
    assert (position.quantity, position.average_price, position.realized) == (D(0), D(0), D(20))


def test_through_zero_the_rest_has_the_new_price():
    position = fills(("buy", "1", "100"), ("sell", "3", "90"))
    assert (position.quantity, position.average_price, position.realized) == (D(-2), D(90), D(-10))
    assert position.side is Side.SELL
    assert position.unrealized(D(80)) == D(20)


@given(st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 9), st.integers(50, 150)), max_size=12))
def test_money_is_neither_made_nor_lost_by_counting(parts):
    """Realized and unrealized together are what the fills cost, at any price."""
    position = fills(*((side, str(q), str(p)) for side, q, p in parts))
    price = D(97)
    paid = sum(D(q * p) * (1 if side == "buy" else -1) for side, q, p in parts)
    assert abs(position.realized + position.unrealized(price) - (position.quantity * price - paid)) < D("1e-15")
