"""A status as rows, one a venue and instrument: what a table, a live display and a log line are made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from twinstar.config import Mode
from twinstar.domain import Ban
from twinstar.runtime.logs import clean
from twinstar.runtime.status import ClockStatus, HaltStatus, InstrumentStatus, PositionStatus, Status, VenueStatus

NOTHING: Final = "-"
STOP_IS: Final = {"resident": "at the venue", "local": "held here"}


class Row(Struct, frozen=True, kw_only=True):
    venue: str
    mode: str
    state: str
    instrument: str  # the symbol; its venue is beside it
    candles: str
    age: str  # since anything was heard of it
    price: str
    position: str
    profit: str  # unrealized
    stop: str
    exposed: bool  # a position without a live stop
    requests: str


def rows(status: Status) -> list[Row]:
    return [_row(venue, instrument) for venue in status.venues for instrument in venue.instruments]


def _row(venue: VenueStatus, instrument: InstrumentStatus) -> Row:
    held = next((p for a in venue.accounts for p in a.positions if p.instrument == instrument.id), None)
    return Row(
        venue=venue.id,
        mode=mode_word(venue.mode),
        state=clean(f"{venue.state}: {venue.reason}" if venue.reason else venue.state),
        instrument=instrument.id.rpartition("@")[0],
        candles=str(instrument.candles_stored),
        age=age(instrument.data_age_ms),
        price=amount(instrument.last_price),
        position=_position(held),
        profit=NOTHING if held is None or held.unrealized is None else signed(held.unrealized),
        stop=_stop(held),
        exposed=held is not None and held.protection == "none",
        requests=f"{venue.usage['requests']:.0f}" if "requests" in venue.usage else NOTHING,
    )


def mode_word(mode: str) -> str:
    """Nobody should take a simulated position for a real one, or a real one for a game."""
    return {Mode.SIM.value: "SIMULATED", Mode.LIVE.value: "LIVE"}.get(mode, mode)


def in_words(row: Row) -> str:
    """For logs."""
    words = [row.mode, row.state, f"data {row.age} old", f"{row.candles} candles", f"position {row.position}"]
    if row.position != "flat":
        words += [f"P&L {row.profit}", f"stop {row.stop}"]
    return ", ".join([*words, f"{row.requests} requests"])


def realized(venue: VenueStatus) -> str:
    """Profit and loss that is booked, and what it cost."""
    profit = _merged(pair for account in venue.accounts for pair in account.realized.items())
    booked = ", ".join(f"{signed(value)} {asset}" for asset, value in profit.items()) or "nothing"
    fees = _merged(pair for account in venue.accounts for pair in account.fees.items())
    cost = ", ".join(f"{amount(shortened(fee))} {asset}" for asset, fee in fees.items() if fee) or "none"
    return f"realized {booked}, fees {cost}"


def ban_words(venue: VenueStatus, ban: Ban, now_ms: int) -> str:
    left = span(max(ban.until_ms - now_ms, 0) / 1_000)
    return clean(f"{venue.id}: {ban.stopped} is stopped for another {left} ({ban.reason}); nothing is sent there")


def halt_words(halt: HaltStatus) -> str:
    since = datetime.fromtimestamp(halt.since_ms / 1_000, UTC)
    return clean(f"no entries at {halt.venue or 'any venue'} since {since:%Y-%m-%d %H:%M:%S} UTC: {halt.reason}")


def clock_words(clock: ClockStatus | None) -> str:
    """The venue's clock less ours, and by how much that may be wrong."""
    return NOTHING if clock is None else f"{round(clock.offset_ms):+,d} ±{clock.uncertainty_ms:,.0f} ms"


def age(milliseconds: int | None) -> str:
    if milliseconds is None:
        return NOTHING
    seconds = milliseconds / 1_000
    return f"{seconds:.1f}s" if seconds < 60 else span(seconds)


def span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def amount(value: Decimal | None) -> str:
    """With thousands, without an exponent, and without zeros that say nothing."""
    if value is None:
        return NOTHING
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: Decimal) -> str:
    """A result in a quote asset: to the cent, and whole where it is large (KRW)."""
    digits = 0 if abs(value) >= 100_000 else 2
    return f"{round(value, digits):+,f}"


def _position(held: PositionStatus | None) -> str:
    if held is None:
        return "flat"
    return f"{held.side} {amount(held.quantity)} @ {amount(shortened(held.entry_price))}"


def shortened(price: Decimal) -> Decimal:
    """An average price may have any number of digits; eight of them are enough to look at."""
    places = max(0, 7 - price.adjusted()) if price else 0
    return round(price, places)


def _stop(held: PositionStatus | None) -> str:
    if held is None:
        return NOTHING
    if held.protection == "none":
        return f"NONE for {age(held.unprotected_ms)}" if held.unprotected_ms else "NONE"
    return f"{amount(held.stop_price)} {STOP_IS.get(held.protection, held.protection)}"


def _merged(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for asset, value in pairs:
        total[asset] = total.get(asset, Decimal(0)) + value
    return total
