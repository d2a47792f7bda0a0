"""A series as its one writer has it: what lies in its months, and the words that do not yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from twinstar.builtin.store.digits import gauge_of
from twinstar.builtin.store.paths import FROM_MS, UNTIL_MS
from twinstar.builtin.store.shelf import Shelf
from twinstar.builtin.store.survey import extent
from twinstar.builtin.store.words import Word, prices, word, word_after
from twinstar.domain import Candle
from twinstar.ports import Stored

News: TypeAlias = "tuple[Book, Word, Word | None]"  # a word and the one before it


class Book:
    """``recent`` words are in the tail, ``merging`` are those of the tail before, and ``gauge`` is for all there are.

    What opens later than anything that was heard of, as nearly all does, is new without looking.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.recent: dict[int, Word] = {}
        self.merging: dict[int, Word] = {}
        self.gauge = gauge_of(shelf.form)
        self.rows = 0
        self.first_ms = self.last_ms = -1

    @property
    def words(self) -> dict[int, Word]:
        return {**self.merging, **self.recent}

    @property
    def stored(self) -> Stored | None:
        return Stored(self.rows, self.first_ms, self.last_ms) if self.rows else None

    def add(self, candle: Candle) -> News:
        """One that opens later than anything. Raise `ValueError` for what no column holds."""
        open_ms = candle.open_ms
        if open_ms >= UNTIL_MS:
            raise _no_time(candle)
        self._fit(candle)
        self.recent[open_ms] = said = word(candle)
        self.last_ms = open_ms
        self.first_ms = self.first_ms if self.rows else open_ms
        self.rows += 1
        return self, said, None

    def look_up(self, candles: Sequence[Candle]) -> Iterator[News]:
        """What is new of others, each as it is said. Raise `ValueError` for what no column holds."""
        known = self._known([candle.open_ms for candle in candles])
        for candle in candles:
            if candle.open_ms < FROM_MS:
                raise _no_time(candle)
            before = known.get(candle.open_ms)
            said = word_after(before, candle)
            if said is not None:
                self._fit(candle)
                self.recent[candle.open_ms] = known[candle.open_ms] = said
                self.first_ms = min(self.first_ms, candle.open_ms)
                self.rows += before is None
                yield self, said, before

    def forget(self, news: News) -> None:
        """It was refused, or could not be written. To be followed by `recount`."""
        _, said, before = news
        if before is None:
            del self.recent[said.open_ms]
        else:
            self.recent[said.open_ms] = before

    def recover(self, words: dict[int, Word]) -> None:
        """From the tail of a process that died; part of it may be merged already."""
        known = self.shelf.known(words.keys())
        self.merging = {open_ms: one for open_ms, one in words.items() if known.get(open_ms) != one}

    def begin_merge(self) -> bool:
        self.merging, self.recent = self.recent, {}
        return bool(self.merging)

    def merge(self) -> None:
        from twinstar.builtin.store.columns import to_table  # noqa: PLC0415 - it imports pyarrow

        self.shelf.put(to_table(self.merging.values()), self.gauge.form)
        self.merging = {}

    def recount(self) -> None:
        """What there is and how wide it is, anew."""
        words = self.words
        there = extent(self.shelf.labels.values(), words.keys() - self.shelf.known(words.keys()).keys())
        self.rows, self.first_ms, self.last_ms = (0, -1, -1)
        if there is not None:
            self.rows, self.first_ms, self.last_ms = there.rows, there.first_open_ms, there.last_open_ms
        self.gauge = gauge_of(self.shelf.form)
        for one in words.values():
            self.gauge = self.gauge.widened(prices(one))

    def _fit(self, candle: Candle) -> None:
        if not self.gauge.holds(candle.open, candle.high, candle.low, candle.close, candle.volume):
            self.gauge = self.gauge.widened(prices(candle))

    def _known(self, open_ms: Sequence[int]) -> dict[int, Word]:
        known = {ms: one for ms in open_ms if (one := self.recent.get(ms) or self.merging.get(ms))}
        return known | self.shelf.known([ms for ms in open_ms if ms not in known])


def _no_time(candle: Candle) -> ValueError:
    return ValueError(f"{candle.open_ms} is no time at which a candle of {candle.instrument} opens")
