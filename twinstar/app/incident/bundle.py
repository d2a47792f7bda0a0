"""A bundle around a moment: what happened, under which configuration, and what we believed at its end.

It has no secret in it, and can be sent to whoever is to find out.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from msgspec import Struct

from twinstar import __version__
from twinstar.app.incident import tapes
from twinstar.app.journal import Line, Wanted, entries, lines
from twinstar.app.parts import TAPES
from twinstar.config import Mode, Settings
from twinstar.domain import CandleClosed
from twinstar.engine import State
from twinstar.plugin import Plugins
from twinstar.runtime.redaction import redactor

ABOUT: Final = "incident.json"
JOURNAL: Final = "journal.jsonl"
CONFIG: Final = "config.json"
LOG: Final = "log.txt"

_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d\.\d{3})")
_FAR: Final = 60  # characters of a line of the log in which its time is, as text or as JSON


class Belief(Struct, frozen=True, kw_only=True):
    """What a state comes to, in words that compare."""

    orders: Mapping[str, str]  # by our id: status, filled
    positions: Mapping[str, str]  # signed quantity, average price
    stops: Mapping[str, str]
    not_ours: Mapping[str, str]
    halts: tuple[str, ...]


class Incident(Struct, frozen=True, kw_only=True):
    """``belief``: at the end of the last row. Times are UTC milliseconds. ``accounts``: as each venue calls ours."""

    from_ms: int
    until_ms: int
    rows: int
    belief: Belief
    versions: Mapping[str, str]
    accounts: Mapping[str, str] = {}


def write(settings: Settings, plugins: Plugins, *, from_ms: int, until_ms: int, config: Any, output: Path) -> Incident:
    """All that led there, but of the candles only those of the time itself; nothing when the journal is damaged."""
    part = output.with_name(f"{output.name}.part")
    try:
        incident = _write(settings, plugins, (from_ms, until_ms), config, part)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return incident


def _write(settings: Settings, plugins: Plugins, span: tuple[int, int], config: Any, output: Path) -> Incident:
    from_ms, until_ms = span
    with ZipFile(output, "w", ZIP_DEFLATED) as bundle:
        state, rows = State(), 0
        with bundle.open(JOURNAL, "w") as file:
            for line in _told(settings, plugins, from_ms, until_ms):
                state.apply(line.record)
                file.write(_clean(line) + b"\n")
                rows += 1
        incident = Incident(
            from_ms=from_ms,
            until_ms=until_ms,
            rows=rows,
            belief=belief(state),
            versions={"twinstar": __version__, "ccxt": version("ccxt"), "python": platform.python_version()},
            accounts={
                venue_id: name
                for venue_id, (_, of_venue) in settings.venues.items()
                if (name := of_venue.account_name) is not None and of_venue.mode is not Mode.SIM
            },
        )
        bundle.writestr(ABOUT, redactor(msgspec.json.format(msgspec.json.encode(incident)).decode()))
        bundle.writestr(CONFIG, redactor(msgspec.json.format(msgspec.json.encode(config)).decode()))
        tapes.add(bundle, settings.state_dir / TAPES, from_ms, until_ms)
        bundle.writestr(LOG, "".join(_logged(settings.config.log.file, from_ms, until_ms)))
    return incident


def belief(state: State) -> Belief:
    return Belief(
        orders={order.order_id: f"{order.status.value}, {order.filled}" for order in state.orders.values()},
        positions={
            str(of): f"{position.quantity} at {position.average_price}"
            for of, position in state.positions.items()
            if not position.is_flat
        },
        stops={str(of): str(price) for of, price in state.stops.items()},
        not_ours={str(of): str(quantity) for of, quantity in state.external.items() if quantity},
        halts=tuple(sorted(halt.reason for halt in state.trading_halts)),
    )


def _told(settings: Settings, plugins: Plugins, from_ms: int, until_ms: int) -> Iterator[Line]:
    before = takewhile(lambda entry: entry.time_ms < until_ms, entries(settings, plugins))
    for line in lines(before, Wanted()):
        if line.time_ms >= from_ms or not isinstance(line.record, CandleClosed):
            yield line


def _clean(line: Line) -> bytes:
    return redactor(msgspec.json.encode(line).decode()).encode()


def _logged(file: Path | None, from_ms: int, until_ms: int) -> Iterable[str]:
    """A line without a time belongs to the one before it."""
    if file is None or not file.exists():
        return
    first, last = _stamp(from_ms), _stamp(until_ms)
    is_within = False
    with file.open(encoding="utf-8", errors="replace") as log:
        for line in log:
            if stamp := _STAMP.search(line[:_FAR]):
                is_within = first <= f"{stamp[1]} {stamp[2]}" < last
            if is_within:
                yield redactor(line)


def _stamp(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
