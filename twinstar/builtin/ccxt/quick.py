"""Small things that ccxt's venues do many times a frame, with the same results for less."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from twinstar.builtin.ccxt.library import Exchange

PLAIN_LEVELS: Final = ("binance", "binanceusdm", "okx")


class PlainLevels:
    """Stands before the class of a venue whose levels are a price and a size, and what ccxt does not look at."""

    def handle_deltas(self, side: Any, levels: Iterable[Any]) -> None:
        """What is no number is an error; ccxt takes the level away."""
        store = side.storeArray
        for level in levels:
            store([float(level[0]), float(level[1])])


class Quick(Exchange):  # type: ignore[misc]  # ccxt is not typed
    """Stands between a venue's class and ccxt's own, so that what a venue does in its own way it does still."""

    @staticmethod
    def iso8601(timestamp: Any = None) -> str | None:
        """Every parsed thing is dated in words; most have the second of the one before."""
        if type(timestamp) is int and (second := _second(timestamp // 1_000)) is not None:
            return f"{second}{timestamp % 1_000:03d}Z"
        words: str | None = Exchange.iso8601(timestamp)
        return words

    def parse_order_book_bid_ask(self, bidask: Any, price: Any = 0, amount: Any = 1, count: Any = 2) -> Any:
        """That there is no count ccxt learns from an exception, which takes longer than all the rest."""
        if type(bidask) is list and len(bidask) == count:
            return [self.safe_float(bidask, price), self.safe_float(bidask, amount)]
        return super().parse_order_book_bid_ask(bidask, price, amount, count)


@lru_cache(64)
def _second(epoch_s: int) -> str | None:
    """None for what is no time."""
    words: str | None = Exchange.iso8601(epoch_s * 1_000)
    return None if words is None else words.removesuffix("000Z")
