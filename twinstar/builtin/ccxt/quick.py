"""Small things that ccxt's venues do many times a frame, with the same results for less."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from twinstar.builtin.ccxt.library import Exchange


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
