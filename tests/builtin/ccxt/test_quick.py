"""What is done in a quicker way has the results that ccxt's own way has."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from twinstar.builtin.ccxt.exchange import twin_class
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.library import Exchange

LAST_MS = 253_402_300_799_999  # of the year 9999
ODD_TIMES = (
    None,
    True,
    0,
    999,
    -1,
    "1700000000123",
    "12x",
    1.5,
    float("nan"),
    253_402_300_799_999,
    253_402_300_800_000,
)
LEVELS: tuple[Any, ...] = (
    ["1.5", "2"], ["1.5", "x"], [None, 1], [1.5, 2, 3], ["1", "2", "0", "4"], ["1"], [], ("1", "2"), {0: "1", 1: "2"}
)  # fmt: skip


def both(venue: str) -> list[Any]:
    """ccxt's exchange as it is, and as we use it."""
    own = exchange_class(venue)
    return [made({"timeout_on_exit": 0}) for made in (own, twin_class(own))]


def test_a_time_in_words_is_ccxts() -> None:
    random, quick = Random(1), twin_class(exchange_class("okx"))
    times = [random.randrange(10**13) for _ in range(500)] + [1_700_000_000_000 + step for step in range(0, 3_000, 7)]
    for time in (*ODD_TIMES, *times):
        assert quick.iso8601(time) == Exchange.iso8601(time), time


@pytest.mark.parametrize("level", LEVELS, ids=repr)
def test_a_level_of_a_book_is_ccxts(level: Any) -> None:
    plain, quick = (
        made({"timeout_on_exit": 0}) for made in (exchange_class("bybit"), twin_class(exchange_class("bybit")))
    )
    assert quick.parse_order_book_bid_ask(level, 0, 1) == plain.parse_order_book_bid_ask(level, 0, 1)


@pytest.mark.parametrize("venue", ["binance", "binanceusdm", "bitget", "bybit", "okx"])
def test_a_book_is_the_same_after_any_changes(venue: str) -> None:
    random = Random(2)
    plain, quick = ((each, each.order_book()) for each in both(venue))
    for _ in range(300):
        change = [[f"{random.randrange(50)}.5", random.choice(("0", "1.25", "7"))] for _ in range(random.randrange(4))]
        side = random.choice(("bids", "asks"))
        for exchange, book in (plain, quick):
            exchange.handle_deltas(book[side], [list(level) for level in change])
    assert quick[1]["bids"]
    assert quick[1] == plain[1]


@pytest.mark.parametrize("venue", ["binance", "binanceusdm", "okx"])
@pytest.mark.parametrize("level", [["1.5", "x"], ["1.5", None], ["", "1"], ["1.5"]], ids=repr)
def test_a_level_that_cannot_be_read_is_an_error_and_takes_nothing_away(venue: str, level: list[Any]) -> None:
    _, quick = both(venue)
    side = quick.order_book()["asks"]
    quick.handle_deltas(side, [["1.5", "2"]])
    with pytest.raises((ValueError, TypeError, IndexError)):
        quick.handle_deltas(side, [level])
    assert side == [[1.5, 2.0]]


def test_what_a_venue_does_in_its_own_way_it_does_still() -> None:
    own = exchange_class("kraken")
    assert twin_class(own).parse_order_book_bid_ask is own.parse_order_book_bid_ask
