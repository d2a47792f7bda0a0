"""The book against a reference, over a line that loses, repeats and swaps what it carries."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from twinstar_lighter.book import Broken, OrderBook
from twinstar_lighter.known import Known
from twinstar_lighter.messages import Book, Level

MIDDLE = 2_000
Sides = tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]


class Reference:
    """A venue's book that changes, and what it tells of that. ``history``: the book as it was at each nonce."""

    def __init__(self, random: Random) -> None:
        self._random, self.nonce = random, 1
        self._asks = {Decimal(MIDDLE + n): Decimal(n) for n in range(1, 20)}
        self._bids = {Decimal(MIDDLE - n): Decimal(n) for n in range(20)}
        self.history: dict[int, Sides] = {}
        self._remember()

    def snapshot(self) -> Book:
        return Book(asks=_levels(self._asks), bids=_levels(self._bids), nonce=self.nonce)

    def change(self) -> Book:
        begin, self.nonce = self.nonce, self.nonce + self._random.randint(1, 5)
        asks = {Decimal(MIDDLE + self._random.randint(1, 20)): Decimal(self._random.randint(0, 3))}
        bids = {Decimal(MIDDLE - self._random.randint(0, 20)): Decimal(self._random.randint(0, 3))}
        self._asks = {price: size for price, size in {**self._asks, **asks}.items() if size}
        self._bids = {price: size for price, size in {**self._bids, **bids}.items() if size}
        self._remember()
        return Book(asks=_levels(asks), bids=_levels(bids), nonce=self.nonce, begin_nonce=begin)

    def _remember(self) -> None:
        self.history[self.nonce] = dict(self._asks), dict(self._bids)


def _levels(side: dict[Decimal, Decimal]) -> list[Level]:
    return [Level(str(price), str(size)) for price, size in side.items()]


@pytest.mark.parametrize("seed", range(40))
def test_what_it_shows_was_true_and_a_loss_never_goes_unnoticed(seed: int) -> None:
    random = Random(seed)
    venue, book = Reference(random), OrderBook()
    book.take(venue.snapshot(), is_snapshot=True)
    held: list[Book] = []
    broken = 0
    for _ in range(200):
        held.append(venue.change())
        fate = random.random()
        if fate < 0.1:
            held.pop()  # lost
        elif fate < 0.2:
            continue  # overtaken by the next
        elif fate < 0.3:
            held.append(held[-1])  # told twice
        random.shuffle(held)
        for update in held:
            try:
                book.take(update, is_snapshot=False)
            except Broken:
                broken += 1
                assert book.sizes == ({}, {})
                book.take(venue.snapshot(), is_snapshot=True)
            assert book.nonce is not None
            asks, bids = book.sizes
            assert (asks, bids) == venue.history[book.nonce]
            assert (book.asks.best, book.bids.best) == (min(asks, default=None), max(bids, default=None))
        held.clear()
    assert broken > 5


def test_nothing_counts_before_the_snapshot() -> None:
    book = OrderBook()
    book.take(Book(asks=[Level("1", "1")], nonce=5, begin_nonce=4), is_snapshot=False)
    assert (book.nonce, book.asks.best) == (None, None)


def test_a_book_that_crosses_is_not_shown() -> None:
    book = OrderBook()
    book.take(Book(asks=[Level("10", "1")], nonce=1), is_snapshot=True)
    with pytest.raises(Broken, match="crossed"):
        book.take(Book(bids=[Level("10", "1")], nonce=2, begin_nonce=1), is_snapshot=False)
    assert book.asks.best is None


def test_a_price_that_is_spelt_otherwise_is_the_same_price() -> None:
    book = OrderBook()
    book.take(Book(asks=[Level("10.0", "1"), Level("11", "2")], nonce=1), is_snapshot=True)
    book.take(Book(asks=[Level("10.00", "3")], nonce=2, begin_nonce=1), is_snapshot=False)
    assert book.sizes[0] == {Decimal(10): Decimal(3), Decimal(11): Decimal(2)}
    book.take(Book(asks=[Level("10.000", "0.00")], nonce=3, begin_nonce=2), is_snapshot=False)
    assert (book.asks.best, book.sizes[0]) == (Decimal(11), {Decimal(11): Decimal(2)})


@pytest.mark.parametrize(
    ("price", "size"),
    [
        ("Infinity", "1"),
        ("1e999999", "1"),
        ("-10", "1"),
        ("NaN", "1"),
        ("ten", "1"),
        ("10", "-1"),
        ("10", "NaN"),
        ("10", ""),
    ],
)
def test_what_is_no_number_is_no_level(price: str, size: str) -> None:
    book = OrderBook()
    book.take(Book(asks=[Level("9", "1")], nonce=1), is_snapshot=True)
    with pytest.raises(Broken):
        book.take(Book(asks=[Level("8", "1"), Level(price, size)], nonce=2, begin_nonce=1), is_snapshot=False)
    assert (book.nonce, book.sizes) == (None, ({}, {}))  # half of a frame is not shown


def test_prices_that_come_and_go_far_from_the_best_leave_nothing_behind() -> None:
    book, random = OrderBook(), Random(1)
    book.take(Book(asks=[Level("10", "1")], nonce=1), is_snapshot=True)
    for nonce in range(1, 2_001):
        asks = [Level(str(random.randint(11, 30)), str(random.randint(0, 1)))]
        book.take(Book(asks=asks, nonce=nonce + 1, begin_nonce=nonce), is_snapshot=False)
    assert book.asks.best == Decimal(10)
    assert len(book.asks.heap) < 200
    book.take(Book(asks=[Level("10", "0")], nonce=2_002, begin_nonce=2_001), is_snapshot=False)
    assert book.asks.best == min(book.sizes[0])


def test_what_is_remembered_of_texts_is_bounded() -> None:
    read: list[str] = []

    def length(text: str) -> int:
        read.append(text)
        return len(text)

    known = Known(length, 2)
    assert [known[text] for text in ("a", "bb", "a", "ccc", "a")] == [1, 2, 1, 3, 1]
    assert (read, len(known)) == (["a", "bb", "ccc", "a"], 2)
