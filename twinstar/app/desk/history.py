"""Fills, and what they came to: from the journal, whether a service writes it or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from twinstar.app.desk.asked import Asked
from twinstar.domain import Fill, InstrumentId
from twinstar.engine.pnl import Booked, Books, booked
from twinstar.engine.statement import By, Result, statement
from twinstar.ports import Record


class FillRow(Struct, frozen=True, kw_only=True):
    """``realized`` is counted first in, first out, before the fee; a fee that is null the venue has not told."""

    time_ms: int
    instrument: str
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal | None
    fee_asset: str | None
    realized: Decimal
    asset: str  # of what is realized
    role: str | None
    strategy: str | None
    order_id: str
    fill_id: str


def fills(records: Iterable[Record], asked: Asked) -> list[FillRow]:
    """The newest last. All records are needed: a sale's profit depends on what was bought before."""
    books = Books()
    rows: dict[tuple[str, str], FillRow] = {}
    for record in records:
        entries = list(books.book(record))
        fill = entries[0].fill if entries else None
        if fill is None or not asked.is_about(fill.instrument) or not asked.reaches(entries[0].time_ms):
            continue
        key = fill.order_id, fill.fill_id
        if entries[0].is_late_fee:
            rows[key] = replace(rows[key], fee=entries[0].fee, fee_asset=entries[0].fee_asset)
        else:
            rows[key] = _row(entries[0], fill, sum((entry.realized for entry in entries), Decimal(0)), books)
    return list(rows.values())[-asked.last :]


def profit(
    records: Iterable[Record], asked: Asked, by: By, prices: Mapping[InstrumentId, Decimal]
) -> tuple[list[Result], list[Result]]:
    """By what was asked for, and in all. Where there is no price, the last close that was journaled has to do."""
    books = Books()
    entries = [
        entry for entry in booked(books, records) if asked.is_about(entry.instrument) and asked.reaches(entry.time_ms)
    ]
    books.lots = {of: lots for of, lots in books.lots.items() if asked.is_about(of)}
    last = {**books.prices, **prices}
    return statement(books, entries, last, by), statement(books, entries, last, None)


def _row(entry: Booked, fill: Fill, realized: Decimal, books: Books) -> FillRow:
    return FillRow(
        time_ms=entry.time_ms,
        instrument=str(fill.instrument),
        side=fill.side.value,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        realized=realized,
        asset=books.money(fill.instrument),
        role=entry.order.role.value if entry.order else None,
        strategy=entry.strategy,
        order_id=fill.order_id,
        fill_id=fill.fill_id,
    )
