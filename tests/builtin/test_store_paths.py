"""One path for each series, whatever its names, on any file system."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from twinstar.builtin.store.paths import month_path, months
from twinstar.domain import InstrumentId, Timeframe

ROOT = Path("candles")


NOVEMBER_MS, DECEMBER_MS = 1_698_796_800_000, 1_701_388_800_000


def path(symbol: str, venue: str = "upbit", timeframe: Timeframe = Timeframe.M1) -> str:
    return month_path(ROOT, (InstrumentId(symbol, venue), timeframe), NOVEMBER_MS).as_posix()


def test_a_path_says_what_lies_there() -> None:
    assert path("BTC/KRW") == "candles/venue=upbit/symbol=BTC%2FKRW/timeframe=1m/2023-11.parquet"


names = st.one_of(
    st.text(),
    st.text(alphabet="aAkKbB/.%~:", max_size=6),
    st.sampled_from(["", "..", "../..", "a/../../b", "\0", "CON", "é" * 100, "X" * 300, "x" * 300]),
)
series = st.tuples(names, names, st.sampled_from(Timeframe))


@given(series)
def test_no_name_leaves_its_directory_or_is_too_long_for_a_file_system(one: tuple[str, str, Timeframe]) -> None:
    parts = path(*one).split("/")
    assert len(parts) == 5
    for part in parts:
        assert part not in ("", ".", "..")
        assert part.isascii()
        assert part.isprintable()
        assert len(part) <= 255


@given(series, series)
def test_two_series_never_share_a_path_even_where_case_does_not_count(
    one: tuple[str, str, Timeframe], other: tuple[str, str, Timeframe]
) -> None:
    assert (path(*one).lower() == path(*other).lower()) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (path("X", timeframe=Timeframe.M1), path("X", timeframe=Timeframe.MONTH)),
        (path("kPEPE/USDC"), path("KPEPE/USDC")),
        (path("X", "Binance"), path("X", "binance")),
        (path("X" * 300), path("X" * 299)),
        (path("X" * 300), path("x" * 300)),
    ],
)
def test_names_that_differ_only_in_case_or_far_behind_stay_apart(one: str, other: str) -> None:
    assert one.lower() != other.lower()


def test_of_the_months_only_those_are_named_that_may_hold_what_is_asked_for(tmp_path: Path) -> None:
    series = InstrumentId("BTC/KRW", "upbit"), Timeframe.M1
    assert months(tmp_path, series, 0, DECEMBER_MS) == []
    for month_ms in (NOVEMBER_MS, DECEMBER_MS):
        file = month_path(tmp_path, series, month_ms)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        for other in ("_2023-11.parquet.corrupt-7", ".2023-11.parquet.tmp", "2023-13.parquet", "2023-11.parquet2"):
            file.with_name(other).touch()
    assert months(tmp_path, series, 0, 2 * DECEMBER_MS) == [NOVEMBER_MS, DECEMBER_MS]
    assert months(tmp_path, series, DECEMBER_MS - 1, DECEMBER_MS) == [NOVEMBER_MS]
    assert months(tmp_path, series, DECEMBER_MS, 2 * DECEMBER_MS) == [DECEMBER_MS]
    assert months(tmp_path, series, 0, 1) == []
