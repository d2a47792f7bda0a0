"""An order becomes integers exactly, or is not sent."""

from __future__ import annotations

from decimal import Decimal

import pytest

import twinstar as ts
from lighter_shared import market, order
from twinstar_lighter.orders import MOST_INDEX, MOST_PRICE, MOST_SIZE, STANDS_MS, Unfit, client_index, fields_of, worst

NOW_MS = 1_795_598_000_000


@pytest.mark.parametrize("size_decimals", range(6))
@pytest.mark.parametrize("price_decimals", range(7))
def test_sizes_and_prices_are_scaled_exactly_up_to_the_largest(size_decimals: int, price_decimals: int) -> None:
    there = market(size_decimals=size_decimals, price_decimals=price_decimals)
    for ticks in (1, 10**6 + 1, MOST_SIZE - 1, MOST_SIZE):
        assert there.size(Decimal(ticks).scaleb(-size_decimals)) == ticks
    for ticks in (1, 235_274, MOST_PRICE):
        assert there.price(Decimal(ticks).scaleb(-price_decimals)) == ticks


@pytest.mark.parametrize("quantity", ["0.00505", "0", "-1", "28147497671.0656"])
def test_what_has_no_exact_integer_is_not_sent(quantity: str) -> None:
    with pytest.raises(Unfit, match="quantity"):
        market().size(Decimal(quantity))


@pytest.mark.parametrize(
    ("changes", "kind", "time_in_force", "waits"),
    [
        ({}, 0, 1, True),
        ({"time_in_force": ts.TimeInForce.IOC}, 0, 0, False),
        ({"time_in_force": ts.TimeInForce.POST_ONLY}, 0, 2, True),
        ({"kind": ts.OrderKind.MARKET}, 1, 0, False),
        ({"kind": ts.OrderKind.STOP, "stop_price": Decimal(2300)}, 2, 0, True),
        ({"kind": ts.OrderKind.TAKE_PROFIT, "stop_price": Decimal(2300)}, 4, 0, True),
    ],
)
def test_each_kind_of_order_has_its_type_and_only_what_stands_expires(
    changes: dict[str, object], kind: int, time_in_force: int, *, waits: bool
) -> None:
    fields = fields_of(order(**changes), market(), Decimal("2352.74"), NOW_MS)
    assert (fields.kind, fields.time_in_force) == (kind, time_in_force)
    assert fields.expiry == (NOW_MS + STANDS_MS if waits else 0)
    assert (fields.size, fields.price, fields.is_ask) == (50, 235_274, 0)
    is_trigger = "stop_price" in changes
    assert (fields.trigger_price, fields.reduce_only) == ((230_000, 1) if is_trigger else (0, 0))


def test_fill_or_kill_is_refused_with_the_reason() -> None:
    with pytest.raises(Unfit, match="no fill-or-kill"):
        fields_of(order(time_in_force=ts.TimeInForce.FOK), market(), Decimal(2352), NOW_MS)


def test_the_client_index_comes_from_our_id_and_fits_the_venues_field() -> None:
    ids = [f"ts{run:09d}{count:09d}" for run in range(20) for count in range(500)]
    indexes = {client_index(each) for each in ids}
    assert len(indexes) == len(ids)
    assert all(1 <= index <= MOST_INDEX for index in indexes)
    assert client_index(ids[7]) == client_index(ids[7])


@pytest.mark.parametrize(("side", "limit"), [(ts.Side.BUY, "2376.26"), (ts.Side.SELL, "2329.22")])
def test_a_market_order_is_never_filled_beyond_the_slippage(side: ts.Side, limit: str) -> None:
    assert worst(Decimal("2352.74"), side, Decimal(1), market()) == Decimal(limit)


@pytest.mark.parametrize(("ticks", "side"), [(1, ts.Side.SELL), (1, ts.Side.BUY), (MOST_PRICE, ts.Side.BUY)])
def test_however_much_room_a_stop_has_its_worst_price_is_one_that_the_venue_can_read(ticks: int, side: ts.Side) -> None:
    there = market()
    price = worst(Decimal(ticks).scaleb(-2), side, Decimal(50), there)
    assert there.price(price) == ticks
