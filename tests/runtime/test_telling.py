"""People are told of an outage in four lines: lost, the gap, what filled it, back."""

from __future__ import annotations

from decimal import Decimal as D

from twinstar.domain import (
    Candle,
    CandleClosed,
    CandlesMissing,
    Instrument,
    InstrumentId,
    InstrumentListed,
    Level,
    Notice,
    Source,
    StreamGap,
    Timeframe,
    TimePassed,
    VenueReady,
)
from twinstar.engine import State
from twinstar.runtime.telling import Telling

BTC = InstrumentId("BTC/USDT:USDT", "perp")
ETH = InstrumentId("ETH/USDT:USDT", "perp")
MINUTE = 60_000


def candle(
    minute: int, of: InstrumentId = BTC, source: Source = Source.STREAM, *, backfill: bool = False
) -> CandleClosed:
    made = Candle(
        instrument=of,
        timeframe=Timeframe.M1,
        open_ms=minute * MINUTE,
        open=D(1),
        high=D(1),
        low=D(1),
        close=D(1),
        volume=D(1),
        source=source,
    )
    return CandleClosed(time_ms=0, candle=made, backfill=backfill)


def from_rest(minute: int, of: InstrumentId = BTC, *, backfill: bool = True) -> CandleClosed:
    return candle(minute, of, Source.REST, backfill=backfill)


def missing(from_minute: int, until_minute: int) -> CandlesMissing:
    return CandlesMissing(
        time_ms=0,
        instrument=BTC,
        timeframe=Timeframe.M1,
        from_ms=from_minute * MINUTE,
        until_ms=until_minute * MINUTE,
        reason="the venue has none",
    )


def lost(time_ms: int = 0) -> StreamGap:
    return StreamGap(time_ms=time_ms, venue="perp", reason="closed by the venue (1011)")


def ready(time_ms: int) -> VenueReady:
    return VenueReady(time_ms=time_ms, venue="perp")


def told(*records: object, state: State | None = None) -> list[Notice]:
    notices: list[Notice] = []
    telling = Telling(state or State(), notices.append)
    for record in records:
        telling(record)  # type: ignore[arg-type]
    return notices


def texts(*records: object) -> list[str]:
    return [notice.text for notice in told(*records)]


def test_an_outage_is_told_as_lost_gap_filled_back() -> None:
    notices = told(
        candle(1), candle(1, ETH), lost(10_000),
        from_rest(2), from_rest(2, ETH), from_rest(3), from_rest(4, backfill=False), from_rest(3, ETH, backfill=False),
        ready(19_300), from_rest(5), candle(6), candle(4, ETH), candle(7),
    )  # fmt: skip
    assert [(n.level, n.text, n.venue, n.instrument) for n in notices] == [
        (Level.WARNING, "stream lost: closed by the venue (1011)", "perp", None),
        (Level.INFO, "gap of 4 candles (01 Jan 00:02 to 00:06 UTC): filled from REST", "perp", BTC),
        (Level.INFO, "gap of 2 candles (01 Jan 00:02 to 00:04 UTC): filled from REST", "perp", ETH),
        (Level.INFO, "streams are back after 9.3 s", "perp", None),
    ]


def test_what_the_venue_itself_does_not_have_is_said() -> None:
    (_, gap, _) = told(candle(1), lost(), from_rest(2), missing(3, 5), from_rest(5), ready(1_000), candle(6))
    assert gap.level is Level.WARNING
    assert gap.text.endswith(
        "gap of 4 candles (01 Jan 00:02 to 00:06 UTC): 2 filled from REST, 2 not, for the venue has none"
    )


def test_a_line_that_flaps_is_told_once() -> None:
    assert texts(lost(0), lost(4_000), lost(9_000), ready(15_000)) == [
        "stream lost: closed by the venue (1011)",
        "streams are back after 15.0 s, lost 3 times",
    ]


def test_nobody_waits_an_hour_for_the_word_that_the_streams_are_back() -> None:
    notices = texts(candle(1), lost(0), from_rest(2), ready(9_000), TimePassed(time_ms=13_000))
    assert len(notices) == 1
    notices = texts(candle(1), lost(0), from_rest(2), ready(9_000), TimePassed(time_ms=14_000))
    assert notices[1:] == [
        "gap of 1 candle (01 Jan 00:02 to 00:03 UTC): filled from REST",
        "streams are back after 9.0 s",
    ]


def test_a_line_that_is_lost_again_before_its_gap_is_filled_is_not_back() -> None:
    assert texts(candle(1), lost(0), from_rest(2), ready(5_000), lost(6_000), TimePassed(time_ms=20_000)) == [
        "stream lost: closed by the venue (1011)"
    ]


def test_a_gap_without_an_outage_is_told_with_the_next_candle_of_the_stream() -> None:
    assert texts(candle(1), from_rest(2), from_rest(3), candle(4), candle(5)) == [
        "gap of 2 candles (01 Jan 00:02 to 00:04 UTC): filled from REST"
    ]


def test_a_candle_that_the_history_told_first_on_a_healthy_line_is_not_worth_a_word() -> None:
    assert texts(candle(1), from_rest(2, backfill=False), candle(3)) == []


def test_warming_up_is_no_gap_and_neither_is_the_first_readiness() -> None:
    assert texts(from_rest(1), from_rest(2), missing(3, 4), candle(4), ready(0), candle(5)) == []


def test_after_a_restart_what_was_missed_meanwhile_is_a_gap() -> None:
    state = State()
    instrument = Instrument(id=BTC, base="BTC", quote="USDT", settle="USDT", price_step=D(1), quantity_step=D(1))
    state.apply(InstrumentListed(time_ms=0, instrument=instrument))
    state.apply(candle(1))
    (gap,) = told(from_rest(2), from_rest(3), candle(4), state=state)
    assert gap.text.startswith("gap of 2 candles")
