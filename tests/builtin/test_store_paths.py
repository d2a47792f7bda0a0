"""One path for each series, whatever its names, on any file system."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from twinstar.builtin.store.paths import series_path
from twinstar.domain import InstrumentId, Timeframe

ROOT = Path("candles")


def path(symbol: str, venue: str = "upbit", timeframe: Timeframe = Timeframe.M1) -> str:
    return series_path(ROOT, InstrumentId(symbol, venue), timeframe).as_posix()


def test_a_path_says_what_lies_there() -> None:
    assert path("BTC/KRW") == "candles/venue=upbit/symbol=BTC%2FKRW/timeframe=1m/candles.parquet"


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
