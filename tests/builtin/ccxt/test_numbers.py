"""Prices and amounts, to the digit or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstar.builtin.ccxt.numbers import exact, positive, time_ms
from twinstar.builtin.ccxt.wire import json_of


@pytest.mark.parametrize(
    ("written", "means"),
    [("135123000", "135123000"), ("0.00005243", "0.00005243"), ("1e-8", "0.00000001"), ("-0.5", "-0.5")],
)
def test_a_number_means_what_is_written(written: str, means: str) -> None:
    assert exact(written) == Decimal(means)
    assert exact(json_of(f"[{written}]")[0]) == Decimal(means)


@pytest.mark.parametrize(
    "garbage",
    [
        "NaN",
        "Infinity",
        "",
        " 1 ",
        "0x1",
        "1,000",
        "1_000",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "+1",
        ".5",
        None,
        True,
        [1],
        {},
        float("nan"),
        "9" * 25,
        "1e+40",
    ],
)
def test_what_is_no_number_is_refused(garbage: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        exact(garbage)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=0, max_value=10**20))
def test_no_digit_is_lost_on_the_way_through_json(amount: Decimal) -> None:
    assert exact(json_of(f'{{"volume": {amount:f}}}')["volume"]) == amount


def test_an_amount_is_more_than_nothing() -> None:
    with pytest.raises(ValueError, match="not positive"):
        positive("0")


@pytest.mark.parametrize(
    "wrong", [1_700_000_000, 1_700_000_000_000_000, 0, -1, "1700000000000", True, 1.7e9, float("nan")]
)
def test_a_time_in_another_unit_is_no_time(wrong: object) -> None:
    with pytest.raises(ValueError, match="not a time"):
        time_ms(wrong)


@given(st.integers(10**12, 10**13 - 1), st.floats(0, 0.99))
def test_a_time_with_fractions_lies_in_the_millisecond_that_has_begun(at_ms: int, fraction: float) -> None:
    assert time_ms(at_ms) == at_ms
    assert time_ms(at_ms + fraction) == at_ms
