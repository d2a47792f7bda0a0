"""First in, first out, against a count that goes unit by unit."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from twinstar.engine.lots import Lots

amounts = st.integers(-40, 40).filter(bool)
prices = st.integers(1, 10_000).map(lambda cents: D(cents) / 100)
trades = st.lists(st.tuples(amounts, prices, st.sampled_from(["a", "b", None])), max_size=30)


class UnitByUnit:
    """A queue of single units: slow, and too simple to be wrong."""

    def __init__(self) -> None:
        self.side, self.queue = 0, []

    def trade(self, units, price, owner):
        realized = {}
        side = 1 if units > 0 else -1
        for _ in range(abs(units)):
            if self.queue and self.side != side:
                entry, whose = self.queue.pop(0)
                realized[whose] = realized.get(whose, D(0)) + (price - entry) * self.side * D("0.001")
            else:
                self.side = side
                self.queue.append((price, owner))
        return realized


@given(trades)
def test_whatever_is_traded_is_what_counting_unit_by_unit_gives(story):
    lots, simple = Lots(), UnitByUnit()
    for units, price, owner in story:
        realized = lots.trade(units * D("0.001"), price, owner)
        assert realized == simple.trade(units, price, owner)
        assert lots.quantity == (simple.side * len(simple.queue)) * D("0.001")
        cost = sum((lot.quantity * lot.price for lot in lots), D(0))
        assert cost == sum((entry for entry, _ in simple.queue), D(0)) * simple.side * D("0.001")


@given(trades, prices)
def test_realized_and_unrealized_are_the_cash_flow_with_what_is_held_at_its_price(story, last):
    lots, realized, cash = Lots(), D(0), D(0)
    for units, price, owner in story:
        realized += sum(lots.trade(D(units), price, owner).values())
        cash -= units * price
    assert realized + sum((lot.gain(last) for lot in lots), D(0)) == cash + lots.quantity * last


def test_a_sale_of_more_than_is_held_turns_the_position_at_the_price_of_the_sale():
    lots = Lots()
    lots.trade(D(1), D(100), "a")
    lots.trade(D(2), D(110), "b")
    assert lots.trade(D(-5), D(120), "c") == {"a": D(20), "b": D(20)}
    (short,) = lots
    assert (short.quantity, short.price, short.owner) == (D(-2), D(120), "c")


def test_what_a_fee_takes_of_the_lots_realizes_nothing():
    lots = Lots()
    lots.trade(D(1), D(100), "a")
    lots.lose(D("0.25"), D(500))
    assert lots.quantity == D("0.75")
    assert lots.trade(D("-0.75"), D(110), None) == {"a": D("7.5")}
