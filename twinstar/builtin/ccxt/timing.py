"""What time it is at a venue, from one answer of its own."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain import Lane, in_lane
from twinstar.errors import BadMessage
from twinstar.ports import TimeSample

SECOND_MS = 1_000
PLAUSIBLE_MS = range(1_577_836_800_000, 4_102_444_800_000)  # from 2020 to 2100: seconds or microseconds are outside


async def ask_time(exchange: TwinExchange) -> TimeSample:
    """From the venue's own endpoint; where it has none, from the date of an answer."""
    with in_lane(Lane.ACCOUNT), reading(exchange, "time") as exchanged:
        if exchange.has.get("fetchTime"):
            told_ms = await exchange.fetch_time()
        else:
            await exchange.ready()
            await exchange.fetch_ticker(next(iter(exchange.markets)))
            told_ms = dated_ms(exchanged.date)
        if not isinstance(told_ms, int) or told_ms not in PLAUSIBLE_MS:
            raise BadMessage(exchange.venue, f"time: {told_ms!r} is not one")
        return TimeSample(
            sent_s=exchanged.sent_s,
            received_s=exchanged.answered_s,
            venue_ms=told_ms,
            # Some tell whole seconds only; of the others one answer in a thousand looks so, which does no harm.
            resolution_ms=1 if told_ms % SECOND_MS else SECOND_MS,
        )


def dated_ms(header: str | None) -> int | None:
    """A ``Date`` header, which tells whole seconds."""
    try:
        return round(parsedate_to_datetime(header).timestamp()) * SECOND_MS if header else None
    except ValueError:
        return None
