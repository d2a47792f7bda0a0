"""A venue's public trades, read from the frame itself: ccxt takes three times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from twinstar.builtin.ccxt.habits.habit import Json, Unified

BY_MAKER: Mapping[Json, str] = {True: "sell", False: "buy"}  # whether the buyer was the maker, and the taker's side


def data(frame: Json) -> Iterable[Json]:
    rows: Iterable[Json] = frame["data"]
    return rows


class Tape(Struct, frozen=True, kw_only=True):
    """What the venue calls each fact of a trade."""

    rows: Callable[[Json], Iterable[Json]] = data  # of a frame, the oldest first
    id: str
    time: str
    price: str
    amount: str
    side: str
    sides: Mapping[Json, str]  # the taker's

    def __call__(self, frame: Json) -> Iterator[Unified]:
        for row in self.rows(frame):
            yield {
                "id": row.get(self.id),
                "timestamp": int(row[self.time]),
                "price": row[self.price],
                "amount": row[self.amount],
                "side": self.sides[row[self.side]],
            }
