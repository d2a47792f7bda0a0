"""The journal for people and other programs: which of its entries are meant, and what each is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from twinstar.config import Settings
from twinstar.domain import OrderAccepted
from twinstar.errors import StateError
from twinstar.plugin import Plugins
from twinstar.ports import Entry, Record

_PARTS: Final = ("order", "fill", "candle", "instrument")  # inside a record, what it is about
_TOLD: Final = {"type", "time_ms", "instrument", "id", "order_id"}  # stands in columns of its own


class Wanted(Struct, frozen=True, kw_only=True):
    """``since_ms`` and before ``until_ms``, by our clock; ``order`` is our id."""

    since_ms: int | None = None
    until_ms: int | None = None
    order: str | None = None
    instrument: str | None = None
    kinds: tuple[str, ...] = ()


class Line(Struct, frozen=True, kw_only=True):
    """An entry as a row of a table."""

    seq: int
    time_ms: int
    kind: str
    instrument: str
    order_id: str
    record: Record


class Verified(Struct, frozen=True, kw_only=True):
    """``rows``: how many can be trusted; ``problem``: what is wrong after them."""

    rows: int
    first_ms: int | None
    last_ms: int | None
    problem: str | None


def entries(settings: Settings, plugins: Plugins) -> Iterable[Entry]:
    """All of them, each verified, read beside whoever writes."""
    return plugins.registry.journal_type(settings.config.journal).entries(settings.state_dir)


def lines(found: Iterable[Entry], wanted: Wanted) -> Iterator[Line]:
    """Those that are wanted. All must be passed through: news of an order says which order, and no more."""
    instruments: dict[str, str] = {}  # by order
    for entry in found:
        order_id, instrument = _order_of(entry.record), _instrument_of(entry.record)
        if order_id and instrument:
            instruments[order_id] = instrument
        line = Line(
            seq=entry.seq,
            time_ms=entry.time_ms,
            kind=type(entry.record).__name__,
            instrument=instrument or instruments.get(order_id, ""),
            order_id=order_id,
            record=entry.record,
        )
        if _is_wanted(line, wanted):
            yield line


def our_id(found: Iterable[Entry], order: str) -> str:
    """Of an order that is named by the venue's id; any other is returned as it is."""
    told = (entry.record for entry in found if isinstance(entry.record, OrderAccepted))
    return next((record.order_id for record in told if record.venue_order_id == order), order)


def verify(found: Iterable[Entry]) -> Verified:
    """Read all of it."""
    rows, first_ms, last_ms, problem = 0, None, None, None
    try:
        for entry in found:
            rows, last_ms = entry.seq, entry.time_ms
            first_ms = last_ms if first_ms is None else first_ms
    except StateError as e:
        problem = str(e)
    return Verified(rows=rows, first_ms=first_ms, last_ms=last_ms, problem=problem)


def details(record: Record) -> str:
    """What stands in no column, as ``name=value``."""
    return " ".join(f"{name}={value}" for name, value in _flat(msgspec.to_builtins(record)))


def _is_wanted(line: Line, wanted: Wanted) -> bool:
    return (
        (wanted.since_ms is None or line.time_ms >= wanted.since_ms)
        and (wanted.until_ms is None or line.time_ms < wanted.until_ms)
        and (wanted.order is None or line.order_id == wanted.order)
        and (wanted.instrument is None or line.instrument == wanted.instrument)
        and (not wanted.kinds or line.kind in wanted.kinds)
    )


def _order_of(record: Record) -> str:
    return next((part.order_id for part in _parts(record) if getattr(part, "order_id", None)), "")


def _instrument_of(record: Record) -> str:
    """A listing has the whole instrument, which has the id."""
    found = next((part.instrument for part in _parts(record) if getattr(part, "instrument", None)), None)
    return str(getattr(found, "id", found)) if found else ""


def _parts(record: Record) -> tuple[Any, ...]:
    return (record, *(getattr(record, name, None) for name in _PARTS))


def _flat(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if name in _PARTS and isinstance(value, dict):
            yield from _flat(value)
        elif name not in _TOLD and value not in (None, "", [], False):
            yield name, value
