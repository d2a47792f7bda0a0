"""Orders take in every piece of news in whatever order it comes, and never forget a fill."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.domain import Fill, InstrumentId, Order, OrderKind, OrderStatus, Role, Side

BTC = InstrumentId("BTC/USDT:USDT", "perp")
NEWS = [OrderStatus.ACCEPTED, OrderStatus.REJECTED, OrderStatus.IN_DOUBT, OrderStatus.CANCELED, OrderStatus.EXPIRED]


def order(**changes) -> Order:
    values = {
        "order_id": "o1",
        "instrument": BTC,
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": D(3),
        "role": Role.ENTRY,
    }
    return Order(**{**values, **changes})


def fill(quantity: str, price: str = "100", fill_id: str = "f") -> Fill:
    return Fill(fill_id=fill_id, order_id="o1", instrument=BTC, side=Side.BUY, price=D(price), quantity=D(quantity))


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("news", NEWS)
def test_no_news_is_refused_and_none_reopens_an_order_that_is_over(status, news):
    after = order(status=status).to(news, 5)
    if status in (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED):
        assert after.status is status
    assert after.status is not OrderStatus.SUBMITTED or status is OrderStatus.SUBMITTED


def test_an_ack_that_comes_after_the_fill_changes_nothing():
    filled = order().fill(fill("3"), 1)
    assert filled.status is OrderStatus.FILLED
    assert filled.to(OrderStatus.ACCEPTED, 2, venue_order_id="v1").status is OrderStatus.FILLED
    assert filled.to(OrderStatus.ACCEPTED, 2, venue_order_id="v1").venue_order_id == "v1"


def test_a_canceled_order_still_counts_a_late_fill():
    canceled = order().to(OrderStatus.CANCELED, 1)
    assert canceled.fill(fill("1"), 2).status is OrderStatus.CANCELED
    assert canceled.fill(fill("1"), 2).filled == D(1)
    assert canceled.fill(fill("3"), 2).status is OrderStatus.FILLED


def test_a_rejection_after_an_acceptance_is_a_doubt():
    accepted = order().to(OrderStatus.ACCEPTED, 1)
    assert accepted.to(OrderStatus.REJECTED, 2).status is OrderStatus.IN_DOUBT


def test_what_has_fills_was_not_rejected():
    doubtful = order().fill(fill("1"), 1).to(OrderStatus.IN_DOUBT, 2)
    assert doubtful.to(OrderStatus.REJECTED, 3).status is OrderStatus.CANCELED


def test_a_doubt_that_ends_in_acceptance_remembers_what_was_filled():
    doubtful = order().fill(fill("1"), 1).to(OrderStatus.IN_DOUBT, 2)
    assert doubtful.to(OrderStatus.ACCEPTED, 3).status is OrderStatus.PARTLY_FILLED


def test_status_ms_is_since_when_the_status_holds():
    doubtful = order().to(OrderStatus.IN_DOUBT, 7)
    assert doubtful.to(OrderStatus.IN_DOUBT, 9).status_ms == 7


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 10)), min_size=1, max_size=6))
def test_the_average_price_is_that_of_all_fills(parts):
    filled = order(quantity=D(1_000))
    for quantity, price in parts:
        filled = filled.fill(fill(str(quantity), str(price)), 1)
    cost = sum(q * p for q, p in parts)
    assert filled.filled == sum(q for q, _ in parts)
    assert abs(filled.average_price - D(cost) / filled.filled) < D("1e-20")


def test_the_order_of_news_does_not_change_what_came_of_it():
    """Two fills, an ack and a cancel, in all their orders: the same end."""
    ends = set()
    for news in permutations(["ack", "cancel", "fill 1", "fill 2"]):
        now = order()
        for one in news:
            match one.split():
                case ["ack"]:
                    now = now.to(OrderStatus.ACCEPTED, 1)
                case ["cancel"]:
                    now = now.to(OrderStatus.CANCELED, 1)
                case _:
                    now = now.fill(fill("1"), 1)
        ends.add((now.status, now.filled))
    assert ends == {(OrderStatus.CANCELED, D(2))}
