"""What can be wrong with stored candles, and that nothing else is called wrong. The rest is in tests/cli."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from twinstar.app.history.verify import Wrong, faults_in
from twinstar.domain import Timeframe

MINUTE = 60_000
FIRST_MS = 1_709_251_200_000
GOOD = {"open": "100", "high": "103", "low": "99.5", "close": "101.25", "volume": "0"}


def table(minutes: list[float], **changes: dict[int, str]) -> Any:
    """A row a minute; ``low={2: "-1"}`` changes one value of one row."""
    columns = {
        name: pa.array([Decimal(changes.get(name, {}).get(row, good)) for row in range(len(minutes))])
        for name, good in GOOD.items()
    }
    return pa.table({"open_ms": [FIRST_MS + round(minute * MINUTE) for minute in minutes], **columns})


def found(of: Any) -> list[tuple[Wrong, float, float]]:
    return [
        (fault.wrong, (fault.from_ms - FIRST_MS) / MINUTE, (fault.until_ms - FIRST_MS) / MINUTE)
        for fault in faults_in(of, Timeframe.M1)
    ]


def test_candles_in_order_that_a_market_can_have_made_are_fine() -> None:
    assert found(table([0, 1, 2, 7, 8])) == []
    assert found(table([0]).slice(0, 0)) == []


def test_an_interval_that_is_there_twice() -> None:
    assert found(table([0, 1, 1, 2])) == [(Wrong.DUPLICATE, 1, 2)]


def test_a_candle_behind_a_later_one() -> None:
    assert found(table([0, 2, 1, 3])) == [(Wrong.ORDER, 1, 2)]


def test_a_candle_that_opens_between_two() -> None:
    assert found(table([0, 1.5, 3])) == [(Wrong.ALIGNMENT, 1.5, 2.5)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("high", "101"), ("high", "99"), ("low", "100.5"), ("low", "0"), ("low", "-1"), ("open", "103.01"),
        ("close", "99.4"), ("close", "104"), ("volume", "-0.001"),
    ],
)  # fmt: skip
def test_a_candle_that_no_market_can_have_made(name: str, value: str) -> None:
    assert found(table([0, 1, 2, 3], **{name: {2: value}})) == [(Wrong.VALUES, 2, 3)]


def test_a_run_of_them_is_one_fault() -> None:
    assert found(table([0, 1, 2, 3, 4], high={0: "1", 2: "1", 3: "1"})) == [(Wrong.VALUES, 0, 1), (Wrong.VALUES, 2, 4)]
