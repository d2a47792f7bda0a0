"""A status in words and numbers that a person can take in at a glance, and cannot mistake."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rich.console import Console

from twinstar.cli.rows import age, amount, in_words, rows, signed, span
from twinstar.cli.tables import live_table, status_table
from twinstar.domain import InstrumentId, Level, Notice
from twinstar.runtime.status import (
    AccountStatus,
    BalanceStatus,
    ClockStatus,
    InstrumentStatus,
    OrdersStatus,
    PositionStatus,
    Status,
    StrategyStatus,
    VenueStatus,
)

BTC = "BTC/USDT:USDT@v"


def position(**changes):
    known = {
        "instrument": BTC,
        "side": "long",
        "quantity": Decimal("0.0160"),
        "entry_price": Decimal("60246.20333333333333"),
        "protection": "resident",
        "stop_price": Decimal("59342.40"),
        "unrealized": Decimal("-3.544"),
        "unprotected_ms": 0,
    }
    return PositionStatus(**known | changes)


def status(*, positions=(), mode="sim", state="live", reason="", strategy=None, notices=(), usage=None, differs=()):
    instrument = InstrumentStatus(
        id=BTC,
        timeframe="1m",
        candles_stored=213,
        candles_missing=0,
        last_closed_ms=0,
        data_age_ms=412,
        last_price=Decimal("60152.80"),
        unprotected_ms=0,
    )
    account = AccountStatus(
        id="main",
        positions=tuple(positions),
        balances=(BalanceStatus(asset="USDT", free=Decimal(9000), locked=Decimal(1000)),),
        realized={"USDT": Decimal("-2.371")},
        fees={"USDT": Decimal("2.94117576123")},
        differs=tuple(differs),
    )
    venue = VenueStatus(
        id="v",
        type="ccxt",
        mode=mode,
        state=state,
        reason=reason,
        orders=OrdersStatus(sent=10, filled=6, refused=0, canceled=2, in_doubt=1, open=2),
        instruments=(instrument,),
        accounts=(account,),
        usage={"requests": 24.0} if usage is None else usage,
        clock=ClockStatus(offset_ms=-3_600_012.3, uncertainty_ms=41.2),
    )
    return Status(
        state="running",
        pid=7,
        version="1.2.3",
        now_ms=65_000,
        started_ms=0,
        venues=(venue,),
        strategies=(StrategyStatus(name="s", type="ma_cross", disabled=strategy),),
        notices=tuple(notices),
    )


def drawn(table, width=200):
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_protected_position_is_one_line_in_a_log():
    (row,) = rows(status(positions=[position()]))
    assert in_words(row) == (
        "SIMULATED, live, data 0.4s old, 213 candles, position long 0.016 @ 60,246.203, "
        "P&L -3.54, stop 59,342.4 at the venue, 24 requests"
    )


def test_a_flat_instrument_says_so_and_no_more():
    (row,) = rows(status(usage={}))
    assert in_words(row) == "SIMULATED, live, data 0.4s old, 213 candles, position flat, - requests"


def test_a_stop_that_we_hold_is_told_from_one_that_the_venue_holds():
    (row,) = rows(status(positions=[position(protection="local")]))
    assert row.stop == "59,342.4 held here"


def test_a_position_without_a_stop_stands_out_with_its_seconds():
    (row,) = rows(status(positions=[position(protection="none", stop_price=None, unprotected_ms=3_210)]))
    assert (row.exposed, row.stop) == (True, "NONE for 3.2s")


@pytest.mark.parametrize(("mode", "word"), [("sim", "SIMULATED"), ("live", "LIVE"), ("testnet", "testnet")])
def test_real_money_is_never_taken_for_a_game(mode, word):
    assert word in drawn(live_table(status(mode=mode), 200))


def test_a_table_has_orders_result_and_balances():
    text = drawn(status_table(status(positions=[position()])))
    assert "TwinStar 1.2.3 running, process 7, for 1m05s" in text
    assert "realized -2.37 USDT, fees 2.9411758 USDT" in text
    assert "10,000 USDT" in text
    assert "-3,600,012 ±41 ms" in text


def test_a_narrow_terminal_gets_what_matters_on_one_line_an_instrument():
    text = drawn(live_table(status(positions=[position()]), 110), width=110)
    (line,) = [line for line in text.splitlines() if "BTC/USDT:USDT" in line]
    assert all(word in line for word in ("SIMULATED", "live", "long 0.016", "-3.54", "59,342.4 at the venue"))


def test_what_needs_a_person_is_told_below_the_table():
    text = drawn(
        live_table(
            status(
                state="halted",
                reason="key refused",
                strategy="ValueError: boom",
                differs=["BTC differs"],
                notices=[Notice(level=Level.ALARM, text="look here", venue="v", instrument=InstrumentId.parse(BTC))],
            ),
            200,
        )
    )
    for told in (
        "halted: key refused",
        "strategy s is disabled: ValueError: boom",
        "BTC differs",
        f"alarm: {BTC}: look here",
    ):
        assert told in text


def test_what_a_venue_says_does_not_drive_the_terminal():
    evil = "no\x1b[2J\n[bold]key[/bold]"
    text = drawn(live_table(status(state="halted", reason=evil, notices=[Notice(level=Level.INFO, text=evil)]), 200))
    assert "\x1b" not in text
    assert text.count("no\\x1b[2J\\n[bold]key[/bold]") == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [("90283000", "90,283,000"), ("0.01111493", "0.01111493"), ("1E-8", "0.00000001"), ("1E+3", "1,000")],
)
def test_an_amount_has_all_its_digits_and_no_exponent(value, shown):
    assert amount(Decimal(value)) == shown


def test_a_result_is_to_the_cent_or_whole_where_it_is_large():
    assert (signed(Decimal("-3.544")), signed(Decimal("123456.78"))) == ("-3.54", "+123,457")


def test_times_are_told_as_people_tell_them():
    assert [age(None), age(412), age(75_000), span(3_725)] == ["-", "0.4s", "1m15s", "1h02m"]
