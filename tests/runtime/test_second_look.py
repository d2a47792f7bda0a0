"""A stream of our orders that is deaf is found by what should have happened, not by the next periodic reading."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from engine.desk import PERP, Desk, placed
from fakes import FakeClock

from twinstar.domain import Enter, PriceSeen, Side
from twinstar.runtime.second_look import SecondLook

PRICES = {"at market": None, "at a price": D(98)}


class Looking:
    """An engine whose venue has accepted an entry, and who has been asked to read which account."""

    def __init__(self, clock: FakeClock, price: D | None) -> None:
        self.desk, self.clock = Desk(), clock
        self.read: list[str] = []
        self.look = SecondLook(self.desk.engine, clock)
        wish = Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(90), price=price)
        self.order = placed(self.desk.wish(wish))
        self.desk.accept(self.order)

    def after(self, seconds: float) -> list[str]:
        for _ in range(round(seconds * 4)):
            self.clock.ms += 250
            self.read.extend(self.look.look())
        return self.read


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES.keys())
def test_an_order_that_should_be_filled_by_now_has_the_account_read(clock: FakeClock, price: D | None) -> None:
    looking = Looking(clock, price)
    looking.desk.price("97")
    assert looking.after(2) == []
    assert looking.after(0.5) == ["perp"]


def test_an_order_that_waits_for_its_price_has_nothing_read(clock: FakeClock) -> None:
    looking = Looking(clock, D(98))
    looking.desk.price("99")
    assert looking.after(60) == []


def test_a_price_that_was_reached_for_a_moment_only_has_the_account_read(clock: FakeClock) -> None:
    looking = Looking(clock, D(98))
    looking.look(PriceSeen(time_ms=0, instrument=PERP, price=D(98)))  # and gone before anybody looks
    looking.desk.price("99")
    assert looking.after(2.5) == ["perp"]


def test_a_fill_that_is_told_in_time_has_nothing_read(clock: FakeClock) -> None:
    looking = Looking(clock, None)
    assert looking.after(1) == []
    looking.desk.accept(placed(looking.desk.fill(looking.order)))  # its stop
    assert looking.after(60) == []


def test_what_a_reading_does_not_explain_is_asked_about_ever_more_rarely(clock: FakeClock) -> None:
    looking = Looking(clock, None)
    assert len(looking.after(63)) == 5
